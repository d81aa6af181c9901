import { DeleteItemCommand, GetItemCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { scriptedDynamoDB } from './table-fixture';
import { startDatabase, type Database } from '../../../harness/database';
import { createHistoryTable } from '../../../harness/history-table';
import { HistoryTable } from '../../../lambda-src/aws/history-table';
import { LogThrottledError, type Entry } from '../../../lambda-src/core/log/log-table';
import { HISTORY_ATTRIBUTE, HISTORY_KEY } from '../../../src/private/contract';

const TABLE = 'history';
const NOW = 1_800_000_000_000;
const TTL = NOW / 1_000 + 3_600;

const entry = (position: number, id = `m${position}`): Entry => ({
  position, at: NOW + position, before: NOW, ttl: TTL, message: { id, from: 'ann', sentAt: NOW - 5, text: `text of ${id}` },
});
const tombstone = (position: number): Entry => ({ position, at: NOW, ttl: TTL });

describe('against a table', () => {
  let database: Database;
  let table: HistoryTable;
  let channels = 0;
  let channel: string;

  beforeAll(async () => {
    database = await startDatabase();
    await createHistoryTable(database.client, TABLE);
    table = new HistoryTable(database.client, TABLE);
  });
  beforeEach(() => {
    channel = `channel-${++channels}`;
  });
  afterAll(async () => database.stop());

  const keyOf = (partition: string) => ({ [HISTORY_ATTRIBUTE.channel]: { S: partition }, [HISTORY_ATTRIBUTE.position]: { N: '0' } });
  const put = async (Item: Record<string, AttributeValue>) => database.client.send(new PutItemCommand({ TableName: TABLE, Item }));

  test('a channel has no origin before its first message, and reserving there changes nothing', async () => {
    expect(await table.origin(channel)).toBeUndefined();
    expect(await table.reserve(channel, 1, NOW, 60)).toBeUndefined();
    expect(await table.origin(channel)).toBeUndefined();
  });

  test('an origin is created once', async () => {
    await table.createOrigin(channel, 'one', NOW);
    await table.createOrigin(channel, 'two', NOW + 1);
    expect(await table.origin(channel)).toEqual({ epoch: 'one', first: 0, createdAt: NOW, last: 0, at: NOW, retentions: new Map() });
  });

  test('a reservation raises the last position, and returns the previous origin', async () => {
    await table.createOrigin(channel, 'one', NOW);
    expect(await table.reserve(channel, 3, NOW + 10, 60)).toEqual({ epoch: 'one', first: 0, createdAt: NOW, last: 0, at: NOW, retentions: new Map() });
    expect(await table.reserve(channel, 1, NOW + 20, 300)).toMatchObject({ last: 3, at: NOW + 10, retentions: new Map([[60, NOW + 10]]) });
    expect(await table.origin(channel)).toMatchObject({ last: 4, at: NOW + 20, retentions: new Map([[60, NOW + 10], [300, NOW + 20]]) });
  });

  describe('an origin without positions', () => {
    const DAY = 24 * 60 * 60;
    const ttlOf = async () => {
      const { Item } = await database.client.send(new GetItemCommand({ TableName: TABLE, Key: keyOf(channel), ConsistentRead: true }));
      return Item?.[HISTORY_ATTRIBUTE.ttl]?.N && Number(Item[HISTORY_ATTRIBUTE.ttl].N) - NOW / 1_000;
    };
    const readAfter = (days: number) => new HistoryTable(database.client, TABLE, () => NOW + days * DAY * 1_000).origin(channel);

    test('ends 30 days after it was made, and later when it is read in the second half of them', async () => {
      await table.createOrigin(channel, 'one', NOW);
      const made = await readAfter(14);
      expect(await ttlOf()).toBe(30 * DAY);
      expect(await readAfter(16)).toEqual(made);
      expect(await ttlOf()).toBe(46 * DAY);
      // Nothing else of it has changed.
      expect(await readAfter(17)).toEqual(made);
    });

    test('never ends once a position is reserved, whatever reads it at the same time', async () => {
      await table.createOrigin(channel, 'one', NOW);
      let isReserved = false;
      const racing = new HistoryTable({
        send: async (command: GetItemCommand | PutItemCommand) => {
          if (command instanceof PutItemCommand) isReserved = await table.reserve(channel, 1, NOW, 60) !== undefined;
          return database.client.send(command as GetItemCommand);
        },
      } as unknown as typeof database.client, TABLE, () => NOW + 20 * DAY * 1_000);
      expect(await racing.origin(channel)).toMatchObject({ epoch: 'one', last: 0 });
      expect(isReserved).toBe(true);
      expect(await ttlOf()).toBeUndefined();
      expect(await readAfter(40)).toMatchObject({ epoch: 'one', last: 1 });
      expect(await ttlOf()).toBeUndefined();
    });

    test('is read even if it cannot be renewed', async () => {
      await table.createOrigin(channel, 'one', NOW);
      const refusing = new HistoryTable({
        send: async (command: GetItemCommand | PutItemCommand) => {
          if (command instanceof PutItemCommand) throw new Error('throttled');
          return database.client.send(command);
        },
      } as unknown as typeof database.client, TABLE, () => NOW + 20 * DAY * 1_000);
      expect(await refusing.origin(channel)).toMatchObject({ epoch: 'one' });
    });
  });

  test('new epochs begin above the positions of the restored table', async () => {
    await put({ ...keyOf(HISTORY_KEY.start), [HISTORY_ATTRIBUTE.first]: { N: '10000000000' } });
    await table.createOrigin(channel, 'one', NOW);
    expect(await table.reserve(channel, 1, NOW, 60)).toMatchObject({ first: 10_000_000_000, last: 10_000_000_000 });
    await database.client.send(new DeleteItemCommand({ TableName: TABLE, Key: keyOf(HISTORY_KEY.start) }));
  });

  test.each<[string, Entry]>([
    ['a message', entry(1)],
    ['a publisher\'s message, from nobody', { ...entry(1), message: { id: 'm', sentAt: NOW, text: 'x' } }],
    ['an entry after a sealed position', { ...entry(1), before: undefined }],
    ['a tombstone', tombstone(1)],
    ['a text of any characters', { ...entry(1), message: { id: 'm', sentAt: NOW, text: '\u0000 "\\ \u{1f44d} \u2028' } }],
  ])('keeps %s as it was', async (_what, written) => {
    const log = { channel, epoch: 'one' };
    expect(await table.fill(log, written)).toBeUndefined();
    const { entries: [read], isComplete } = await table.entries(log, { from: 1, to: 1, limit: 1 });
    expect(read).toEqual(JSON.parse(JSON.stringify(written)));
    expect(isComplete || read.position === 1).toBe(true);
  });

  test('a position is filled once: a second writer gets its content', async () => {
    const log = { channel, epoch: 'one' };
    expect(await table.fill(log, entry(1, 'first'))).toBeUndefined();
    expect(await table.fill(log, entry(1, 'second'))).toEqual(entry(1, 'first'));
    expect(await table.fill(log, tombstone(1))).toEqual(entry(1, 'first'));
    expect(await table.fill({ channel, epoch: 'two' }, entry(1, 'second'))).toBeUndefined();
  });

  test('reads a range in either order, in pages', async () => {
    const log = { channel, epoch: 'one' };
    for (const position of [1, 2, 4, 5, 7, 10]) await table.fill(log, entry(position));
    const read = async (...range: Parameters<HistoryTable['entries']>[1][]) => {
      const { entries, isComplete } = await table.entries(log, range[0]);
      return [entries.map(({ position }) => position), isComplete];
    };
    expect(await read({ from: 2, to: 7, limit: 100 })).toEqual([[2, 4, 5, 7], true]);
    expect(await read({ from: 2, to: 7, limit: 2 })).toEqual([[2, 4], false]);
    expect(await read({ from: 2, to: 7, limit: 3, newestFirst: true })).toEqual([[7, 5, 4], false]);
    expect(await read({ from: 3, to: 3, limit: 1 })).toEqual([[], true]);
    expect(await read({ from: 5, to: 4, limit: 1 })).toEqual([[], true]);
  });
});

describe('against DynamoDB', () => {
  const refusal = (type: string, Item?: object) => (
    { status: 400, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no', Item }) }
  );

  test('the content of a refused position comes with the refusal, without another read', async () => {
    const Item = {
      channel: { S: 'a#one' },
      position: { N: '1' },
      at: { N: String(NOW) },
      ttl: { N: String(TTL) },
      id: { S: 'm' },
      sentAt: { N: String(NOW) },
      body: { S: 'x' },
    };
    const { client, requests, stop } = await scriptedDynamoDB([refusal('ConditionalCheckFailedException', Item)]);
    expect(await new HistoryTable(client, 'table').fill({ channel: 'a', epoch: 'one' }, entry(1))).toMatchObject({ message: { id: 'm' } });
    expect(requests.map(({ target }) => target)).toEqual([expect.stringMatching(/PutItem$/)]);
    await stop();
  });

  test('every read is consistent', async () => {
    const { client, requests, stop } = await scriptedDynamoDB([{ status: 200, body: '{}' }, { status: 200, body: '{"Items":[]}' }]);
    const table = new HistoryTable(client, 'table');
    await table.origin('a');
    await table.entries({ channel: 'a', epoch: 'one' }, { from: 1, to: 2, limit: 2 });
    expect(requests.map(({ input }) => input.ConsistentRead)).toEqual([true, true]);
    await stop();
  });

  test('reads on after an empty page if there are more', async () => {
    const key = { channel: { S: 'a#one' }, position: { N: '5' } };
    const { client, requests, stop } = await scriptedDynamoDB([
      { status: 200, body: JSON.stringify({ Items: [], LastEvaluatedKey: key }) }, { status: 200, body: '{"Items":[]}' },
    ]);
    expect(await new HistoryTable(client, 'table').entries({ channel: 'a', epoch: 'one' }, { from: 1, to: 9, limit: 2 })).toEqual({ entries: [], isComplete: true });
    expect(requests[1].input.ExclusiveStartKey).toEqual(key);
    await stop();
  });

  test.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])('names a throttle that outlasts the retries: %s', async (type) => {
    const { client, stop } = await scriptedDynamoDB([refusal(type), refusal(type)]);
    await expect(new HistoryTable(client, 'table').reserve('a', 1, NOW, 60)).rejects.toThrow(LogThrottledError);
    await stop();
  }, 20_000);

  test('rejects with any other error as it is', async () => {
    const { client, stop } = await scriptedDynamoDB([refusal('AccessDeniedException')]);
    await expect(new HistoryTable(client, 'table').origin('a')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await stop();
  });

  test('gives up when the signal aborts', async () => {
    const { client, requests, stop } = await scriptedDynamoDB([]);
    const told = new AbortController();
    const asked = new HistoryTable(client, 'table').origin('a', told.signal);
    while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    told.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await stop();
  });
});
