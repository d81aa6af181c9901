import { join } from 'node:path';
import { ChatStage } from './support/chat-stage';
import type { ChatWindow } from './support/chat-window';
import { describeWithChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { synthesizePlainApi } from '../../harness/example';
import { MessageFormat } from '../../src';

describeWithChromium('the page of the chat, with an API without rooms', () => {
  let stage: ChatStage;

  beforeAll(async () => {
    stage = await ChatStage.start(synthesizePlainApi);
  }, 90_000);

  // A new runner has no messages.
  beforeEach(() => stage.serve(), 60_000);
  afterEach(() => stage.leave());
  afterAll(() => stage?.stop());

  async function openChat(name?: string): Promise<ChatWindow> {
    return (await stage.blankWindow()).open(stage.local.page!, name);
  }

  test('shows the messages of two people to both, once, in one order, with their names', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);

    await ann.say('Good morning');
    expect(await bob.arrived('Good morning')).toEqual({ name: 'Ann', own: false });
    await bob.say('Morning, Ann');
    expect(await ann.arrived('Morning, Ann')).toEqual({ name: 'Bob', own: false });
    expect(await ann.arrived('Good morning')).toEqual({ name: 'You', own: true });
    expect(await bob.arrived('Morning, Ann')).toEqual({ name: 'You', own: true });

    expect(await ann.texts()).toEqual(['Good morning', 'Morning, Ann']);
    expect(await bob.texts()).toEqual(await ann.texts());
    expect(stage.complaints()).toEqual([]);
  });

  test('shows markup as text', async () => {
    const [ann, bob] = await Promise.all([openChat('<b>Ann</b>'), openChat('Bob')]);
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp;';

    await ann.say(markup);

    expect(await bob.arrived(markup)).toEqual({ name: '<b>Ann</b>', own: false });
    expect(await bob.page.locator('#log').locator('img, script, .name b').count()).toBe(0);
    expect(await bob.page.title()).toBe('Broadcast chat');
    expect(stage.complaints()).toEqual([]);
  });

  test('lets a person with a terminal join', async () => {
    const ann = await openChat('Ann');
    const terminal = await Client.open(stage.local.apis[0].url);
    try {
      terminal.send('hello from a terminal');
      expect(await ann.arrived('hello from a terminal')).toEqual({ name: expect.stringMatching(/^guest .+/), own: false });

      await ann.say('Hello, terminal');
      expect(await terminal.frame((frame) => frame.includes('Hello, terminal'))).toContain('Ann');
    } finally {
      await terminal.close();
    }
  });

  test('sends a heartbeat within nine minutes, which nobody sees', async () => {
    const bob = await openChat('Bob');
    const ann = await stage.blankWindow();
    const sent: string[] = [];
    const answer = ann.page.waitForEvent('websocket').then((socket) => {
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      return socket.waitForEvent('framereceived');
    });
    await ann.page.clock.install();
    await ann.open(stage.local.page!);

    const pings = () => sent.filter((text) => text === '{"action":"ping"}');
    expect((await answer).payload).toContain('"action":"pong"'); // The first answer, with the API's features.
    await ann.page.getByText('It is quiet in here').waitFor(); // All requests have been answered.
    await ann.page.clock.fastForward('07:55');
    expect(pings()).toHaveLength(1);
    await ann.page.clock.fastForward('01:05');
    expect(pings()).toHaveLength(2);
    await ann.say('the end');
    await bob.arrived('the end');

    expect(sent.at(-1)).toContain('the end');
    expect(await ann.texts()).toEqual(['the end']);
    expect(await bob.texts()).toEqual(['the end']);
  });

  test('reports when the API uses a format that the page cannot read, such as the default', async () => {
    const assembly = join(stage.scratch.path, 'attributed');
    synthesizePlainApi(assembly, { messageFormat: MessageFormat.ATTRIBUTED, history: undefined });
    await stage.local.stop();
    await stage.serve({ assembly });
    const ann = await openChat('Ann');
    await ann.say('hello');
    await ann.page.getByRole('region', { name: 'Connection' }).getByText('give the API MessageFormat.ENVELOPE or MessageFormat.BATCH').waitFor();
  }, 60_000);

  test('reconnects when the API is back', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);
    await stage.local.stop();
    await Promise.all([ann, bob].map((window) => window.state('Reconnecting')));
    await ann.text.fill('typed while away');
    expect(await ann.button('Send').isDisabled()).toBe(true);
    await stage.serveAgain();
    await ann.button('Now').click();
    await Promise.all([ann, bob].map((window) => window.state('Connected')));
    await ann.button('Send').click();

    expect(await bob.arrived('typed while away')).toEqual({ name: 'Ann', own: false });
    await bob.page.getByText('Connected again').waitFor();
  }, 60_000);

  test('shows what twenty people say at once to all of them, once, in one order', async () => {
    const people: ChatWindow[] = [];
    for (let i = 0; i < 20; i++) people.push(await openChat(`Person ${i}`));

    await Promise.all(people.map((person, i) => person.say(`I am number ${i}.`)));
    await Promise.all(people.map(async ({ page }) => page.waitForFunction(() => document.querySelectorAll('.message:not([data-fate="sending"])').length === 20)));

    const [first, ...others] = await Promise.all(people.map((person) => person.texts()));
    expect([...first].sort()).toEqual(people.map((_, i) => `I am number ${i}.`).sort());
    for (const other of others) expect(other).toEqual(first);
    expect(stage.complaints()).toEqual([]);
  }, 120_000);

  test('comes back by itself when the network does', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);
    await ann.page.clock.install();

    await ann.context.setOffline(true);
    await ann.page.clock.runFor('00:12'); // A probe is sent, and nothing answers.
    await ann.state('Offline');
    await ann.page.getByRole('region', { name: 'Connection' }).getByText('You are offline').waitFor();
    await ann.text.fill('typed while offline');
    expect(await ann.button('Send').isDisabled()).toBe(true);

    await ann.context.setOffline(false);
    await ann.page.clock.runFor('00:02');
    await ann.state('Connected');
    await ann.text.press('Enter');
    expect(await bob.arrived('typed while offline')).toEqual({ name: 'Ann', own: false });
  }, 60_000);
});
