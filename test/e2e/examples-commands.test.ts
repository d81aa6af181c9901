import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../../harness/client';
import { ROOT } from '../../harness/root';

/* The commands of the README, run as typed: each bundles, synthesises and serves. */

jest.setTimeout(180_000);

let command: ChildProcess | undefined;

/** Interrupts the command like Ctrl-C, and waits until none of its processes writes. */
afterEach(async () => {
  if (!command?.pid) return;
  command.stdout!.resume();
  const closed = once(command, 'close');
  process.kill(-command.pid, 'SIGINT');
  await closed;
});

/** Starts a command, and returns its output once it serves. */
async function serve(line: string): Promise<string> {
  const [program, ...args] = line.split(' ');
  command = spawn(program, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  command.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  for await (const text of createInterface({ input: command.stdout! })) {
    said += `${text}\n`;
    if (text.startsWith('Ready')) return said;
  }
  throw new Error(`'${line}' ended before it served; it said:\n${said}`);
}

test.each([['chat', 'Broadcast chat'], ['dashboard', 'Live dashboard']])('`npm run %s` serves the example at the requested port', async (example, title) => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`npm run ${example}`);
  const said = await serve(`npm run ${example} -- --port 0 --no-inspector`);

  expect(said).not.toContain('Inspector:');
  const [, url] = /^WebSocket: (ws:\/\/127\.0\.0\.1:(?!8787)\d+\/prod)/m.exec(said)!;
  const [, page] = /^Page: (\S+)/m.exec(said)!;
  expect(await (await fetch(page)).text()).toContain(`<title>${title}</title>`);

  const client = await Client.open(`${url}?name=Ann`);
  if (example === 'chat') {
    client.send('{"action":"subscribe","ref":"1","channel":"room:lobby"}');
    await client.frame((frame) => frame.startsWith('{"type":"subscribed"'));
    client.send('{"action":"publish","ref":"2","channel":"room:lobby","message":"hello"}');
    expect(JSON.parse(await client.frame((frame) => frame.startsWith('{"type":"message"')))).toMatchObject({ from: 'Ann', message: 'hello', channel: 'room:lobby' });
  }
  await client.close();
});
