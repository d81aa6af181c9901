import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { bundle } from '../../../local/bundle';
import { answering, writeAssembly } from '../fixtures/small-app';

/*
 * The shipped runner is killed at many moments of its life. Each of its processes has the bundle's directory in its command line; processes that
 * functions start sleep for a number of seconds that no other program uses. Its files are in a folder of the test.
 */
let directory: string;
let assembly: string;
/** Start time of a runner on this machine, including its load. */
let startMillis: number;
const SLEEP = `6${process.pid}.25`;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'killed-test-'));
  mkdirSync(temporary());
  assembly = join(directory, 'assembly');
  await bundle(join(directory, 'bundle'));
  const Busy = `exports.handler = async () => {
    const { execSync, spawn } = require("node:child_process");
    for (const detached of [false, true]) spawn("sleep", ["${SLEEP}"], { stdio: "ignore", detached });
    spawn(execSync("which sleep").toString().trim(), ["${SLEEP}"], { stdio: "ignore", detached: true, env: {} });
    spawn("sh", ["-c", "sleep ${SLEEP} &"], { stdio: "ignore", detached: true });
    for (;;);
  };`;
  const snake = [
    'import subprocess', 'def handler(event, context):',
    ...['False', 'True'].map((own) => `    subprocess.Popen(["sleep", "${SLEEP}"], start_new_session=${own})`),
    '    while True:', '        pass', '',
  ].join('\n');
  const Snake = { Type: 'AWS::Lambda::Function', Properties: { Runtime: 'python3.13', Handler: 'index.handler', Timeout: 60, Code: { ZipFile: snake } } };
  const routes = { $connect: 'Quick', $default: 'Busy', $disconnect: 'Quick', snake: 'Snake' };
  writeAssembly(assembly, { functions: { Quick: answering(''), Busy }, routes, resources: { Snake } });
  const started = performance.now();
  const runner = run([assembly]);
  await eventually(() => runner.output.includes('ws://'), PATIENCE_MILLIS);
  startMillis = performance.now() - started;
  runner.kill('SIGKILL');
}, 60_000);

afterAll(() => rmSync(directory, { recursive: true }));

const temporary = () => join(directory, 'temporary');

function run(args: string[]): ChildProcess & { output: string } {
  const env = { ...process.env, TMPDIR: temporary() };
  const child = Object.assign(spawn(process.execPath, [join(directory, 'bundle', 'broadcast-local.js'), ...args, '--port', '0'], { env }), { output: '' });
  child.stdout.on('data', (chunk: Buffer) => { child.output += chunk.toString(); });
  child.stderr.resume();
  return child;
}

/** Remaining files of a runner, and command lines of its processes, without zombies. */
function left(): string[] {
  const processes = execFileSync('ps', ['-eo', 'stat=,args=']).toString().split('\n')
    .filter((line) => !line.startsWith('Z') && (line.includes(directory) || line.includes(`sleep ${SLEEP}`)));
  return [...processes, ...readdirSync(temporary()).filter((name) => name.startsWith('broadcast-local-'))];
}

async function nothingIsLeft(when: string): Promise<void> {
  await eventually(() => left().length === 0, PATIENCE_MILLIS).catch(() => { throw new Error(`left when killed ${when}:\n${left().join('\n')}`); });
}

/** A long limit: other tests may run at the same time. */
const PATIENCE_MILLIS = 20_000;
jest.setTimeout(120_000);

/** Random moments, one in each part of a period, so that the runner is killed in any state. */
function instants(count: number, milliseconds: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.round((index + Math.random()) * milliseconds / count));
}

test('while it runs, a runner has a directory for its files', async () => {
  const runner = run([assembly]);
  await eventually(() => runner.output.includes('ws://'), PATIENCE_MILLIS);
  expect(readdirSync(temporary())).toContainEqual(expect.stringMatching(/^broadcast-local-/));
  runner.kill('SIGKILL');
  await nothingIsLeft('before a function ran');
});

test('a runner that is killed while it starts leaves nothing behind', async () => {
  for (const instant of instants(10, startMillis)) {
    const runner = run([assembly]);
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after its start`);
  }
});

test('a runner that is killed while it synthesises leaves nothing behind', async () => {
  for (const instant of instants(5, startMillis)) {
    const runner = run(['--app', `sleep ${SLEEP} & sleep ${SLEEP}; wait`]);
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after its start`);
  }
});

/** A runner with clients that connect, send and disconnect: environments start, run and end. */
async function busyRunner(): Promise<ChildProcess> {
  const runner = run([assembly]);
  const url = await eventually(() => /^WebSocket: (ws:\S+) /m.exec(runner.output)?.[1], PATIENCE_MILLIS);
  for (const [message, ends] of [['run for ever', false], ['run for ever', true], ['{"action":"snake"}', false]] as const) {
    const client = new WebSocket(url);
    client.on('error', () => undefined);
    client.once('open', () => {
      client.send(message);
      if (ends) client.terminate();
    });
  }
  return runner;
}

test('a runner that is killed while functions start and run leaves nothing behind', async () => {
  for (const instant of instants(6, 900)) {
    const runner = await busyRunner();
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after the clients came`);
  }
});

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('what functions started in sessions of their own ends with the runner, by %s', async (signal) => {
  const runner = await busyRunner();
  const sleeping = () => left().filter((line) => line.includes('sleep'));
  // Four of each environment of Busy, which has one or more, and two of Snake.
  await eventually(() => sleeping().length >= 6, PATIENCE_MILLIS);
  runner.kill(signal);
  await nothingIsLeft(`by ${signal}`);
});

test('a runner that is killed while it stops leaves nothing behind', async () => {
  for (const instant of instants(5, 200)) {
    const runner = await busyRunner();
    await eventually(() => left().some((line) => line.includes('sleep')), PATIENCE_MILLIS);
    runner.kill('SIGTERM');
    await sleep(instant);
    runner.kill('SIGKILL');
    await nothingIsLeft(`${instant} ms after it was told to stop`);
  }
});
