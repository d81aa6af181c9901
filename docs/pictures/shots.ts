/* Screenshots of the running examples, and a strip of the first minute: `npm run pictures`. Needs Chromium. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startLocal } from '../../local';
import { launchChromium } from '../../test/e2e/support/chromium';
import { buildPage, synthesizeExample } from '../../test/e2e/support/example';
import { scratchFolder } from '../../test/e2e/support/scratch';

const ROOT = join(__dirname, '..', '..');
const WINDOW = { width: 560, height: 560 };

type Say = (page: Page, text: string) => Promise<void>;

const say: Say = async (page, text) => {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Message', { exact: true }).press('Enter');
  await page.locator('.message:not([data-fate="sending"])', { hasText: text }).waitFor();
};

async function openChat(browser: Browser, address: string, name: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext({ viewport: WINDOW, deviceScaleFactor: 1.5, locale: 'en-GB', ...options })).newPage();
  await page.goto(address);
  await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
  await page.getByLabel('You speak as').fill(name);
  await page.getByLabel('You speak as').press('Enter');
  return page;
}

/** Ann and Bob talk in the example chat. Returns their windows as PNGs. */
async function chat(browser: Browser, scratch: string): Promise<Buffer[]> {
  await Promise.all([synthesizeExample('chat', join(scratch, 'chat')), buildPage('chat', join(scratch, 'chat-web'))]);
  const local = await startLocal({ assembly: join(scratch, 'chat'), serve: join(scratch, 'chat-web') });
  try {
    const ann = await openChat(browser, local.page!, 'Ann', { colorScheme: 'light' });
    const bob = await openChat(browser, local.page!, 'Bob', { colorScheme: 'dark' });
    await say(ann, 'Good morning, everybody');
    await say(bob, 'Morning, Ann! Is the release out?');
    await say(ann, 'Ten minutes ago. Every open tab has been told.');
    await say(bob, 'I saw it arrive');
    await ann.getByText('I saw it arrive').waitFor();
    return [await ann.screenshot(), await bob.screenshot()];
  } finally {
    await local.stop();
  }
}

async function dashboard(browser: Browser, scratch: string): Promise<Buffer> {
  await Promise.all([synthesizeExample('dashboard', join(scratch, 'dashboard')), buildPage('dashboard', join(scratch, 'dashboard-web'))]);
  const local = await startLocal({ assembly: join(scratch, 'dashboard'), serve: join(scratch, 'dashboard-web'), timeScale: 60 });
  try {
    const open = async () => {
      const page = await (await browser.newContext({ viewport: { width: 1040, height: 380 }, locale: 'en-GB' })).newPage();
      await page.goto(local.page!);
      return page;
    };
    const page = await open();
    for (const watching of [2, 3]) {
      await open();
      await page.locator('#watching .value', { hasText: String(watching) }).waitFor();
      await page.waitForTimeout(3_000);
    }
    return await page.screenshot();
  } finally {
    await local.stop();
  }
}

/** The ten lines of the README, synthesised and served by `broadcast-local` in an app of their own. Returns what it printed. */
async function firstMinute(scratch: string, lines: string): Promise<string> {
  const app = join(scratch, 'app');
  mkdirSync(join(app, 'node_modules'), { recursive: true });
  for (const name of ['aws-cdk-lib', 'constructs']) symlinkSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name));
  symlinkSync(ROOT, join(app, 'node_modules', 'cdk-broadcast-websocket-api'));
  writeFileSync(join(app, 'app.ts'), lines);
  const tsNode = `node ${join(ROOT, 'node_modules/ts-node/dist/bin.js')} -T -P ${join(ROOT, 'tsconfig.dev.json')} app.ts`;
  writeFileSync(join(app, 'cdk.json'), JSON.stringify({ app: tsNode }));
  const runner = spawn(process.execPath, [join(ROOT, 'assets/local/broadcast-local.js'), '--port', '0'], { cwd: app });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ready')) resolve();
    };
    runner.stdout.on('data', listen);
    runner.stderr.on('data', listen);
    runner.once('exit', () => reject(new Error(`the runner ended: ${said}`)));
  });
  runner.removeAllListeners('exit');
  const ended = new Promise((resolve) => runner.once('exit', resolve));
  runner.kill('SIGINT');
  await ended;
  return said.trim();
}

/** Three frames side by side: what one types, what one sees, what it is good for. */
async function strip(browser: Browser, code: string, terminal: string, windows: readonly Buffer[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1500, height: 560 } });
  const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const image = (png: Buffer) => `<img src="data:image/png;base64,${png.toString('base64')}">`;
  await page.setContent(`<style>
    body { margin: 0; padding: 24px; display: grid; grid-template-columns: 1fr 1fr 1.05fr; gap: 20px; background: #10151c; color: #e6edf3;
      font: 14px/1.5 system-ui, sans-serif; height: 512px }
    section { display: grid; grid-template-rows: auto 1fr; gap: 10px; min-width: 0; min-height: 0 }
    h2 { margin: 0; font-size: 16px; color: #4fc3b4 }
    pre { margin: 0; padding: 14px; background: #0b0f14; border: 1px solid #26303b; border-radius: 10px; font: 11.5px/1.6 'Liberation Mono', 'DejaVu Sans Mono', monospace;
      white-space: pre-wrap; overflow-wrap: anywhere; overflow: hidden }
    .windows { position: relative }
    img { position: absolute; width: 68%; border-radius: 10px; box-shadow: 0 4px 24px #000a }
    img:first-child { left: 0; top: 0 }
    img:last-child { right: 0; bottom: 0 }
  </style>
  <section><h2>1 · Ten lines</h2><pre>${escape(code)}</pre></section>
  <section><h2>2 · npx broadcast-local</h2><pre>${escape(terminal)}</pre></section>
  <section><h2>3 · Everybody hears everybody</h2><div class="windows">${windows.map(image).join('')}</div></section>`);
  return page.screenshot();
}

export async function shoot(folder: string): Promise<void> {
  const scratch = scratchFolder();
  const browser = await launchChromium();
  try {
    const [light, dark] = await chat(browser, scratch.path);
    writeFileSync(join(folder, 'chat-light.png'), light);
    writeFileSync(join(folder, 'chat-dark.png'), dark);
    writeFileSync(join(folder, 'dashboard.png'), await dashboard(browser, scratch.path));
    const [, code] = /```ts\n([^]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
    writeFileSync(join(folder, 'first-minute.png'), await strip(browser, code.trim(), await firstMinute(scratch.path, code), [light, dark]));
  } finally {
    await browser.close();
    scratch.remove();
  }
}
