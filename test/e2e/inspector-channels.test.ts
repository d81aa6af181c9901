import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { faults } from './support/axe';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { buildPage, synthesizeExample } from '../../harness/example';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';

/* The example chat in the inspector: its rooms and users. TICKER adds a queue for backends; without one, the inspector posts messages itself. */
describeWithChromium('the inspector and the example chat', () => {
  let scratch: Scratch;
  let browser: Browser;

  beforeAll(async () => {
    scratch = scratchFolder();
    await Promise.all([
      synthesizeExample('chat', join(scratch.path, 'without')),
      synthesizeExample('chat', join(scratch.path, 'with'), { TICKER: 'on' }),
      buildPage('chat', join(scratch.path, 'page')),
    ]);
    browser = await launchChromium();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    scratch?.remove();
  });

  describe.each(['without', 'with'])('%s a queue of publishers', (assembly) => {
    let local: Local;
    let clients: Readonly<Record<'ann' | 'bob', Client>>;
    let page: Page;

    beforeAll(async () => {
      local = await startLocal({ assembly: join(scratch.path, assembly), inspector: true, serve: join(scratch.path, 'page') });
      clients = { ann: await Client.open(`${local.url}?name=ann&channel=room:lobby`), bob: await Client.open(`${local.url}?name=bob`) };
      page = await browser.newPage();
      await page.goto(local.inspector!);
      await page.locator('#target option', { hasText: 'room:lobby (1)' }).waitFor({ state: 'attached' });
    }, 60_000);

    afterAll(async () => {
      await page?.close();
      await Promise.all(Object.values(clients ?? {}).map((client) => client.close()));
      await local?.stop();
    });

    async function publish(text: string): Promise<void> {
      await page.getByLabel('Message', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText(assembly === 'with' ? /^Published by BroadcastChat\/Chat\/BroadcastQueue$/ : /^Sent to 1$/).waitFor();
    }

    const got = (client: Client, text: string) => client.frames.filter((frame) => frame.includes(text));

    test('names the users of connections, and their channels', async () => {
      await page.locator('#connection-list li', { hasText: 'ann · room:lobby' }).waitFor();
      await page.getByRole('tab', { name: 'Channels' }).click();
      await page.locator('#channel-list > li', { hasText: 'room:lobby' }).getByText('ann').waitFor();
      expect(await page.locator('#user-list .head code').allTextContents()).toEqual(['ann', 'bob']);
      expect(await faults(page)).toEqual([]);
    });

    test('publishes to one channel', async () => {
      await page.getByRole('tab', { name: 'Channels' }).click();
      await page.getByRole('button', { name: 'Send to room:lobby' }).click();
      const received = clients.ann.frame((frame) => frame.includes('to the lobby'));
      await publish('to the lobby');
      expect(JSON.parse(await received)).toMatchObject({ type: 'message', channel: 'room:lobby', message: 'to the lobby' });
      expect(got(clients.bob, 'to the lobby')).toEqual([]);
    });

    test('publishes to one user', async () => {
      await page.getByRole('button', { name: 'Send to bob' }).click();
      const received = clients.bob.frame((frame) => frame.includes('to bob alone'));
      await publish('to bob alone');
      expect(JSON.parse(await received)).toMatchObject({ type: 'message', channel: 'user:bob', message: 'to bob alone' });
      expect(got(clients.ann, 'to bob alone')).toEqual([]);
    });

    test('publishes to one connection', async () => {
      await page.locator('#connection-list .pick', { hasText: 'ann' }).click();
      const received = clients.ann.frame((frame) => frame.includes('to one connection'));
      await publish('to one connection');
      expect(JSON.parse(await received)).toMatchObject({ type: 'message', message: 'to one connection' });
      expect(got(clients.bob, 'to one connection')).toEqual([]);
    });
  });
});
