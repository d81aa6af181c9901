import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { WebSocket } from 'ws';
import { median, round, type Figure } from './figure';
import type { Output } from './output';
import type { Stage } from './stage';
import { synthesizeExample } from '../harness/example';
import { connectionsWith, familyOf } from '../harness/listening';
import { ROOT } from '../harness/root';
import type { Local } from '../local';
import { CREDENTIALS } from '../local/credentials';
import { BroadcastWebSocketApi, MessageFormat } from '../src';

/*
 * The local runner as it ships, with the construct's own apps in it: how long it takes to start, to connect and to broadcast; a broadcast
 * to a thousand clients; and what ten thousand connections leave behind. Its processes are counted on Linux only.
 */

const STARTS = 7;
/** Fewer than a client may send at once. */
const BROADCASTS = 25;
const CLIENTS = 1_000;
const CYCLES = 10_000;
/** Cycles before the first look at memory: pools and caches fill, and code is compiled. */
const WARM_UP_CYCLES = 2_000;
/** Number of memory readings while they run: memory kept for each connection would show in every one. */
const ROUNDS = 5;
const AT_ONCE = 16;
/** Below API Gateway's 500 new connections per second, which the runner enforces. */
const CONNECTIONS_PER_SECOND = 400;
/** Longer than any keep-alive of the runner and its functions. */
const SETTLE_MILLIS = 8_000;
const PATIENCE_MILLIS = 60_000;

/** The runner in a process of its own. */
interface Runner extends Pick<Local, 'url' | 'dynamoDbEndpoint' | 'tables'> {
  readonly process: ChildProcess;
  readonly startMillis: number;
}

export async function benchLocal({ children }: Stage, { progress, show }: Output): Promise<Figure[]> {
  const chat = join(children.directory, 'chat');
  await synthesizeExample('chat', chat);
  const chatMillis = await startMillis(chat);
  progress('local: started');
  const assembly = synthesise(join(children.directory, 'local'));
  const runner = await start(assembly);
  try {
    const rows: string[][] = [['start of the chat, from cdk.out to a ready URL', `${round(chatMillis)} ms`]];
    rows.push(...await latencies(runner));
    const crowd = await crowdOf(runner);
    progress('local: a thousand clients');
    const leaks = await leaksOf(runner, progress);
    show({ title: 'The local runner', head: ['', 'figure'], rows: [...rows, ...crowd.rows, ...leaks.rows] });
    return [
      { name: 'local: start to ready, s', value: chatMillis / 1000, atLeast: 1, aim: 0.5 },
      ...crowd.figures,
      ...leaks.figures,
    ];
  } finally {
    await stop(runner.process);
  }
}

/** The construct alone: what its clients send comes back as it was. */
function synthesise(outdir: string): string {
  const app = new App({ outdir, analyticsReporting: false });
  new BroadcastWebSocketApi(new Stack(app, 'Bench'), 'Chat', { messageFormat: MessageFormat.RAW });
  return app.synth().directory;
}

async function startMillis(assembly: string): Promise<number> {
  const starts: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    const { process: child, startMillis: millis } = await start(assembly);
    starts.push(millis);
    await stop(child);
  }
  return median(starts);
}

async function start(assembly: string): Promise<Runner> {
  const file = join(ROOT, 'local', 'broadcast-local.js');
  if (!existsSync(join(ROOT, 'local', 'dist'))) throw new Error('the local runner must be bundled: run npx projen bundle');
  const started = performance.now();
  const child = spawn(process.execPath, [file, assembly, '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let isReady = false;
  const ready = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the local runner ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      if (isReady) return;
      output += chunk.toString();
      const line = output.split('\n').slice(0, -1).find((each) => each.includes('"event":"ready"'));
      if (line === undefined) return;
      isReady = true;
      resolve(line);
    });
  });
  child.removeAllListeners('exit');
  return { ...JSON.parse(ready) as Runner, process: child, startMillis: performance.now() - started };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Waiting times of one client. */
async function latencies({ url }: Runner): Promise<string[][]> {
  const [first, firstMillis] = await timed(() => open(url));
  const [second, ...others] = await inTurn(20, () => timed(() => open(url)));
  for (const [client] of others) client.close();
  const clients = [first, second[0]];
  const broadcast = () => timed(async () => {
    const received = Promise.all(clients.map(nextMessage));
    first.send('hello');
    return received;
  });
  const [[, cold], ...warm] = await inTurn(BROADCASTS, broadcast);
  for (const client of clients) client.close();
  return [
    ['connect, cold', `${round(firstMillis)} ms`],
    ['connect, warm', `${round(median(others.map(([, millis]) => millis)))} ms`],
    ['broadcast, cold', `${round(cold)} ms`],
    ['broadcast, warm', `${round(median(warm.map(([, millis]) => millis)))} ms`],
  ];
}

/** A broadcast to a thousand clients that are connected at once. */
async function crowdOf({ url }: Runner): Promise<{ rows: string[][]; figures: Figure[] }> {
  const admit = pacer(CONNECTIONS_PER_SECOND);
  const connecting = performance.now();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, async () => {
    await admit();
    return open(url);
  }));
  const connected = performance.now();
  const counts = clients.map(() => 0);
  const times: number[] = [];
  const done = new Promise<void>((resolve) => {
    for (const [index, client] of clients.entries()) {
      client.on('message', () => {
        counts[index]++;
        times.push(performance.now());
        if (times.length >= CLIENTS) resolve();
      });
    }
  });
  const sent = performance.now();
  clients[0].send('to everybody');
  await within(done, 'a broadcast to everybody');
  // A message that comes twice would come soon.
  await sleep(1_000);
  await Promise.all(clients.map(close));
  const once = counts.filter((count) => count === 1).length;
  return {
    rows: [
      [`${CLIENTS} clients connect, at ${CONNECTIONS_PER_SECOND}/s at most`, `${round((connected - connecting) / 1000)} s`],
      ['a broadcast to them: the first has it after', `${round(times[0] - sent)} ms`],
      ['the last has it after', `${round(times.at(-1)! - sent)} ms`],
      ['clients that got it once', `${once} of ${CLIENTS}`],
    ],
    figures: [{ name: `local: clients of ${CLIENTS} that got a broadcast once`, value: once / CLIENTS, atLeast: 1, aim: 1, isMore: true, unit: '%' }],
  };
}

/** Processes, files and memory of the runner. */
interface Footprint {
  readonly processes: number;
  /** But for the connections of functions, whose clients keep as many open as they once needed. */
  readonly files: number;
  readonly connections: number;
  readonly megabytes: number;
  readonly rows: number;
}

async function leaksOf(runner: Runner, progress: (line: string) => void): Promise<{ rows: string[][]; figures: Figure[] }> {
  await cycle(runner.url, WARM_UP_CYCLES);
  const before = await footprint(runner);
  progress(`local: ${WARM_UP_CYCLES} cycles to warm up`);
  const rounds: Footprint[] = [];
  let seconds = 0;
  for (let turn = 1; turn <= ROUNDS; turn++) {
    const [, millis] = await timed(() => cycle(runner.url, CYCLES / ROUNDS));
    seconds += millis / 1000;
    rounds.push(await footprint(runner));
    progress(`local: ${turn * CYCLES / ROUNDS} cycles of connect, send, close`);
  }
  const after = rounds.at(-1)!;
  const change = (what: keyof Footprint) => `${round(before[what])} → ${round(after[what])}`;
  return {
    rows: [
      [`${CYCLES} cycles of connect, send, receive, close`, `${round(CYCLES / seconds)} /s`],
      ['processes, before → after', change('processes')],
      ['open files and sockets of the runner', change('files')],
      ['connections that functions keep with it', change('connections')],
      ['rows of the table', change('rows')],
      [`memory of the runner, MB, each ${CYCLES / ROUNDS} cycles`, [before, ...rounds].map(({ megabytes }) => round(megabytes)).join(' → ')],
    ],
    figures: [
      { name: `local: processes left by ${CYCLES} cycles`, value: Math.max(0, after.processes - before.processes), atLeast: 0, aim: 0 },
      { name: 'local: files and sockets left', value: Math.max(0, after.files - before.files), atLeast: 0, aim: 0 },
      { name: 'local: rows left', value: after.rows, atLeast: 0, aim: 0 },
      { name: `local: memory after the last ${CYCLES / ROUNDS} cycles, against before them`, value: after.megabytes / rounds.at(-2)!.megabytes, atLeast: 1.05, aim: 1.02 },
      { name: 'local: memory after all cycles, against before them', value: after.megabytes / before.megabytes, atLeast: 1.3, aim: 1.1 },
    ],
  };
}

async function cycle(url: string, count: number): Promise<void> {
  const admit = pacer(CONNECTIONS_PER_SECOND);
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) {
      left--;
      await admit();
      const client = await open(url);
      const text = `cycle ${left}`;
      const received = new Promise<void>((resolve) => client.on('message', (data: Buffer) => (data.toString() === text ? resolve() : undefined)));
      client.send(text);
      await within(received, 'the own message');
      await close(client);
    }
  }));
}

async function footprint({ process: { pid }, dynamoDbEndpoint, tables }: Runner): Promise<Footprint> {
  await sleep(SETTLE_MILLIS);
  const client = new DynamoDBClient({ endpoint: dynamoDbEndpoint, region: 'us-east-1', credentials: CREDENTIALS });
  const { Items } = await client.send(new ScanCommand({ TableName: Object.values(tables)[0] }));
  client.destroy();
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, ...functions] = familyOf(pid!);
  const connections = connectionsWith(pid!, functions);
  return {
    processes: functions.length + 1,
    files: readdirSync(`/proc/${pid}/fd`).length - connections,
    connections,
    megabytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024,
    // The item of the shared rate is no connection.
    rows: Items!.filter(({ connectionId }) => !connectionId.S!.startsWith('#')).length,
  };
}

function open(url: string): Promise<WebSocket> {
  const client = new WebSocket(url);
  return within(new Promise((resolve, reject) => client.once('open', () => resolve(client)).once('error', reject)), 'a connection');
}

async function close(client: WebSocket): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.close();
  await within(closed, 'the end of a connection');
}

function nextMessage(client: WebSocket): Promise<void> {
  return within(new Promise<void>((resolve) => client.once('message', () => resolve())), 'a message');
}

async function timed<T>(run: () => Promise<T>): Promise<readonly [T, number]> {
  const started = performance.now();
  const result = await run();
  return [result, performance.now() - started];
}

async function inTurn<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let turn = 0; turn < count; turn++) results.push(await run());
  return results;
}

/** Waits so that no more than so many go on in a second. */
function pacer(perSecond: number): () => Promise<void> {
  let next = performance.now();
  return async () => {
    const at = Math.max(next, performance.now());
    next = at + 1000 / perSecond;
    await sleep(Math.max(0, at - performance.now()));
  };
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${PATIENCE_MILLIS / 1000} s`)), PATIENCE_MILLIS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
