import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { bundle } from '../../../local/bundle';
import { eventually } from '../fixtures/gateway';
import { answering, writeAssembly } from '../fixtures/small-app';

/*
 * The runner as it ships is killed at many instants of its life. Every process of it has the directory of the bundle in its command
 * line; what functions start has a number that nobody else sleeps for.
 */
let directory: string;
let assembly: string;
const SLEEP = `6${process.pid}.25`;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'killed-test-'));
  assembly = join(directory, 'assembly');
  await bundle(join(directory, 'bundle'));
  const Busy = `exports.handler = async () => { require("node:child_process").spawn("sleep", ["${SLEEP}"], { stdio: "ignore" }); for (;;); };`;
  writeAssembly(assembly, { functions: { Quick: answering(''), Busy }, routes: { $connect: 'Quick', $default: 'Busy', $disconnect: 'Quick' } });
});

afterAll(() => rmSync(directory, { recursive: true }));

function run(args: string[], env = process.env): ChildProcess & { output: string } {
  const child = Object.assign(spawn(process.execPath, [join(directory, 'bundle', 'broadcast-local.js'), ...args, '--port', '0'], { env }), { output: '' });
  child.stdout.on('data', (chunk: Buffer) => { child.output += chunk.toString(); });
  child.stderr.resume();
  return child;
}

/** Command lines of the processes that are left of a runner. Those that have ended and wait for their parent are none. */
function left(): string[] {
  return execFileSync('ps', ['-eo', 'stat=,args=']).toString().split('\n')
    .filter((line) => !line.startsWith('Z') && (line.includes(directory) || line.includes(`sleep ${SLEEP}`)));
}

async function nothingIsLeft(when: string): Promise<void> {
  await eventually(() => left().length === 0 || undefined, 10_000).catch(() => { throw new Error(`left when killed ${when}:\n${left().join('\n')}`); });
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Instants over a stretch of time, one at random in each part of it. */
function instants(count: number, milliseconds: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.round((index + Math.random()) * milliseconds / count));
}

test('a runner that is killed while it starts leaves no process behind', async () => {
  for (const instant of instants(8, 1_200)) {
    const runner = run([assembly]);
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after its start`);
  }
});

test('a runner that is killed before a function runs leaves no file behind', async () => {
  const TMPDIR = join(directory, 'temporary');
  mkdirSync(TMPDIR);
  const runner = run([assembly], { ...process.env, TMPDIR });
  await eventually(() => runner.output.includes('ws://') || undefined, 10_000);
  expect(readdirSync(TMPDIR)).toContainEqual(expect.stringMatching(/^broadcast-local-/));
  runner.kill('SIGKILL');
  await eventually(() => !readdirSync(TMPDIR).some((name) => name.startsWith('broadcast-local-')) || undefined, 3_000);
});

test('a runner that is killed while it synthesises leaves no process behind', async () => {
  for (const instant of instants(4, 600)) {
    const runner = run(['--app', `sleep ${SLEEP} & sleep ${SLEEP}; wait`]);
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after its start`);
  }
});

/** A runner with clients that connect, send and disconnect: environments start, run and end. */
async function busyRunner(): Promise<ChildProcess> {
  const runner = run([assembly]);
  const url = await eventually(() => /^WebSocket: (ws:\S+) /m.exec(runner.output)?.[1], 15_000);
  for (const ends of [false, true, false]) {
    const client = new WebSocket(url);
    client.on('error', () => undefined);
    client.once('open', () => {
      client.send('run for ever');
      if (ends) client.terminate();
    });
  }
  return runner;
}

test('a runner that is killed while functions start and run leaves no process behind', async () => {
  for (const instant of instants(6, 900)) {
    const runner = await busyRunner();
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after the clients came`);
  }
});

test('a runner that is killed while it stops leaves no process behind', async () => {
  for (const instant of instants(5, 200)) {
    const runner = await busyRunner();
    await eventually(() => left().some((line) => line.includes('sleep')) || undefined, 10_000);
    runner.kill('SIGTERM');
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after it was told to stop`);
  }
});
