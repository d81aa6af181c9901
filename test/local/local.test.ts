import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { WebSocket } from 'ws';
import { closeOf, nextMessage } from './fixtures/gateway';
import { synthesisePlainApp, type PlainApp } from './fixtures/plain-app';
import { describeWithPython, hasPython } from './fixtures/python';
import { answering, ROWS_TABLE, writeAssembly } from './fixtures/small-app';
import { eventually } from '../../harness/eventually';
import { listenOnLoopback } from '../../harness/loopback';
import { queuesClient } from '../../harness/queues';
import { startLocal, type Local } from '../../local';

let directory: string;
let app: PlainApp;
let local: Local | undefined;
let clients: WebSocket[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'local-test-'));
  app = synthesisePlainApp(directory);
});

afterEach(async () => {
  for (const client of clients) client.terminate();
  clients = [];
  await local?.stop();
  local = undefined;
});

afterAll(() => rmSync(directory, { recursive: true }));

async function start(options: Partial<Parameters<typeof startLocal>[0]> = {}): Promise<Local> {
  local = await startLocal({ assembly: app.assembly, ...options });
  return local;
}

async function connect(url: string): Promise<WebSocket> {
  const client = new WebSocket(url);
  clients.push(client);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
  return client;
}

test('an app of plain constructs broadcasts, with its own handlers, table and callback URL', async () => {
  const lines: string[] = [];
  const { apis, dynamoDbEndpoint, tables } = await start({ log: (line) => lines.push(line) });
  const [ann, bob] = [await connect(apis[0].url), await connect(apis[0].url)];
  const received = [nextMessage(ann), nextMessage(bob)];
  ann.send('the secret of ann');
  expect(await Promise.all(received)).toEqual(['the secret of ann', 'the secret of ann']);

  const database = new DynamoDBClient({ endpoint: dynamoDbEndpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const rows = async () => (await database.send(new ScanCommand({ TableName: tables[app.tableLogicalId] }))).Count;
  expect(await rows()).toBe(2);
  bob.close();
  await eventually(async () => (await rows()) === 1);
  database.destroy();

  const text = lines.join('\n');
  expect(text).toMatch(/Plain\/Api connect \S{16} 200 in \d+ ms/);
  expect(text).toMatch(/Plain\/Api post \S{16} 200 17 bytes/);
  expect(text).toMatch(/Plain\/Api disconnect \S{16} 1005 /);
  expect(text).toMatch(/Plain\/Broadcast invoke cold start in \d+ ms/);
  expect(text).not.toContain('secret');
});

test('a backend broadcasts by a queue of the app', async () => {
  const { apis, sqsEndpoint, queues } = await start();
  const ann = await connect(apis[0].url);
  const received = nextMessage(ann);
  const sqs = queuesClient(sqsEndpoint);
  const QueueUrl = queues[app.queueLogicalId];
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'from a backend' }));
  expect(await received).toBe('from a backend');
  await eventually(async () => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return Number(Attributes!.ApproximateNumberOfMessagesNotVisible) === 0;
  });
  sqs.destroy();
});

test('every API of the assembly is served, those of nested stages too', async () => {
  const { apis } = await start();
  expect(apis).toEqual([['Plain/Api', 'prod'], ['Guarded/Api', 'guarded'], ['Nested/Second/Api', 'live']].map(([path, stage]) => ({
    path,
    logicalId: expect.any(String),
    stage,
    url: expect.stringMatching(new RegExp(`^ws://127\\.0\\.0\\.1:\\d+/${stage}$`)),
    awsUrl: expect.stringMatching(new RegExp(`^wss://\\w{10}\\.execute-api\\.[\\w-]+\\.amazonaws\\.com/${stage}$`)),
    callbackUrl: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${stage}$`)),
  })));
  for (const { url } of [apis[0], apis[2]]) {
    const client = await connect(url);
    const received = nextMessage(client);
    client.send('{"action":"ping"}');
    expect(await received).toBe('{"action":"pong"}');
  }
});

describe('an API of plain constructs with an authorizer', () => {
  async function statusOf(url: string): Promise<number | undefined> {
    const client = new WebSocket(url);
    clients.push(client);
    client.on('error', () => undefined);
    const [, response] = await once(client, 'unexpected-response') as [unknown, IncomingMessage];
    response.destroy();
    return response.statusCode;
  }

  async function ask(client: WebSocket, name: string, text: string): Promise<string> {
    const received = nextMessage(client);
    client.send(JSON.stringify({ command: { name }, text }));
    return received;
  }

  test('accepts clients that its function allows, and answers others with the status of each case', async () => {
    const { apis: [, { url }] } = await start();
    expect(await statusOf(url)).toBe(401);
    expect(await statusOf(`${url}?token=none`)).toBe(401);
    expect(await statusOf(`${url}?token=eve`)).toBe(403);
    expect((await connect(`${url}?token=ann`)).readyState).toBe(WebSocket.OPEN);
  });

  test('has custom routes, a function of a zip file without an AWS SDK of its own, and a global table with an index', async () => {
    const { apis: [, { url }] } = await start();
    const [ann, bob] = [await connect(`${url}?token=ann`), await connect(`${url}?token=bob`)];
    expect(await ask(ann, 'note', 'milk')).toBe('["milk"]');
    expect(await ask(bob, 'note', 'honey')).toBe('["honey"]');
    expect(await ask(ann, 'unknown', '')).toContain('"message": "Forbidden"');
  });

  describeWithPython('has functions in Python', () => {
    test('that get the sender\'s name', async () => {
      const { apis: [, { url }] } = await start();
      expect(await ask(await connect(`${url}?token=ann`), 'shout', 'hello')).toBe('ANN: HELLO!');
    });
  });
});

test('relevant resources that are not emulated are named, and nothing else', async () => {
  const python = hasPython ? [] : ['Guarded/Handlers/Shout: runtime python3.13 needs python3, which is not on the PATH; what invokes it gets an error'];
  expect((await start()).notices).toEqual([...python, 'AWS::Kinesis::Stream is not emulated: Plain/Unrelated']);
});

test('a time scale makes connections idle sooner', async () => {
  const { apis } = await start({ timeScale: 6000 });
  const client = await connect(apis[2].url);
  expect(await closeOf(client)).toEqual({ code: 1001, reason: 'Going away' });
});

test('a page is served beside the first API, and gets its address', async () => {
  const page = join(directory, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<h1>Chat</h1>');
  const { page: address, apis } = await start({ serve: page });
  expect(address).toBe(`http://${new URL(apis[0].url).host}/?url=${apis[0].url}`);
  expect(await (await fetch(address!)).text()).toBe('<h1>Chat</h1>');
  expect((await fetch(new URL('/missing.html', address))).status).toBe(404);
  expect((await fetch(new URL('/../plain-app.ts', address))).status).toBe(404);
});

test('stopping closes the clients, frees the ports, and may be repeated', async () => {
  const { apis } = await start();
  const client = await connect(apis[0].url);
  const closed = closeOf(client);
  await local!.stop();
  await local!.stop();
  expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
  await expect(fetch(apis[0].callbackUrl)).rejects.toThrow();
});

test('a port that is in use is an error that names it, and nothing is left behind', async () => {
  const blocker = createServer();
  const port = await listenOnLoopback(blocker);
  const started = startLocal({ assembly: app.assembly, port }).finally(() => blocker.close());
  await expect(started).rejects.toThrow(`port ${port} is in use; pass another one with --port`);
});

test.each([
  ['a resource that is null', { Resources: { Api: null } }],
  ['resources that are a list of numbers', { Resources: [7] }],
])('an assembly with %s is an error of one line', async (_what, template) => {
  const assembly = join(directory, 'broken');
  mkdirSync(assembly, { recursive: true });
  const artifacts = { Broken: { type: 'aws:cloudformation:stack', properties: { templateFile: 'broken.json' } } };
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ artifacts }));
  writeFileSync(join(assembly, 'broken.json'), JSON.stringify(template));
  await expect(startLocal({ assembly })).rejects.toMatchObject({ name: 'LocalError', message: expect.stringMatching(/^[^\n]+$/) });
});

test('tables and queues are named by their paths where several stacks have the same logical id', async () => {
  const assembly = join(directory, 'same-ids');
  writeAssembly(assembly, { functions: { Any: answering('') }, routes: { $default: 'Any' }, resources: { Rows: ROWS_TABLE, Only: ROWS_TABLE } });
  const manifest = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8')) as { artifacts: Record<string, object> };
  manifest.artifacts.Other = { ...manifest.artifacts.Small, properties: { templateFile: 'Other.template.json' } };
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify(manifest));
  const Resources = { Rows: ROWS_TABLE, Waiting: { Type: 'AWS::SQS::Queue' } };
  writeFileSync(join(assembly, 'Other.template.json'), JSON.stringify({ Resources }));
  local = await startLocal({ assembly });
  expect(local.tables).toEqual({
    'Small/Rows': expect.stringMatching(/^Small-Rows-/), 'Only': expect.stringMatching(/^Small-Only-/), 'Other/Rows': expect.stringMatching(/^Other-Rows-/),
  });
  expect(local.queues).toEqual({ Waiting: expect.stringMatching(/Other-Waiting-/) });
  expect(local.queuePaths).toEqual({ Waiting: 'Other/Waiting' });
});

test('dead-letter queues are listed after the queues that are sent to', async () => {
  const assembly = join(directory, 'dead-letters');
  const dead = { Type: 'AWS::SQS::Queue' };
  const RedrivePolicy = { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 };
  const resources = { Dead: dead, Waiting: { ...dead, Properties: { RedrivePolicy } }, Other: dead };
  writeAssembly(assembly, { functions: { Any: answering('') }, routes: { $default: 'Any' }, resources });
  local = await startLocal({ assembly });
  expect(Object.keys(local.queues)).toEqual(['Waiting', 'Other', 'Dead']);
});

test('a directory to serve that is not there is an error', async () => {
  await expect(startLocal({ assembly: app.assembly, serve: join(directory, 'nowhere') })).rejects.toThrow(/^there is no directory '.*nowhere' to serve/);
});

test('failures go to stderr by default', async () => {
  const written: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const assembly = join(directory, 'failing');
    writeAssembly(assembly, { functions: { Fn: 'exports.handler = async () => { console.log("fine"); throw new TypeError("no"); };' }, routes: { $default: 'Fn' } });
    const { url } = await start({ assembly });
    const client = await connect(url);
    const answer = nextMessage(client);
    client.send('x');
    expect(await answer).toContain('Internal server error');
    await eventually(() => written.length > 0);
  } finally {
    write.mockRestore();
  }
  expect(written.join('')).toMatch(/^\d\d:\d\d:\d\d Small\/Fn error TypeError: no\n/);
  expect(written.join('')).not.toContain('fine');
});

test('a start that is aborted before it begins fails, and leaves nothing', async () => {
  const signal = AbortSignal.abort(new Error('broken off'));
  await expect(start({ signal })).rejects.toThrow('broken off');
  expect(local).toBeUndefined();
});

test('a start that is aborted after the synthesis rejects, and leaves nothing behind', async () => {
  const assembly = join(directory, 'aborted');
  const keyless = { ...ROWS_TABLE, Properties: { ...ROWS_TABLE.Properties, KeySchema: [] } };
  writeAssembly(assembly, { functions: { Fn: answering('') }, routes: { $default: 'Fn' }, resources: { Keyless: keyless } });
  const aborting = new AbortController();
  const events: string[] = [];
  // Tables are created while the parts start.
  const log = (line: string) => {
    events.push(line);
    aborting.abort();
  };
  await expect(startLocal({ assembly, signal: aborting.signal, log })).rejects.toMatchObject({ name: 'AbortError' });
  expect(events).toEqual([expect.stringContaining('the table cannot be created')]);
});
