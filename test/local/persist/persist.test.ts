import fs, { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { startLocal, type Local } from '../../../local';
import { lock } from '../../../local/persist/lock';
import { startOf } from '../../../local/processes';
import { dynamoDb } from '../fixtures/dynamo-db';
import { ROWS_TABLE, writeAssembly, type SmallApp } from '../fixtures/small-app';

/** Stores connections like an app, with Node.js only. */
const CONNECTIONS = `
const { AWS_REGION, TABLE: TableName } = process.env;
exports.handler = async ({ requestContext: { connectionId, eventType, disconnectStatusCode } }) => {
  if (eventType === 'DISCONNECT') console.log('told of ' + connectionId + ' ' + disconnectStatusCode);
  const key = { connectionId: { S: connectionId } };
  const [operation, input] = eventType === 'CONNECT' ? ['PutItem', { TableName, Item: key }] : ['DeleteItem', { TableName, Key: key }];
  const answer = await fetch('https://dynamodb.' + AWS_REGION + '.amazonaws.com', {
    method: 'POST', body: JSON.stringify(input),
    headers: {
      'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'DynamoDB_20120810.' + operation, 'X-Amz-Date': '20200101T000000Z',
      'Authorization': 'AWS4-HMAC-SHA256 Credential=a/20200101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=b',
    },
  });
  if (!answer.ok) throw new Error(await answer.text());
  return { statusCode: 200 };
};`;

const APP: SmallApp = {
  functions: { Connections: CONNECTIONS },
  routes: { $connect: 'Connections', $disconnect: 'Connections' },
  resources: { Rows: ROWS_TABLE },
  variables: { TABLE: { Ref: 'Rows' } },
};

let scratch: string;
let persist: string;
let assembly: string;
let running: Local[];
let clients: WebSocket[];
let log: string[];

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'persist-test-'));
  persist = join(scratch, 'kept', 'here');
  assembly = join(scratch, 'assembly');
  writeAssembly(assembly, APP);
  [running, clients, log] = [[], [], []];
});

afterEach(async () => {
  for (const client of clients) client.terminate();
  for (const local of running) await local.stop();
  rmSync(scratch, { recursive: true });
});

async function start(): Promise<Local> {
  const local = await startLocal({ assembly, persist, log: (line) => log.push(line) });
  running.push(local);
  return local;
}

async function connect({ url }: Local): Promise<void> {
  const client = new WebSocket(url);
  clients.push(client);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
}

async function ids({ dynamoDbEndpoint, tables }: Local): Promise<string[]> {
  const found: { connectionId: { S: string } }[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = await dynamoDb(dynamoDbEndpoint, 'Scan', { TableName: tables.Rows, ExclusiveStartKey });
    found.push(...page.Items as typeof found);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found.map(({ connectionId }) => connectionId.S);
}

function put({ dynamoDbEndpoint, tables }: Local, id: string, more: object = {}): Promise<unknown> {
  return dynamoDb(dynamoDbEndpoint, 'PutItem', { TableName: tables.Rows, Item: { connectionId: { S: id }, ...more } });
}

function dumpFile(): string {
  return join(persist, readdirSync(persist).find((name) => /^table-.*\.json$/.test(name))!);
}

test('rows come back, whatever is in them, and $disconnect runs for closed connections', async () => {
  const first = await start();
  const odd = { text: { S: '"\n,ü' }, list: { L: [{ NULL: true }, { BOOL: false }] }, bytes: { B: 'AAEC' }, number: { N: '1.50' } };
  await put(first, 'a row of the app', odd);
  await connect(first);
  await connect(first);
  expect(await ids(first)).toHaveLength(3);
  await first.stop();

  const second = await start();
  expect(await ids(second)).toEqual(['a row of the app']);
  const { Items } = await dynamoDb(second.dynamoDbEndpoint, 'Scan', { TableName: second.tables.Rows });
  expect(Items).toEqual([{ connectionId: { S: 'a row of the app' }, ...odd, number: { N: '1.5' } }]);
  expect(log.filter((line) => /told of \S{16} 1006$/.test(line))).toHaveLength(2);
  await second.stop();

  log.length = 0;
  expect(await ids(await start())).toEqual(['a row of the app']);
  expect(log.join()).not.toContain('told of');
});

test('more rows than one batch or page come back', async () => {
  const first = await start();
  const text = { S: 'x'.repeat(20_000) };
  for (let index = 0; index < 80; index++) await put(first, `row ${index}`, { text });
  await first.stop();
  expect(await ids(await start())).toHaveLength(80);
});

test('changes are written while the runner runs, readable by the owner only', async () => {
  const local = await start();
  await put(local, 'written');
  const file = () => readdirSync(persist).find((name) => /^table-.*\.changes\.json$/.test(name));
  await eventually(() => file() !== undefined && readFileSync(join(persist, file()!), 'utf8').includes('written'));
  expect(statSync(join(persist, file()!)).mode & 0o777).toBe(0o600);
  await local.stop();
  expect(file()).toBeUndefined();
  expect(readFileSync(dumpFile(), 'utf8')).toContain('written');
  expect(statSync(dumpFile()).mode & 0o777).toBe(0o600);
  await eventually(() => !readdirSync(persist).some((name) => name.endsWith('.tmp')));
});

test('a directory is used by one runner at a time, and is free when that runner has stopped', async () => {
  const first = await start();
  const file = join(persist, 'lock');
  await expect(start()).rejects.toThrow(`'${persist}' is in use by another runner (process ${process.pid}); stop it, or pass another --persist; if process ${process.pid} is no runner, remove ${file}`);
  await first.stop();
  await start();
});

test('the lock of a killed runner is ignored', async () => {
  mkdirSync(persist, { recursive: true });
  writeFileSync(join(persist, 'lock'), '999999999');
  await start();
});

test('a lock is ignored if its process id now belongs to a later process', async () => {
  mkdirSync(persist, { recursive: true });
  writeFileSync(join(persist, 'lock'), `${process.ppid}\nin another life\n`);
  await start();
});

test('a lock counts while the process that took it runs', async () => {
  mkdirSync(persist, { recursive: true });
  const file = join(persist, 'lock');
  writeFileSync(file, `${process.ppid}\n${startOf(process.ppid)}\n`);
  await expect(start()).rejects.toThrow(`is in use by another runner (process ${process.ppid})`);
  await expect(start()).rejects.toThrow(`if process ${process.ppid} is no runner, remove ${file}`);
});

test.each([['by nobody', ''], ['by a runner that was killed', '999999999']])('a lock held %s that another runner has meanwhile taken is kept', async (_whose, stale) => {
  mkdirSync(persist, { recursive: true });
  const file = join(persist, 'lock');
  writeFileSync(file, stale);
  // The parent process represents the other runner, which starts just after this one has read the lock.
  const read = jest.spyOn(fs, 'readFileSync').mockImplementationOnce(() => {
    rmSync(file);
    writeFileSync(file, String(process.ppid));
    return stale;
  });
  const inUse = `'${persist}' is in use by another runner (process ${process.ppid}); stop it, or pass another --persist`;
  expect(() => lock(persist, file)).toThrow(inUse);
  read.mockRestore();
  expect(readFileSync(file, 'utf8')).toBe(String(process.ppid));
  expect(readdirSync(persist)).toEqual(['lock']);
});

test('a lock is never visible before it contains its owner', () => {
  mkdirSync(persist, { recursive: true });
  const file = join(persist, 'lock');
  const write = jest.spyOn(fs, 'writeFileSync');
  const free = lock(persist, file);
  expect(write.mock.calls.map(([path]) => path)).not.toContain(file);
  write.mockRestore();
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n${startOf(process.pid)}\n`);
  free();
  expect(readdirSync(persist)).toEqual([]);
});

test('a lock with the id of this process that it does not hold is ignored, as in a restarted container', async () => {
  mkdirSync(persist, { recursive: true });
  writeFileSync(join(persist, 'lock'), String(process.pid));
  await start();
});

test.each([['{}'], ['null'], ['[null]'], ['[{"id":7}]']])('connections that are %s are an error that names the file', async (content) => {
  mkdirSync(persist, { recursive: true });
  writeFileSync(join(persist, 'connections.json'), content);
  await expect(start()).rejects.toThrow(`${join(persist, 'connections.json')} does not hold a list of connections; remove it`);
});

test.each([
  ['is cut off', '{"table":', /table-.*\.json cannot be read \(.*\); correct it, or remove it$/],
  ['holds null', 'null', /does not hold the items of a table; remove it, and the table begins empty$/],
  ['holds items that are none', '{"items":[null]}', /does not hold the items of a table; remove it, and the table begins empty$/],
  ['holds something else', '{"items":7}', /does not hold the items of a table; remove it, and the table begins empty$/],
  ['was written for other keys', '{"items":[{"id":{"S":"a"}}]}', /does not fit the table Small\/Rows \(BatchWriteItem: ValidationException: .*\); remove it/],
])('a file that %s is an error that names it, and what is wrong', async (_what, content, message) => {
  const first = await start();
  await put(first, 'a');
  await first.stop();
  const file = dumpFile();
  writeFileSync(file, content);
  await expect(start()).rejects.toThrow(message);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('a directory that cannot be made is an error', async () => {
  mkdirSync(join(scratch, 'kept'));
  writeFileSync(persist, 'a file');
  await expect(start()).rejects.toThrow(/^cannot keep tables in '.*here': EEXIST/);
});

test('a table that is new after a reload gets its rows back, too', async () => {
  const first = await start();
  await put(first, 'kept');
  await first.stop();
  writeAssembly(assembly, { ...APP, resources: {}, variables: {} });
  const second = await start();
  writeAssembly(assembly, APP);
  await second.reload();
  expect(await ids(second)).toEqual(['kept']);
});
