import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { Network } from './support/network';
import { connect } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { ROOT } from '../../harness/root';
import { scratchFolder } from '../../harness/scratch';
import { Served } from '../../harness/served';
import { missing } from '../../packaging/languages';
import { MessageFormat, MessageRateLimit } from '../../src';
import { CACHE } from '../package/support/apps';

/* The example's Python client, run by its command, at an API with a history. */

const EXAMPLE = join(ROOT, 'examples', 'python-client');

const hasPython = missing([{ command: 'python3', args: ['-c', 'import asyncio, ensurepip, venv; asyncio.TaskGroup'] }]).length === 0;

/** The example's chat, which sends typed lines. */
class Chat {
  static start(folder: string, python: string, url: string): Chat {
    return new Chat(spawn(python, ['chat.py', url], { cwd: folder, env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' } }));
  }

  readonly lines: string[] = [];
  errors = '';

  private constructor(private readonly program: ChildProcess) {
    createInterface({ input: program.stdout! }).on('line', (line) => this.lines.push(line));
    program.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  say(line: string): void {
    this.program.stdin!.write(`${line}\n`);
  }

  /** Printed messages in order. */
  get texts(): string[] {
    return this.lines.map((line) => line.replace(/^.*?: /, ''));
  }

  async end(): Promise<void> {
    if (this.program.exitCode !== null || this.program.signalCode !== null) return;
    const ended = once(this.program, 'exit');
    this.program.kill('SIGKILL');
    await ended;
  }
}

/** Installs it like a user, once for all runs. */
async function install(): Promise<string> {
  const venv = join(CACHE, 'python-client');
  const python = join(venv, 'bin', 'python');
  const run = promisify(execFile);
  if (!existsSync(python)) await run('python3', ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', join(EXAMPLE, 'requirements.txt')]);
  return python;
}

const title = 'a client in Python and one in JavaScript hear each other; what was said while the line was cut comes once, in order';

(hasPython ? test : test.skip)(`${title}${hasPython ? '' : ' (no python3 from 3.11 on)'}`, async () => {
  const scratch = scratchFolder();
  cpSync(EXAMPLE, scratch.path, { recursive: true });
  const [python, served] = await Promise.all([install(), Served.start({
    Api: () => ({ messageFormat: MessageFormat.ENVELOPE, history: {}, messageRateLimit: MessageRateLimit.unlimited() }),
  })]);
  const network = await Network.to(served.url('Api'));
  const client = connect({ url: served.url('Api'), WebSocket });
  const texts: string[] = [];
  client.on('message', ({ message }) => texts.push(message));
  const chat = Chat.start(scratch.path, python, network.url);
  try {
    await client.send('too early for both');
    await eventually(() => network.open === 1);
    chat.say('hello from Python');
    await eventually(() => texts.includes('hello from Python'));
    await client.send('hello from JavaScript');
    await eventually(() => chat.texts.includes('hello from JavaScript'));

    // The network is cut between the messages of both.
    network.pull();
    chat.say('said into a dead line');
    for (const count of [1, 2, 3]) await client.send(`meanwhile ${count}`);
    network.cutAll();
    network.plugIn();
    await eventually(() => texts.includes('said into a dead line'), 40_000);
    await client.send('the end');
    await eventually(() => chat.texts.includes('the end'));

    const from = texts.indexOf('hello from Python');
    expect(chat.texts.slice(chat.texts.indexOf('hello from Python'))).toEqual(texts.slice(from));
    expect(texts.slice(from)).toEqual([
      'hello from Python', 'hello from JavaScript', 'meanwhile 1', 'meanwhile 2', 'meanwhile 3', 'said into a dead line', 'the end',
    ]);
    expect(chat.errors).toBe('');
  } finally {
    client.close();
    await chat.end();
    await network.stop();
    await served.stop();
    scratch.remove();
  }
}, 180_000);
