import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { startDatabase, type Database } from '../../../harness/database';
import { createHistoryTable } from '../../../harness/history-table';
import { ROOT } from '../../../harness/root';
import { HistoryTable } from '../../../lambda-src/aws/history-table';
import { LOG_LIMIT } from '../../../lambda-src/core/log/log-limits';
import { LogReader, type ReadRequest } from '../../../lambda-src/core/log/log-reader';
import { LOG_RULES } from '../../../lambda-src/core/log/log-rules';
import { LogWriter } from '../../../lambda-src/core/log/log-writer';
import { TailCache } from '../../../lambda-src/core/log/tail-cache';

/* The operations of docs/history.md, performed on the table as written, and read by the functions' own code. */

const TABLE = 'history';
const CHANNEL = '*';
const page = readFileSync(join(ROOT, 'docs', 'history.md'), 'utf8');

let database: Database;
let now: number;
let epochs = 0;

beforeAll(async () => {
  database = await startDatabase();
});
beforeEach(async () => {
  now = 1_800_000_000_000;
});
afterAll(async () => database.stop());

/** An environment of a function, with its own cache. */
function environment(tableName: string) {
  const options = {
    table: new HistoryTable(database.client, tableName),
    clock: { now: () => now, monotonic: () => now },
    rules: LOG_RULES,
    cache: new TailCache(),
    retentionSeconds: 3_600,
    maxMessages: 10_000,
    newEpoch: () => `epoch-${++epochs}`,
  };
  const [reader, writer] = [new LogReader(options), new LogWriter(options)];
  return {
    read: async (request: ReadRequest) => {
      const { entries, ...rest } = await reader.read(CHANNEL, request, { bytes: 28 * 1024, sizeOf: () => 100 });
      return { ...rest, texts: entries.map(({ message }) => message!.text) };
    },
    append: (text: string) => writer.append(CHANNEL, { id: text, from: 'ann', sentAt: now, text }, Infinity),
  };
}

const jsonIn = (command: string, option: string) => JSON.parse(new RegExp(`--${option} '([^']+)'`).exec(command)![1]) as never;

test('an erased message is skipped by new readers, and by all readers once their caches have expired', async () => {
  await createHistoryTable(database.client, TABLE);
  const [one, other] = [environment(TABLE), environment(TABLE)];
  for (const text of ['first', 'secret', 'third']) await one.append(text);
  const { epoch } = await one.read({});
  const since = { since: 0, epoch };
  expect((await one.read(since)).texts).toEqual(['first', 'secret', 'third']);

  const command = /^aws dynamodb update-item .*$/m.exec(page)![0].replace('EPOCH', epoch).replace('"42"', '"2"');
  await database.client.send(new UpdateItemCommand({
    TableName: TABLE,
    Key: jsonIn(command, 'key'),
    UpdateExpression: /--update-expression '([^']+)'/.exec(command)![1],
    ExpressionAttributeNames: jsonIn(command, 'expression-attribute-names'),
  }));

  const rest = { epoch, position: 3, recovered: true, more: false, texts: ['first', 'third'] };
  expect(await other.read(since)).toEqual(rest);
  const seconds = Number(/in memory for up to (\d+) seconds/.exec(page)![1]);
  expect(seconds * 1_000).toBe(LOG_LIMIT.cacheMillis);
  now += seconds * 1_000;
  expect((await one.read(since)).texts).toContain('secret');
  now++;
  expect(await one.read(since)).toEqual(rest);
});

test('after a restore, clients learn that nothing is recovered, and positions begin above all earlier ones', async () => {
  const restored = `${TABLE}-restored`;
  await createHistoryTable(database.client, restored);
  const before = environment(restored);
  for (const text of ['one', 'two']) await before.append(text);
  const { epoch, position } = await before.read({});
  await before.append('only after the backup');

  const { channel, position: at } = /delete the\s+item `channel` = `(?<channel>[^`]+)`, `position` = `(?<position>\d+)`/.exec(page)!.groups!;
  await database.client.send(new DeleteItemCommand({ TableName: restored, Key: { channel: { S: channel }, position: { N: at } } }));
  const start = JSON.parse(/^\{"channel":"#start".*\}$/m.exec(page)![0]) as { channel: string; position: number; first: number };
  await database.client.send(new PutItemCommand({
    TableName: restored, Item: { channel: { S: start.channel }, position: { N: String(start.position) }, first: { N: String(start.first) } },
  }));

  const after = environment(restored);
  const told = await after.read({ since: position, epoch });
  expect(told).toMatchObject({ recovered: false, position: start.first, texts: [] });
  expect(told.epoch).not.toBe(epoch);
  expect(await after.append('the next')).toMatchObject({ position: start.first + 1 });
  // Also where the environment lives on, with the old epoch in its cache.
  expect(await before.read({ since: told.position, epoch: told.epoch })).toMatchObject({ recovered: true, texts: ['the next'] });
  expect(await before.read({ since: position, epoch })).toMatchObject({ recovered: false, texts: [] });
});
