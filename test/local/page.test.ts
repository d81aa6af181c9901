import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '../../harness/http';
import { closeServer, listenOnLoopback, portOf } from '../../harness/loopback';
import { staticPage } from '../../local/page';

const TEXT = 'x'.repeat(100);

let directory: string;
let server: Server;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'page-'));
  mkdirSync(join(directory, '.git'));
  mkdirSync(join(directory, 'sub', '.cache'), { recursive: true });
  for (const file of ['page.html', '.env', '.git/config', 'sub/.cache/file', '50%.txt']) writeFileSync(join(directory, file), TEXT);
  const serve = staticPage(directory);
  server = createServer(serve);
  await listenOnLoopback(server);
});

afterEach(async () => {
  await closeServer(server);
  rmSync(directory, { recursive: true });
});

async function get(path: string, headers: Record<string, string> = {}): Promise<{ status?: number; body: string }> {
  const { status, body } = await send({ port: portOf(server), path, headers });
  return { status, body: body.toString() };
}

test.each(['/page.html', '/page', '/page.html?x=/.git', '/50%25.txt'])('%s is served', async (path) => {
  expect(await get(path)).toEqual({ status: 200, body: TEXT });
});

test.each([
  '/.env', '/.git/config', '/%2egit/config', '/%2Egit%2Fconfig', '//.git/config', '/sub/.cache/file', '/sub/%2ecache/file',
  '/sub/../.env', '/../page.html', '/sub\\.cache\\file', '/.git/config?x', '/.git/%', '/missing', '/%',
])('%s is not found', async (path) => {
  expect(await get(path)).toEqual({ status: 404, body: 'Not found\n' });
});

test.each(['bytes=50-10', 'bytes=0-0,5-6', 'bytes=-5', 'bytes=200-', 'nonsense'])('a range is ignored: %s', async (range) => {
  expect(await get('/page.html', { range })).toEqual({ status: 200, body: TEXT });
});

test('a file that cannot be read fails only its own request', async () => {
  // It can be opened, but not read from its beginning, not even by root.
  symlinkSync('/proc/self/mem', join(directory, 'unreadable'));
  const outcome = await get('/unreadable').then(({ body }) => body, (error: Error) => error.name);
  expect(outcome).not.toBe(TEXT);
  expect((await get('/page.html')).status).toBe(200);
});
