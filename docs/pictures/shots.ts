/* Screenshots of the running examples, and a strip of the first minute: `npm run pictures`. Needs Chromium. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../../harness/chromium';
import { buildPage, synthesizeExample } from '../../harness/example';
import { ROOT } from '../../harness/root';
import { scratchFolder } from '../../harness/scratch';
import { startLocal } from '../../local';

const WINDOW = { width: 560, height: 560 };
const WIDE_WINDOW = { width: 1180, height: 680 };

type Say = (page: Page, text: string) => Promise<void>;

const say: Say = async (page, text) => {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Message', { exact: true }).press('Enter');
  await page.locator('.message:not([data-fate="sending"])', { hasText: text }).waitFor();
};

async function openChat(browser: Browser, address: string, name: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext({ viewport: WINDOW, deviceScaleFactor: 1.5, locale: 'en-GB', ...options })).newPage();
  await page.goto(`${address}&name=${encodeURIComponent(name)}`);
  await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
  return page;
}

/** Three people in the rooms of the example chat. Returns a room as one sees it, and a direct conversation as another does. */
async function rooms(browser: Browser, scratch: string): Promise<Buffer[]> {
  await Promise.all([synthesizeExample('chat', join(scratch, 'chat')), buildPage('chat', join(scratch, 'chat-web'))]);
  const local = await startLocal({ assembly: join(scratch, 'chat'), serve: join(scratch, 'chat-web') });
  const open = async (name: string, colorScheme: 'light' | 'dark') => {
    const page = await openChat(browser, local.page!, name, { viewport: WIDE_WINDOW, colorScheme });
    await page.getByRole('heading', { name: 'Lobby' }).waitFor();
    return page;
  };
  const enter = (page: Page, title: string) => page.getByRole('navigation').getByText(title, { exact: true }).click();
  try {
    const [ann, bob, cleo] = [await open('Ann', 'light'), await open('Bob', 'dark'), await open('Cleo', 'light')];
    await say(ann, 'Good morning, everybody');
    await say(bob, 'Morning, Ann! Is the release out?');
    await say(ann, 'Ten minutes ago: https://example.com/releases/42');
    await say(cleo, 'I was in a tunnel, and all of it was there when I came out');
    await enter(cleo, 'Help');
    await say(cleo, 'Does somebody know how the pager works?');
    await bob.locator('#members').getByText('Ann').click();
    await say(bob, 'Is the cake for Cleo ready?');
    await ann.locator('#direct .badge').waitFor();
    await ann.locator('#rooms .badge').filter({ visible: true }).waitFor();
    await ann.locator('#members li').nth(2).waitFor();
    const lobby = await ann.screenshot();
    await enter(ann, 'Bob');
    await say(ann, 'In the fridge. Not a word to her!');
    await say(bob, 'My lips are sealed');
    await bob.getByText('Delivered', { exact: true }).last().waitFor();
    return [lobby, await bob.screenshot()];
  } finally {
    await local.stop();
  }
}

/** Ann and Bob talk to everybody, at an API without rooms. Returns their windows as PNGs. */
async function chat(browser: Browser, address: string): Promise<Buffer[]> {
  const ann = await openChat(browser, address, 'Ann', { colorScheme: 'light' });
  const bob = await openChat(browser, address, 'Bob', { colorScheme: 'dark' });
  await say(ann, 'Good morning, everybody');
  await say(bob, 'Morning, Ann! Is the release out?');
  await say(ann, 'Ten minutes ago. Every open tab has been told.');
  await say(bob, 'I saw it arrive');
  await ann.getByText('I saw it arrive').waitFor();
  return [await ann.screenshot(), await bob.screenshot()];
}

async function inspector(browser: Browser, address: string): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 620 }, locale: 'en-GB', colorScheme: 'light' });
  await page.goto(address);
  await page.getByText('I saw it arrive').first().waitFor();
  return page.screenshot();
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

interface Running {
  /** Output of the runner until it was ready. */
  readonly said: string;
  readonly page: string;
  readonly inspector: string;
  stop(): Promise<unknown>;
}

/** The app of the README's start, in a folder of its own, served as the README says. */
async function firstMinute(scratch: string, code: string, command: string): Promise<Running> {
  const app = join(scratch, 'app');
  mkdirSync(join(app, 'node_modules'), { recursive: true });
  for (const name of ['aws-cdk-lib', 'constructs', '.bin']) symlinkSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name));
  symlinkSync(ROOT, join(app, 'node_modules', 'cdk-broadcast-websocket-api'));
  writeFileSync(join(app, 'app.ts'), code);
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'es2022', module: 'commonjs', ignoreDeprecations: '6.0' } }));
  // The runner prints the command, and the picture shows it.
  writeFileSync(join(app, 'cdk.json'), JSON.stringify({ app: 'npx ts-node -T app.ts' }));
  const [, , ...args] = command.split(' ');
  const runner = spawn(process.execPath, [join(ROOT, 'local/broadcast-local.js'), ...args], { cwd: app });
  const ended = new Promise((resolve) => runner.once('exit', resolve));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [runner.stdout, runner.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ready')) resolve();
      });
    }
    void ended.then(() => reject(new Error(`the runner ended: ${said}`)));
  });
  const stop = () => {
    runner.kill('SIGINT');
    return ended;
  };
  const address = (what: string) => new RegExp(`^${what}: (\\S+)$`, 'm').exec(said)![1];
  return { said: said.trim(), page: address('Page'), inspector: address('Inspector'), stop };
}

/** Draws the code, the terminal and the windows side by side. */
async function strip(browser: Browser, code: string, command: string, terminal: string, windows: readonly Buffer[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 540 } });
  const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const image = (png: Buffer) => `<img src="data:image/png;base64,${png.toString('base64')}">`;
  await page.setContent(`<style>
    body { margin: 0; padding: 24px; display: grid; grid-template: auto auto / 1fr 46%; align-content: space-between; gap: 16px 28px; background: #10151c;
      color: #e6edf3; font: 14px/1.5 system-ui, sans-serif; height: 492px }
    section { display: grid; gap: 8px; align-content: start; min-width: 0 }
    h2 { margin: 0; font-size: 16px; color: #4fc3b4 }
    pre { margin: 0; padding: 14px; background: #0b0f14; border: 1px solid #26303b; border-radius: 10px; white-space: pre-wrap; overflow-wrap: anywhere;
      font: 11.5px/1.6 'Liberation Mono', 'DejaVu Sans Mono', monospace }
    .last { grid-area: 1 / 2 / 3 / 3; grid-template-rows: auto 1fr; align-content: stretch }
    .windows { position: relative }
    img { position: absolute; width: 62%; border-radius: 10px; box-shadow: 0 4px 24px #000a }
    img:first-child { left: 0; top: 0 }
    img:last-child { right: 0; bottom: 0 }
    b { color: #7ee2b8; font-weight: 400 }
  </style>
  <section><h2>1 · An app</h2><pre>${escape(code)}</pre></section>
  <section><h2>2 · On your machine</h2><pre><b>$ ${escape(command)}</b>\n${escape(terminal)}</pre></section>
  <section class="last"><h2>3 · Everybody hears everybody</h2><div class="windows">${windows.map(image).join('')}</div></section>`);
  return page.screenshot();
}

export async function shoot(folder: string): Promise<void> {
  const scratch = scratchFolder();
  const browser = await launchChromium();
  const [, code, command] = /^## Start\n[^]*?```ts\n([^]*?)```[^]*?^(npx broadcast-local .*)$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
  const running = await firstMinute(scratch.path, code, command);
  try {
    const windows = await chat(browser, running.page);
    const [lobby, direct] = await rooms(browser, scratch.path);
    writeFileSync(join(folder, 'chat-light.png'), lobby);
    writeFileSync(join(folder, 'chat-dark.png'), direct);
    writeFileSync(join(folder, 'first-minute.png'), await strip(browser, code.trim(), command, running.said, windows));
    writeFileSync(join(folder, 'inspector.png'), await inspector(browser, running.inspector));
    writeFileSync(join(folder, 'dashboard.png'), await dashboard(browser, scratch.path));
  } finally {
    await running.stop();
    await browser.close();
    scratch.remove();
  }
}
