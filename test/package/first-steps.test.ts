import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../../harness/client';
import { ROOT } from '../../harness/root';
import { scratchFolder } from '../../harness/scratch';

/* The first steps of docs/getting-started.md, line by line, with the packages of this checkout. */

const page = readFileSync(join(ROOT, 'docs/getting-started.md'), 'utf8');
const section = /^## 1\. [^]*?(?=^## 3\. )/m.exec(page)![0];
const [, printed] = /prints the addresses:\n\n```text\n([^]*?)\n```/.exec(page)!;
/** The commands of the smoke test, each with its output. */
const smoke = [...page.matchAll(/^(npx wscat -c wss:.*)\n```\n\n```text\n(.*)$/gm)].map(([, command, answer]) => [command, answer] as const);
const [, setup, app, serve] = /```sh\n([^]*?)```[^]*?```ts\n([^]*?)```[^]*?```sh\n([^]*?)```/.exec(section)!;

const scratch = scratchFolder();
afterAll(() => scratch.remove());

test('its lines end in a chat that passes messages on', async () => {
  const pack = ['pack', '--json', '--ignore-scripts', '--workspace', 'local', '--include-workspace-root', '--pack-destination', scratch.path];
  const packed = JSON.parse(execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8' })) as { name: string; filename: string }[];
  expect(packed.map(({ name }) => name).sort()).toEqual(['broadcast-local', 'cdk-broadcast-websocket-api']);
  const script = packed.reduce((lines, { name, filename }) => {
    expect(lines).toMatch(new RegExp(`^npm install (-D )?${name}$`, 'm'));
    return lines.replace(new RegExp(`${name}$`, 'm'), join(scratch.path, filename));
  }, setup);
  const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_yes: 'true' };
  execFileSync('sh', ['-e', '-c', script], { cwd: scratch.path, env, stdio: 'pipe' });
  const folder = join(scratch.path, 'my-chat');
  writeFileSync(join(folder, /`(bin\/\S+\.ts)`/.exec(section)![1]), app);

  const runner = spawn('sh', ['-c', `exec ${serve.trim()} --port 0 --no-inspector`], { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const said = await untilReady(runner.stdout);
    const comparable = (text: string) => text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1').replace(/wss:\/\/\w+/g, 'wss://id').split('\n')
      .filter((line) => /^[A-Z]/.test(line) && !line.startsWith('Inspector'));
    expect(comparable(said)).toEqual(comparable(printed));
    expect(await (await fetch(/^Page: (\S+)/m.exec(said)![1])).text()).toContain('<title>Broadcast chat</title>');
    const [, url] = /^WebSocket: (\S+)/m.exec(said)!;
    const [ann, bob] = [await Client.open(url), await Client.open(url)];
    ann.send('hello');
    expect(JSON.parse(await bob.frame(() => true))).toMatchObject({ type: 'message', message: 'hello' });
    await Promise.all([ann.close(), bob.close()]);

    expect(smoke).toHaveLength(2);
    for (const [command, answer] of smoke) {
      const answered = JSON.parse(await outputOf(command.replace(/wss:\S+/, url), folder, env)) as object;
      const shown = JSON.parse(answer) as Record<string, unknown>;
      const { action, type, message } = shown;
      expect(Object.keys(answered)).toEqual(Object.keys(shown));
      expect(answered).toMatchObject(action ? { action } : { type, message });
    }
  } finally {
    const ended = once(runner, 'exit');
    process.kill(-runner.pid!, 'SIGINT');
    await ended;
  }
}, 300_000);

async function untilReady(output: NodeJS.ReadableStream): Promise<string> {
  let said = '';
  for await (const line of createInterface({ input: output })) {
    said += `${line}\n`;
    if (line.startsWith('Ready')) return said;
  }
  throw new Error(`the runner ended before it served; it said:\n${said}`);
}

/** Returns the first line that a command prints; its input stays open like a terminal's. */
async function outputOf(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    for await (const line of createInterface({ input: child.stdout })) return line;
    throw new Error(`'${command}' printed nothing`);
  } finally {
    child.stdin.end();
    child.kill();
    await ended;
  }
}
