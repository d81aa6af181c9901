import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { familyOf, LOOPBACK, listeningAddresses } from '../../../harness/listening';
import { listenOnLoopback } from '../../../harness/loopback';
import { isAlive } from '../../../harness/processes';
import type { Local } from '../../../local';
import { bundle } from '../../../local/bundle';
import { dynamoDb } from '../fixtures/dynamo-db';
import { nextMessage } from '../fixtures/gateway';
import { synthesisePlainApp } from '../fixtures/plain-app';
import { answering, writeAssembly } from '../fixtures/small-app';

/* The shipped bundle, run by plain Node.js from an empty folder. */
let directory: string;
let assembly: string;
let emptyFolder: string;
const runs: ChildProcess[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cli-test-'));
  emptyFolder = join(directory, 'empty');
  mkdirSync(emptyFolder);
  await bundle(join(directory, 'bundle'));
  ({ assembly } = synthesisePlainApp(directory));
});

afterEach(() => {
  for (const started of runs.splice(0)) started.kill('SIGKILL');
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly process: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  stdout(): string;
  stderr(): string;
}

function run(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}): Run {
  return runNode([join(directory, 'bundle', 'broadcast-local.js'), ...args], options);
}

function runNode(args: string[], { cwd = emptyFolder, env = {} }: { cwd?: string; env?: Record<string, string> } = {}): Run {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, ...env } });
  runs.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  return { process: child, exit, stdout: () => stdout, stderr: () => stderr };
}

/** Waits for the line with the address of the first API. */
function urlOf({ stdout }: Run): Promise<string> {
  return eventually(() => (stdout().includes('\nReady') ? /^WebSocket: (ws:\S+) /m.exec(stdout())?.[1] : undefined), 15_000);
}

/** Returns the processes that a runner has started. */
function childrenOf({ process: { pid } }: Run): number[] {
  return familyOf(pid!).slice(1);
}

test('serves a cloud assembly and says where', async () => {
  mkdirSync(join(directory, 'page'));
  const started = run([assembly, '--port', '0', '--serve', join(directory, 'page')]);
  const url = await urlOf(started);
  expect(started.stdout()).toMatch(/^WebSocket: ws:\/\/127\.0\.0\.1:\d+\/prod \(Plain\/Api\)$/m);
  expect(started.stdout()).toMatch(/^WebSocket: ws:\/\/127\.0\.0\.1:\d+\/live \(Nested\/Second\/Api\)$/m);
  expect(started.stdout()).toMatch(/^DynamoDB: http:\/\/127\.0\.0\.1:\d+$/m);
  expect(started.stdout()).toMatch(/^Queue: http:\/\/127\.0\.0\.1:\d+\/\d+\/\S+ \(Plain\/Outbox\)$/m);
  expect(started.stdout()).toContain(`\nPage: http://${new URL(url).host}/?url=${url}\n`);
  expect(started.stdout()).toContain('broadcast-local: AWS::Kinesis::Stream is not emulated: Plain/Unrelated\n');
  const client = new WebSocket(url);
  client.once('open', () => client.send('hello'));
  expect(await nextMessage(client)).toBe('hello');
  client.close();
  expect(started.stderr()).toBe('');
});

test('serves the page of the example chat, with the client that the page loads', async () => {
  const started = run([assembly, '--port', '0', '--chat']);
  await urlOf(started);
  const [, page] = /^Page: (\S+)$/m.exec(started.stdout())!;
  expect(await (await fetch(page)).text()).toContain('<title>Broadcast chat</title>');
  const client = await fetch(new URL('vendor/broadcast-client.js', page));
  expect(await client.text()).toContain('broadcast-websocket-client');
});

test('injects the requested faults, and prints how to repeat them', async () => {
  const started = run([assembly, '--port', '0', '--fault', '500=1', '--fault', 'latency=1ms', '--fault-seed', '42']);
  const client = new WebSocket(await urlOf(started));
  client.once('open', () => client.send('hello'));
  expect(await nextMessage(client)).toContain('Internal server error');
  expect(started.stdout()).toContain('\nFaults: 500=1 latency=1ms (again with --fault-seed 42)\n');
  expect(started.stdout()).toMatch(/ post \S+ 500 InternalServerErrorException injected\n/);
  client.close();
});

test('keeps tables with --persist, also when it is killed', async () => {
  const persist = join(directory, 'kept');
  const args = [assembly, '--port', '0', '--persist', persist];
  const ids = async ({ stdout }: Run) => {
    const dynamoDbEndpoint = /^DynamoDB: (\S+)$/m.exec(stdout())![1];
    const { TableNames } = await dynamoDb(dynamoDbEndpoint, 'ListTables', {}) as { TableNames: string[] };
    const TableName = TableNames.find((name) => name.startsWith('Plain-'))!;
    const { Items } = await dynamoDb(dynamoDbEndpoint, 'Scan', { TableName }) as { Items: { connectionId: { S: string } }[] };
    return { dynamoDbEndpoint, TableName, ids: Items.map(({ connectionId }) => connectionId.S) };
  };
  const first = run(args);
  const client = new WebSocket(await urlOf(first));
  await new Promise((resolve) => client.once('open', resolve));
  client.on('error', () => undefined);
  const { dynamoDbEndpoint, TableName, ids: [connectionId] } = await ids(first);
  await dynamoDb(dynamoDbEndpoint, 'PutItem', { TableName, Item: { connectionId: { S: 'of the app' } } });
  await eventually(() => {
    const tables = readdirSync(persist).filter((name) => /^table-.*\.json$/.test(name)).map((name) => readFileSync(join(persist, name), 'utf8'));
    return tables.some((text) => text.includes('of the app') && text.includes(connectionId));
  });
  first.process.kill('SIGKILL');
  await first.exit;

  const second = run(args);
  await urlOf(second);
  expect((await ids(second)).ids).toEqual(['of the app']);
  expect(second.stdout()).toContain(`Plain/Api disconnect ${connectionId} 1006 `);
});

test('prints objects with --json', async () => {
  const started = run([assembly, '--port', '0', '--json']);
  const ready = await eventually(() => started.stdout().split('\n').find((line) => line.includes('"ready"')), 15_000);
  expect(JSON.parse(ready)).toMatchObject({ event: 'ready', apis: [{ path: 'Plain/Api' }, { path: 'Guarded/Api' }, { path: 'Nested/Second/Api' }] });
});

test('every line of --json is an object that says when, where and what', async () => {
  const target = mkdtempSync(join(directory, 'events-'));
  const code = 'exports.handler = async ({ body }) => { console.log("spoken\\nin two lines"); if (body === "fail") throw new Error("failed"); return { statusCode: 200 }; };';
  writeAssembly(target, { functions: { All: code }, routes: { $connect: 'All', $default: 'All', $disconnect: 'All' } });
  const started = run([target, '--port', '0', '--json']);
  const lines = () => started.stdout().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  const { apis: [{ url, callbackUrl }] } = await eventually(() => lines().find(({ event }) => event === 'ready'), 15_000) as unknown as { apis: Local['apis'] };
  const client = new WebSocket(url);
  client.once('open', () => client.send('fail'));
  expect(await nextMessage(client)).toContain('Internal server error');
  const { connectionId } = lines().find(({ event }) => event === 'connect')!;
  for (const method of ['GET', 'POST', 'DELETE']) await fetch(`${callbackUrl}/@connections/${encodeURIComponent(String(connectionId))}`, { method });
  await eventually(() => lines().some(({ event }) => event === 'disconnect'));
  for (const line of lines()) {
    expect(line).toEqual(expect.objectContaining({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), source: expect.any(String), event: expect.any(String) }));
    if (line.event !== 'ready') expect(line.detail).toEqual(expect.any(String));
  }
  expect([...new Set(lines().map(({ event }) => event))]).toEqual(expect.arrayContaining([
    'ready', 'invoke', 'connect', 'output', 'error', 'message', 'get', 'post', 'delete', 'disconnect',
  ]));
});

(process.platform === 'linux' ? test : test.skip)('listens on the loopback interface only, with all its processes', async () => {
  const started = run([assembly, '--port', '0', '--serve', emptyFolder]);
  const client = new WebSocket(await urlOf(started));
  client.once('open', () => client.send('hello'));
  await nextMessage(client);
  const addresses = listeningAddresses(familyOf(started.process.pid!));
  // Two APIs, the tables, the queues, and each environment's runtime API.
  expect(addresses.length).toBeGreaterThanOrEqual(6);
  expect(new Set(addresses)).toEqual(new Set([LOOPBACK]));
  client.close();
});

test('frees the memory of earlier versions of an item', async () => {
  const script = `
    const post = (endpoint, operation, input) => fetch(endpoint, {
      method: 'POST', body: JSON.stringify(input), headers: {
        'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.' + operation, 'x-amz-date': '20200101T000000Z',
        'authorization': 'AWS4-HMAC-SHA256 Credential=a/20200101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=a',
      },
    }).then((response) => response.text());
    require(${JSON.stringify(join(directory, 'bundle', 'dist'))}).startLocal({ assembly: process.argv[1] }).then(async ({ dynamoDbEndpoint, tables, stop }) => {
      const [TableName] = Object.values(tables);
      const round = async () => {
        for (let turn = 0; turn < 400; turn++) {
          await post(dynamoDbEndpoint, 'PutItem', { TableName, Item: { connectionId: { S: 'a' }, text: { S: String(turn).padEnd(20000, 'x') } } });
          await post(dynamoDbEndpoint, 'Scan', { TableName });
        }
        // Memory that ends in one turn is returned in a later one.
        for (let turn = 0; turn < 3; turn++) {
          gc();
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return process.memoryUsage().external;
      };
      const before = await round();
      console.log('grown by', await round() - before);
      await stop();
      process.exit();
    });`;
  const started = runNode(['--expose-gc', '--eval', script, assembly]);
  await started.exit;
  // 400 versions of the item would be 8 MB.
  expect(Number(/grown by (-?\d+)/.exec(started.stdout())?.[1])).toBeLessThan(2_000_000);
});

describe('ends, and leaves neither a process nor a file behind,', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('by %s', async (signal) => {
    const TMPDIR = mkdtempSync(join(directory, 'tmp-'));
    const started = run([busyAssembly(), '--port', '0'], { env: { TMPDIR } });
    const url = await urlOf(started);
    const client = new WebSocket(url);
    client.once('open', () => client.send('loop'));
    client.on('error', () => undefined);
    // One environment is in an endless loop, one is idle, and one process watches them.
    await eventually(() => started.stdout().includes('looping'), 10_000);
    const children = childrenOf(started);
    expect(children.length).toBeGreaterThanOrEqual(3);
    started.process.kill(signal);
    expect(await started.exit).toEqual(signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null });
    await eventually(() => children.every((pid) => !isAlive(pid)));
    expect(readdirSync(TMPDIR).filter((name) => name.startsWith('broadcast-local-'))).toEqual([]);
  });

  test('as a library, by the end of the test runner that it is in', async () => {
    const started = runNode(['--eval', `require(${JSON.stringify(join(directory, 'bundle', 'dist'))}).startLocal({ assembly: process.argv[1] })
      .then(({ url }) => console.log('\\nWebSocket: ' + url + ' \\nReady'))`, busyAssembly()]);
    const client = new WebSocket(await urlOf(started));
    client.once('open', () => client.send('loop'));
    client.on('error', () => undefined);
    await eventually(() => childrenOf(started).length >= 3, 10_000);
    const children = childrenOf(started);
    started.process.kill('SIGKILL');
    await started.exit;
    await eventually(() => children.every((pid) => !isAlive(pid)));
  });

  // A device on which every write fails, like a full disk.
  (existsSync('/dev/full') ? test : test.skip)('also when the disk is full, and says that tables were not saved', async () => {
    const persist = mkdtempSync(join(directory, 'full-'));
    const started = run([assembly, '--port', '0', '--persist', persist]);
    await urlOf(started);
    const dynamoDbEndpoint = /^DynamoDB: (\S+)$/m.exec(started.stdout())![1];
    const { TableNames: [TableName] } = await dynamoDb(dynamoDbEndpoint, 'ListTables', {}) as { TableNames: string[] };
    symlinkSync('/dev/full', join(persist, `table-${TableName}.changes.json`));
    const { Table: { KeySchema } } = await dynamoDb(dynamoDbEndpoint, 'DescribeTable', { TableName }) as { Table: { KeySchema: { AttributeName: string }[] } };
    await dynamoDb(dynamoDbEndpoint, 'PutItem', { TableName, Item: Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, { S: 'lost' }])) });
    await eventually(() => started.stdout().includes('local error tables not saved: ENOSPC'));
    const children = childrenOf(started);
    started.process.kill('SIGINT');
    // The disk is at fault, not the signal.
    expect(await started.exit).toEqual({ code: 1, signal: null });
    expect(started.stderr()).toMatch(/^broadcast-local: tables not saved: ENOSPC: no space left on device, write\n$/);
    // Once, for any number of attempts.
    expect(started.stdout().match(/tables not saved/g)).toHaveLength(1);
    await eventually(() => children.every((pid) => !isAlive(pid)));
  });

  test('also while the app is being synthesised', async () => {
    const started = run(['--app', 'sleep 60 & echo $! >&2; wait', '--port', '0']);
    const pid = Number(await eventually(() => /^\d+$/m.exec(started.stderr())?.[0]));
    started.process.kill('SIGTERM');
    expect(await started.exit).toEqual({ code: 0, signal: null });
    await eventually(() => !isAlive(pid));
  });
});

describe('synthesises', () => {
  /** A folder with an app that writes the assembly, and the variables it got, into the given directory. */
  function appFolder(name: string, cdkJson: object): string {
    const folder = join(directory, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'app.js'), `
      const { CDK_OUTDIR, CDK_CONTEXT_JSON, CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION } = process.env;
      console.log('the app speaks');
      require('node:fs').cpSync(${JSON.stringify(assembly)}, CDK_OUTDIR, { recursive: true });
      require('node:fs').writeFileSync('told.json', JSON.stringify({ context: JSON.parse(CDK_CONTEXT_JSON), CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION }));
    `);
    // As an editor of Windows may write it.
    writeFileSync(join(folder, 'cdk.json'), `\uFEFF${JSON.stringify(cdkJson, null, 2).replaceAll('\n', '\r\n')}`);
    writeFileSync(join(folder, 'cdk.context.json'), '{"looked-up":"value"}');
    return folder;
  }

  test.each([
    ['the app of cdk.json', 'from-cdk-json', { app: 'node app.js', context: { mine: 1 } }, [], ['synthesising the app, which takes most apps 5 to 20 s: node app.js']],
    ['what "build" makes', 'from-build', { build: 'cp app.js built.js', app: 'node built.js', context: { mine: 1 } }, [],
      ['running the build command of cdk.json: cp app.js built.js', 'synthesising the app, which takes most apps 5 to 20 s: node built.js']],
    ['what --app says', 'from-flag', { app: 'false', context: { mine: 1 } }, ['--app', 'node app.js'], ['synthesising the app, which takes most apps 5 to 20 s: node app.js']],
  ])('%s', async (_what, name, cdkJson, args, said) => {
    const cwd = appFolder(name, cdkJson);
    const started = run([...args, '--port', '0'], { cwd, env: { AWS_REGION: 'eu-west-1' } });
    await urlOf(started);
    const told = started.stdout().split('\n').slice(0, said.length + 1).map((line) => line.replace(/^\S+ local synth /, ''));
    expect(told).toEqual([...said, expect.stringMatching(/^synthesised in \d+\.\d s$/)]);
    expect(started.stderr()).toBe('the app speaks\n');
    expect(JSON.parse(readFileSync(join(cwd, 'told.json'), 'utf8'))).toEqual({
      context: expect.objectContaining({ 'mine': 1, 'looked-up': 'value', 'aws:cdk:enable-path-metadata': true }),
      CDK_DEFAULT_ACCOUNT: '000000000000',
      CDK_DEFAULT_REGION: 'eu-west-1',
    });
  });
});

describe('the output of an app', () => {
  const chatter = ['Bundling asset Chat/Names/Code/Stage...', '', '  ...a0/bundling-temp-1/index.js  1.8kb', '  cdk.out/index.mjs.map  12.0mb ⚠️', '', '⚡ Done in 4ms', '$ esbuild --bundle "index.ts"'];
  const app = (lines: string[], status: number) => ['--app', `node -e '${lines.map((line) => `console.log(${JSON.stringify(line)});`).join(' ')} process.exit(${status})'`, '--port', '0'];

  test('messages about bundling become one line for each construct', async () => {
    const failed = run(app([...chatter, 'the app speaks', 'of  a.js 12 kb'], 1));
    await failed.exit;
    expect(failed.stderr()).toMatch(/^the app speaks\nof  a\.js 12 kb\nbroadcast-local: the app command failed \(exit code 1\): /);
    expect(failed.stdout()).toMatch(/ local synth bundling Chat\/Names\n$/);
  });

  test('nothing is printed with --quiet', async () => {
    const cwd = mkdtempSync(join(directory, 'quiet-'));
    writeFileSync(join(cwd, 'app.js'), `console.log('the app speaks'); require('node:fs').cpSync(${JSON.stringify(assembly)}, process.env.CDK_OUTDIR, { recursive: true });`);
    const started = run(['--app', 'node app.js', '--port', '0', '--quiet'], { cwd });
    const client = new WebSocket(await urlOf(started));
    client.once('open', () => client.send('hello'));
    expect(await nextMessage(client)).toBe('hello');
    client.close();
    started.process.kill('SIGINT');
    await started.exit;
    expect(started.stderr()).toBe('');
    expect(started.stdout()).toMatch(/^broadcast-local: [^]*\nReady\. Press Ctrl-C to stop\.\n$/);
  });

  test('may lose its reader, and the runner serves on', async () => {
    const cwd = mkdtempSync(join(directory, 'unread-'));
    writeFileSync(join(cwd, 'app.js'), `console.log('the app speaks'); require('node:fs').cpSync(${JSON.stringify(assembly)}, process.env.CDK_OUTDIR, { recursive: true });`);
    const started = run(['--app', 'node app.js', '--port', '0'], { cwd });
    started.process.stderr?.destroy();
    await urlOf(started);
    started.process.kill('SIGINT');
    expect(await started.exit).toEqual({ code: 0, signal: null });
  });

  test('everything is printed with --quiet when it fails', async () => {
    const failed = run([...app(['the app speaks'], 1), '--quiet']);
    await failed.exit;
    expect(failed.stdout()).toBe('');
    expect(failed.stderr()).toMatch(/^the app speaks\nbroadcast-local: the app command failed/);
  });
});

describe('an annotation of a construct', () => {
  /** The app of a folder adds annotations to the assembly that it writes. */
  function annotating(...annotations: [type: string, data: string][]): string {
    const cwd = mkdtempSync(join(directory, 'annotated-'));
    const entries = annotations.map(([type, data]) => ({ type: `aws:cdk:${type}`, data }));
    writeFileSync(join(cwd, 'app.js'), `
      const { cpSync, readFileSync, writeFileSync } = require('node:fs');
      cpSync(${JSON.stringify(assembly)}, process.env.CDK_OUTDIR, { recursive: true });
      const file = process.env.CDK_OUTDIR + '/manifest.json';
      const manifest = JSON.parse(readFileSync(file));
      manifest.artifacts.Plain.metadata = { '/Plain/Api': ${JSON.stringify(entries)} };
      delete manifest.artifacts.Plain.additionalMetadataFile;
      writeFileSync(file, JSON.stringify(manifest));
    `);
    return cwd;
  }

  test('is printed if it is a warning', async () => {
    const started = run(['--app', 'node app.js', '--port', '0'], { cwd: annotating(['warning', 'careful [ack: a:b]'], ['info', 'by the way']) });
    await urlOf(started);
    expect(started.stdout().match(/^.* warning .*$/gm)).toEqual([expect.stringMatching(/^[\d:]{8} Plain\/Api warning careful \[ack: a:b\]$/)]);
  });

  test.each([
    [[['error', 'not so']], 'the app has an error, so it cannot be deployed: Plain/Api: not so'],
    [[['error', 'not so'], ['warning', 'careful'], ['error', 'nor so']], 'the app has 2 errors, so it cannot be deployed: Plain/Api: not so; Plain/Api: nor so'],
  ] as [[string, string][], string][])('stops the start if it is an error: %j', async (annotations, message) => {
    const failed = run(['--app', 'node app.js', '--port', '0', '--quiet'], { cwd: annotating(...annotations) });
    expect(await failed.exit).toEqual({ code: 1, signal: null });
    expect(failed.stderr()).toBe(`broadcast-local: ${message}\n`);
  });
});

test('--quiet prints errors of functions', async () => {
  const target = mkdtempSync(join(directory, 'quiet-errors-'));
  writeAssembly(target, { functions: { All: 'exports.handler = async () => { console.log("spoken"); throw new Error("failed"); };' }, routes: { $default: 'All' } });
  const started = run([target, '--port', '0', '--quiet']);
  const client = new WebSocket(await urlOf(started));
  client.once('open', () => client.send('hello'));
  await eventually(() => started.stdout().includes('error'));
  client.close();
  const happened = started.stdout().slice(started.stdout().indexOf('Ready.')).split('\n').slice(1, -1);
  expect(happened).toEqual([expect.stringMatching(/^\S+ Small\/All error Error: failed$/), expect.stringMatching(/^ {4}at exports\.handler \(.*index\.js:1:\d+\)$/)]);
});

test('a message to many is one line, and metrics are readable', async () => {
  const target = mkdtempSync(join(directory, 'lines-'));
  const code = `
    const ids = [];
    const metrics = { _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [['service']], Metrics: [{ Name: 'Deliveries', Unit: 'Count' }, { Name: 'Latency', Unit: 'Milliseconds' }] }] }, service: 'x', Deliveries: 3, Latency: 12, messageId: 'm1' };
    exports.handler = async ({ requestContext: { connectionId, eventType, domainName, stage } }) => {
      if (eventType === 'CONNECT') ids.push(connectionId);
      if (eventType !== 'MESSAGE') return { statusCode: 200 };
      await Promise.all(ids.map((id) => fetch('https://' + domainName + '/' + stage + '/@connections/' + encodeURIComponent(id), { method: 'POST', body: 'to all' })));
      console.log(JSON.stringify(metrics));
      return { statusCode: 200 };
    };`;
  writeAssembly(target, { functions: { All: code }, routes: { $connect: 'All', $default: 'All' } });
  const started = run([target, '--port', '0']);
  const url = await urlOf(started);
  const clients: WebSocket[] = [];
  for (let index = 0; index < 3; index++) {
    const client = new WebSocket(url);
    clients.push(client);
    await new Promise((resolve) => client.once('open', resolve));
  }
  clients[0].send('hello');
  await eventually(() => / message \S+ \$default /.test(started.stdout()) && started.stdout().includes(' metrics '));
  for (const client of clients) client.close();
  const happened = started.stdout().split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
  expect(happened.filter((line) => / post /.test(line))).toEqual(['Small/Api post 3 connections 200 6 bytes']);
  expect(happened.filter((line) => /All\]? (metrics|\{)/.test(line))).toEqual(['Small/All metrics Deliveries 3, Latency 12 ms; messageId m1']);
});

describe('--watch', () => {
  async function connected(url: string): Promise<(body: string) => Promise<string>> {
    const client = new WebSocket(url);
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
    return (body) => {
      const answer = nextMessage(client);
      client.send(body);
      return answer;
    };
  }

  test('synthesises again when a source changes, and the new code answers a client that stays connected', async () => {
    const cwd = join(directory, 'watched');
    mkdirSync(join(cwd, 'src'), { recursive: true });
    const base = join(directory, 'base');
    writeAssembly(base, { functions: { Message: 'CODE', Other: answering('other ') }, routes: { $default: 'Message', other: 'Other' } });
    writeFileSync(join(cwd, 'src', 'handler.js'), answering('old '));
    writeFileSync(join(cwd, 'app.js'), `
      const { cpSync, readFileSync, writeFileSync } = require('node:fs');
      cpSync(${JSON.stringify(base)}, process.env.CDK_OUTDIR, { recursive: true });
      const template = process.env.CDK_OUTDIR + '/Small.template.json';
      writeFileSync(template, readFileSync(template, 'utf8').replace('"CODE"', () => JSON.stringify(readFileSync('src/handler.js', 'utf8'))));
      writeFileSync('written-by-the-app.txt', 'the same every time');
    `);
    writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ app: 'node app.js', watch: { exclude: ['README.md'] } }));
    const started = run(['--watch', '--port', '0'], { cwd });
    const ask = await connected(await urlOf(started));
    expect(await ask('hello')).toBe('old hello');

    writeFileSync(join(cwd, 'README.md'), 'is excluded');
    writeFileSync(join(cwd, 'src', 'handler.js'), answering('new '));
    await eventually(() => started.stdout().includes('Small/Message reload new code'), 15_000);
    expect(await ask('hello')).toBe('new hello');

    writeFileSync(join(cwd, 'app.js'), 'process.exit(3)');
    await eventually(() => started.stdout().includes('not reloaded: the app command failed (exit code 3): node app.js'), 15_000);
    expect(await ask('hello')).toBe('new hello');
    expect(started.stdout()).toMatch(/ local reload src\/handler\.js changed$/m);
    expect(started.stdout()).not.toContain('README.md');
    expect(started.stdout()).not.toContain('Small/Other reload');
  });

  test('reloads a cloud assembly that another program synthesises', async () => {
    const watched = join(directory, 'watched.out');
    const write = (text: string) => writeAssembly(watched, { functions: { Message: answering(text) }, routes: { $default: 'Message' } });
    write('old ');
    const started = run([watched, '--watch', '--port', '0']);
    const ask = await connected(await urlOf(started));
    expect(await ask('hello')).toBe('old hello');
    rmSync(watched, { recursive: true });
    write('new ');
    await eventually(() => started.stdout().includes('Small/Message reload new code'), 15_000);
    expect(await ask('hello')).toBe('new hello');
  });
});

describe('explains in one line', () => {
  test.each<[string, string[], number, RegExp]>([
    ['nothing to serve', [], 2, /^nothing to serve: no cloud assembly directory, no --app, and no cdk\.json with an "app" in this directory; pass one of them$/],
    ['no such assembly', ['cdk.out'], 1, /^'cdk\.out' is not a cloud assembly: there is no such directory; run `cdk synth` first, or pass --app$/],
    ['an app that fails', ['--app', 'exit 3'], 1, /^the app command failed \(exit code 3\): exit 3$/],
    ['an app that writes nothing', ['--app', 'true'], 1, /^the app wrote no cloud assembly: true; does it create an App/],
    ['a page that is not there', ['--app', 'exit 3', '--serve', 'nowhere'], 1, /^there is no directory 'nowhere' to serve; check --serve$/],
    ['two pages', ['x', '--chat', '--serve', 'page'], 2, /^either --chat or --serve, got both; see broadcast-local --help$/],
    ['an example and an app', ['--example', 'chat', '--app', 'b'], 2, /^--example brings its own app and page, got --app as well; see/],
    ['an example and an assembly', ['x', '--example', 'chat'], 2, /^--example brings its own app and page, got a cloud assembly directory as well; see/],
    ['an example that is not there', ['--example', 'chess'], 2, /^'--example' must be an example of this package \(it has none\), got 'chess'$/],
    ['an emulator that has no address, before the app is synthesised', ['--app', 'exit 3', '--port', '0', '--aws-endpoint', 'x'], 2, /^'awsEndpoint' must be an http or https address, got 'x'; /],
    ['an unknown flag', ['--what'], 2, /^Unknown option '--what'.*; see broadcast-local --help$/],
    ['a port that is none', ['x', '--port', 'http'], 2, /^'--port' must be an integer between 0 and 65535, got 'http'; see/],
    ['a time scale that is none', ['x', '--time-scale', '0'], 2, /^'--time-scale' must be a number above 0, got '0'; see/],
    ['a fault that is none', ['x', '--fault', '404=0.1'], 2, /^'--fault' must be like 410=0\.1, .*, got '404=0\.1'; see broadcast-local --help$/],
    ['a seed that is none', ['x', '--fault-seed', 'x'], 2, /^'--fault-seed' must be an integer, got 'x'; see/],
    ['an empty app', ['--app', ''], 2, /^'--app' must not be empty; see/],
    ['an empty assembly', [''], 2, /^'cdk\.out' must not be empty; see/],
    ['an app that is a directory', ['--app', '.'], 2, /^the app command is a directory: \.; to serve a cloud assembly, pass it without --app$/],
    ['an infinite time scale', ['x', '--time-scale', '1e309'], 2, /^'--time-scale' must be a number above 0, got '1e309'; see/],
    ['an inspector\'s port that is none', ['x', '--inspector', '65536'], 2, /^'--inspector' must be an integer between 0 and 65535, got '65536'; see/],
    ['a flag without its value', ['x', '--persist'], 2, /^Option '--persist <value>' argument missing; see/],
    ['two assemblies', ['a', 'b'], 2, /^one cloud assembly directory at most, got 2: a b; see/],
    ['an assembly and an app', ['a', '--app', 'b'], 2, /^either a cloud assembly directory or --app, got both; see/],
  ])('%s', async (_what, args, code, message) => {
    // Before the others: the last may lack its value. The default port may be in use.
    const failed = run(args.includes('--port') ? args : ['--port', '0', ...args]);
    expect(await failed.exit).toEqual({ code, signal: null });
    const lines = failed.stderr().trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0].replace(/^broadcast-local: /, '')).toMatch(message);
  });

  test('a folder for temporary files in which none can be made', async () => {
    const failed = run([assembly, '--port', '0'], { env: { TMPDIR: join(assembly, 'manifest.json') } });
    expect(await failed.exit).toEqual({ code: 1, signal: null });
    expect(failed.stderr()).toMatch(/^broadcast-local: no temporary directory can be made in '.*manifest\.json' \(ENOTDIR.*\); set TMPDIR to one that is there and writable\n$/);
  });

  test('an app in cdk.json that is not a command', async () => {
    const cwd = join(directory, 'odd-cdk-json');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'cdk.json'), '{"app":7}');
    const failed = run(['--port', '0'], { cwd });
    expect(await failed.exit).toEqual({ code: 2, signal: null });
    expect(failed.stderr()).toBe('broadcast-local: \'app\' of cdk.json must be a command, got 7\n');
  });

  (process.platform === 'linux' ? test : test.skip)('a directory for the tables that cannot be made', async () => {
    const failed = run([assembly, '--port', '0', '--persist', '/proc/tables/kept']);
    expect(await failed.exit).toEqual({ code: 1, signal: null });
    expect(failed.stderr()).toMatch(/^broadcast-local: cannot keep tables in '\/proc\/tables\/kept': E.*, mkdir '\/proc\/tables'\n$/);
  });

  test('no port left for the second API', async () => {
    const failed = run([assembly, '--port', '65535', '--no-inspector']);
    expect(await failed.exit).toEqual({ code: 1, signal: null });
    expect(failed.stderr()).toMatch(/^broadcast-local: there is no port left for Guarded\/Api after 65535; pass a lower one with --port\n$/);
  });

  test.each([
    ['of the first API', '--port', (port: number) => `port ${port} is in use; pass another one with --port, or --port 0 for any that is free`],
    ['of the inspector', '--inspector', (port: number) => `port ${port} of the inspector is in use; pass another one with --inspector, or --no-inspector`],
  ])('a port in use, before the app is synthesised: that %s', async (_whose, flag, message) => {
    const blocker = createServer();
    const port = await listenOnLoopback(blocker);
    const cwd = mkdtempSync(join(directory, 'in-use-'));
    const failed = run(['--app', 'touch synthesised; exit 3', ...flag === '--port' ? [] : ['--port', '0'], flag, String(port)], { cwd });
    const exit = await failed.exit;
    blocker.close();
    expect(exit).toEqual({ code: 1, signal: null });
    expect(failed.stderr()).toBe(`broadcast-local: ${message(port)}\n`);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('one port for the first API and the inspector', async () => {
    const failed = run([assembly, '--port', '39517', '--inspector', '39517']);
    expect(await failed.exit).toEqual({ code: 1, signal: null });
    expect(failed.stderr()).toBe('broadcast-local: the inspector and the first API cannot both have port 39517; pass another one with --inspector\n');
  });
});

test('--help explains the flags', async () => {
  const helped = run(['--help']);
  expect(await helped.exit).toEqual({ code: 0, signal: null });
  for (const flag of ['--app', '--watch', '--serve', '--port', '--time-scale', '--quiet', '--json', '--help']) expect(helped.stdout()).toContain(flag);
});

test('--version is that of the package', async () => {
  const asked = run(['--version']);
  expect(await asked.exit).toEqual({ code: 0, signal: null });
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as { version: string };
  expect(asked.stdout()).toBe(`${version}\n`);
});

/** An app whose message handler never returns. */
function busyAssembly(): string {
  const target = mkdtempSync(join(directory, 'busy-'));
  const Busy = 'exports.handler = async () => { require("node:fs").writeSync(1, "looping\\n"); for (;;); };';
  writeAssembly(target, { functions: { Quick: answering(''), Busy }, routes: { $connect: 'Quick', $default: 'Busy' } });
  return target;
}
