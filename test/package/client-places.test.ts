import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ROOT } from './support/apps';
import { EmptyFolder } from './support/empty-folder';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { synthesizePlainApi } from '../../harness/example';
import { closeServer, listenOnLoopback, portOf } from '../../harness/loopback';
import { startLocal, type Local } from '../../local';

/* The packed client outside Node.js: in a page without a build step, in a worker, and in environments without browser features. */

const NAME = (JSON.parse(readFileSync(join(ROOT, 'client', 'package.json'), 'utf8')) as { name: string }).name;
const folder = new EmptyFolder();
let client: string;
let local: Local;

beforeAll(async () => {
  folder.install('client');
  // The file that the README says to copy.
  client = readFileSync(join(folder.path, 'node_modules', NAME, 'dist', 'broadcast-client.js'), 'utf8');
  synthesizePlainApi(join(folder.path, 'cdk.out'));
  local = await startLocal({ assembly: join(folder.path, 'cdk.out') });
}, 240_000);

afterAll(async () => {
  await local?.stop();
  folder.remove();
});

/** Connects to the address in `url`, sends a message, and passes the received one to `done`. */
const SESSION = `
  const client = connect({ url });
  const received = new Promise((resolve) => client.on('message', ({ message }) => resolve(message)));
  client.send('hello from ' + place).then(() => received, ({ code }) => code).then((text) => {
    client.close();
    done(text);
  });
`;

describeWithChromium('a browser', () => {
  let browser: Browser;
  let server: Server;
  let page: Page;

  beforeAll(async () => {
    const files: Record<string, string> = {
      '/broadcast-client.js': client,
      '/page': `<!doctype html><title>Page</title><link rel="icon" href="data:,"><script type="module">
        import { connect } from './broadcast-client.js';
        const [url, place] = ['${local.url}', 'a page'];
        const done = (text) => (document.title = text);
        ${SESSION}
      </script>`,
      '/worker.js': `
        import { connect } from './broadcast-client.js';
        const [url, place] = ['${local.url}', 'a worker'];
        const done = postMessage;
        ${SESSION}
      `,
      '/with-worker': `<!doctype html><title>Page</title><link rel="icon" href="data:,"><script type="module">
        new Worker('worker.js', { type: 'module' }).onmessage = ({ data }) => (document.title = data);
      </script>`,
    };
    server = createServer((request, response) => {
      const file = files[request.url!];
      response.writeHead(file ? 200 : 404, { 'content-type': request.url!.endsWith('.js') ? 'text/javascript' : 'text/html' }).end(file);
    });
    await listenOnLoopback(server);
    browser = await launchChromium();
  }, 60_000);

  afterAll(() => Promise.all([browser?.close(), server && closeServer(server)]));

  test.each([['page', 'a page'], ['with-worker', 'a worker']])('runs it as a module, without a build step: %s', async (path, place) => {
    const complaints: string[] = [];
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`http://127.0.0.1:${portOf(server)}/${path}`);
    await page.waitForFunction((title) => document.title === title, `hello from ${place}`, { timeout: 20_000 });
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);
});

test('it asks nothing of the place that it is imported in', async () => {
  folder.write('import.mjs', `
    import { readFileSync } from 'node:fs';
    import { createContext, SourceTextModule } from 'node:vm';
    const module = new SourceTextModule(readFileSync(process.argv[2], 'utf8'), { context: createContext({}) });
    await module.link(() => { throw new Error('it imports something'); });
    await module.evaluate();
    console.log(Object.keys(module.namespace).join());
  `);
  expect(await inNode('import.mjs')).toBe('BroadcastError,TIMING,bySentAt,connect\n');
}, 60_000);

test('timers, microtasks and a WebSocket are all that it needs: no page, no events of one, no crypto, no performance', async () => {
  folder.write('bare.mjs', `
    import { readFileSync } from 'node:fs';
    import { createContext, SourceTextModule } from 'node:vm';
    import { createRequire } from 'node:module';
    const WebSocket = createRequire(process.argv[4])('ws');
    const done = (text) => console.log(text);
    const context = createContext({ setTimeout, clearTimeout, queueMicrotask, WebSocket, done, url: process.argv[3], place: 'nowhere' });
    const client = new SourceTextModule(readFileSync(process.argv[2], 'utf8'), { context });
    const app = new SourceTextModule(${JSON.stringify(`import { connect } from 'client';${SESSION}`)}, { context });
    await app.link(() => client);
    await app.evaluate();
  `);
  expect(await inNode('bare.mjs', local.url, join(ROOT, 'package.json'))).toBe('hello from nowhere\n');
}, 60_000);

function inNode(program: string, ...args: string[]): Promise<string> {
  const file = join(folder.path, 'node_modules', NAME, 'dist', 'broadcast-client.js');
  return folder.run(process.execPath, '--experimental-vm-modules', '--no-warnings', program, file, ...args);
}
