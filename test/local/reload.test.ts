import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { dynamoDb } from './fixtures/dynamo-db';
import { nextMessage } from './fixtures/gateway';
import { answering, ROWS_TABLE, writeAssembly, type SmallApp } from './fixtures/small-app';
import { eventually } from '../../harness/eventually';
import { startLocal, type Local } from '../../local';

const APP: SmallApp = {
  functions: { Message: answering('old '), Other: `let calls = 0; ${'exports.handler = async () => ({ statusCode: 200, body: String(++calls) });'}` },
  routes: { $default: 'Message', other: 'Other' },
  resources: { Rows: ROWS_TABLE },
};

let assembly: string;
let local: Local;
let client: WebSocket;
let log: string[];
let onLog: (() => void) | undefined;

beforeEach(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'reload-test-'));
  log = [];
  onLog = undefined;
  writeAssembly(assembly, APP);
  local = await startLocal({
    assembly,
    log: (_line, { source, event, detail }) => {
      log.push(`${source} ${event}: ${detail}`);
      onLog?.();
    },
  });
  client = new WebSocket(local.url);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
});

afterEach(async () => {
  client.terminate();
  await local.stop();
  rmSync(assembly, { recursive: true });
});

async function ask(body: string): Promise<string> {
  const answer = nextMessage(client);
  client.send(body);
  return answer;
}

function reloadWith(change: Partial<SmallApp>): Promise<void> {
  writeAssembly(assembly, { ...APP, ...change });
  return local.reload();
}

function reloads(): string[] {
  return log.filter((line) => line.includes(' reload: '));
}

test('new code answers the next message of a client that stays connected, and unchanged functions stay warm', async () => {
  expect(await ask('hello')).toBe('old hello');
  expect(await ask('{"action":"other"}')).toBe('1');
  await reloadWith({ functions: { ...APP.functions, Message: answering('new ') } });
  expect(await ask('hello')).toBe('new hello');
  expect(await ask('{"action":"other"}')).toBe('2');
  expect(reloads()).toEqual(['Small/Message reload: new code']);
});

test('an invocation that is under way ends with the code it began with', async () => {
  const reloaded = join(assembly, 'reloaded');
  const slow = (text: string) => `exports.handler = async () => {
    console.log('begun');
    while (!require('node:fs').existsSync(${JSON.stringify(reloaded)})) await new Promise((resolve) => setTimeout(resolve, 5));
    return { statusCode: 200, body: '${text}' };
  };`;
  await reloadWith({ functions: { ...APP.functions, Message: slow('old') } });
  const answer = ask('hello');
  await eventually(() => log.includes('Small/Message output: begun'));
  await reloadWith({ functions: { ...APP.functions, Message: slow('new') } });
  writeFileSync(reloaded, '');
  expect(await answer).toBe('old');
  expect(await ask('hello')).toBe('new');
});

test('a new environment variable starts new environments', async () => {
  await ask('{"action":"other"}');
  await reloadWith({ variables: { COLOUR: 'red' } });
  expect(await ask('{"action":"other"}')).toBe('1');
  expect(reloads()).toEqual(['Small/Message reload: new configuration', 'Small/Other reload: new configuration']);
});

test('a new route, and its function, take effect; a removed one is gone', async () => {
  await reloadWith({ functions: { ...APP.functions, Third: answering('third ') }, routes: { $default: 'Message', third: 'Third' } });
  expect(await ask('{"action":"third"}')).toBe('third {"action":"third"}');
  expect(await ask('{"action":"other"}')).toBe('old {"action":"other"}');
  expect(reloads()).toEqual(['Small/Api reload: new routes, authorizers or stages', 'Small/Other reload: removed']);
});

test('a new table is created, and an unchanged one keeps its rows', async () => {
  const row = { connectionId: { S: 'a=' } };
  await dynamoDb(local.dynamoDbEndpoint, 'PutItem', { TableName: Object.values(local.tables)[0], Item: row });
  await reloadWith({ resources: { Rows: ROWS_TABLE, More: ROWS_TABLE } });
  expect(Object.keys(local.tables)).toEqual(['Rows', 'More']);
  expect(await dynamoDb(local.dynamoDbEndpoint, 'Scan', { TableName: local.tables.Rows })).toMatchObject({ Items: [row] });
  expect(await dynamoDb(local.dynamoDbEndpoint, 'Scan', { TableName: local.tables.More })).toMatchObject({ Items: [] });
});

test('changes that need a restart are reported', async () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  await reloadWith({ resources: { Rows: ROWS_TABLE, Kept: queue, Gone: queue } });
  log.length = 0;
  const api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } };
  const stage = { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Second' }, StageName: 'live' } };
  const keyed = { ...ROWS_TABLE, Properties: { ...ROWS_TABLE.Properties, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } };
  await reloadWith({ resources: { Rows: keyed, Kept: { ...queue, Properties: { DelaySeconds: 5 } }, Second: api, SecondStage: stage } });
  await reloadWith({ resources: {} });
  expect(reloads()).toEqual([
    'Small/Rows reload: the keys or indexes of the table were changed, which takes a restart of the runner',
    'Small/Gone reload: the queue was removed, which takes a restart of the runner',
    'Small/Kept reload: the queue was changed, which takes a restart of the runner',
    expect.stringMatching(/^Small\/Second reload: served at ws:\/\/127\.0\.0\.1:\d+\/live$/),
    'Small/Rows reload: the table was removed, which takes a restart of the runner',
    'Small/Kept reload: the queue was removed, which takes a restart of the runner',
    'Small/Second reload: the API was removed, which takes a restart of the runner',
  ]);
});

test('new parts that are not emulated are reported', async () => {
  await reloadWith({ resources: { ...APP.resources, News: { Type: 'AWS::Kinesis::Stream', Properties: {} } } });
  expect(reloads()).toEqual(['local reload: AWS::Kinesis::Stream is not emulated: Small/News']);
});

test('an app that cannot be served is an error, and the previous one stays in service', async () => {
  writeFileSync(join(assembly, 'manifest.json'), '{');
  await expect(local.reload()).rejects.toThrow(/manifest\.json is not valid JSON/);
  expect(await ask('hello')).toBe('old hello');
  await reloadWith({ functions: { ...APP.functions, Message: answering('new ') } });
  expect(await ask('hello')).toBe('new hello');
});

test('stopping ends what a reload that is under way starts', async () => {
  const api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } };
  const stage = { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Second' }, StageName: 'live' } };
  let isEnded = false;
  let stopped: Promise<void> | undefined;
  onLog = () => { stopped ??= local.stop(); };
  const reloaded = reloadWith({ routes: { $default: 'Other' }, resources: { Second: api, SecondStage: stage } }).finally(() => { isEnded = true; });
  await eventually(() => stopped !== undefined);
  await stopped;
  expect(isEnded).toBe(true);
  await reloaded;
  expect(local.apis).toHaveLength(2);
  for (const { url } of local.apis) await expect(once(new WebSocket(url), 'open')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(local.reload()).rejects.toThrow('the runner has stopped');
});
