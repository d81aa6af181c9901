import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { scriptedDynamoDB } from './table-fixture';
import { startDatabase, type Database } from '../../../harness/database';
import { createMembersTable } from '../../../harness/members-table';
import { DynamoPresenceTable } from '../../../lambda-src/aws/presence-table';
import { NO_PRESENCE, type StoredList } from '../../../lambda-src/core/presence/presence-table';

const TABLE = 'members';
const NOW = 1_800_000_000_000;
const LIST: StoredList = { version: 1, count: 2, users: [{ id: 'a', name: 'Ann' }, { id: 'b' }], absent: { b: NOW - 5 }, wakeAt: NOW + 9_995 };

describe('against a table', () => {
  let database: Database;
  let table: DynamoPresenceTable;
  let channels = 0;
  let channel: string;

  beforeAll(async () => {
    database = await startDatabase();
    await createMembersTable(database.client, TABLE);
    table = new DynamoPresenceTable(database.client, TABLE, () => NOW);
  });
  beforeEach(() => {
    channel = `room:${++channels}`;
  });
  afterAll(async () => database.stop());

  test('a channel begins with no members, at turn 0', async () => {
    expect(await table.state(channel)).toEqual(NO_PRESENCE);
  });

  test('turns are counted, and the stored list is returned', async () => {
    expect(await table.takeTurn(channel)).toEqual({ ...NO_PRESENCE, turn: 1 });
    expect(await table.takeTurn(channel, 0)).toEqual({ ...NO_PRESENCE, turn: 2 });
  });

  test('a mark is stored for the turn that it names, and for no other', async () => {
    await table.setMark(channel, 0, NOW);
    expect(await table.state(channel)).toEqual({ ...NO_PRESENCE, mark: 0, markedAt: NOW });
    await table.takeTurn(channel);
    await table.setMark(channel, 0, NOW + 1);
    expect(await table.state(channel)).toMatchObject({ turn: 1, mark: 0, markedAt: NOW });
    await table.setMark(channel, 1, NOW + 2);
    expect(await table.state(channel)).toMatchObject({ turn: 1, mark: 1, markedAt: NOW + 2 });
  });

  test('a list is stored over the list that it was made from, and over no other', async () => {
    const base = (await table.takeTurn(channel))!;
    expect(await table.store(channel, 1, LIST, base)).toBe('stored');
    const state = await table.state(channel);
    expect(state).toEqual({ ...LIST, turn: 1, storedTurn: 1 });
    expect(await table.store(channel, 2, { ...LIST, version: 2 }, base)).toBe('refused');
    expect(await table.state(channel)).toEqual(state);
    expect(await table.store(channel, 2, { ...LIST, version: 2 }, state)).toBe('stored');
  });

  test('a list may have no names and no time for the next tick', async () => {
    const base = (await table.takeTurn(channel))!;
    await table.store(channel, 1, LIST, base);
    await table.store(channel, 2, { version: 2, count: 500, absent: {} }, await table.state(channel));
    expect(await table.state(channel)).toEqual({ turn: 1, storedTurn: 2, version: 2, count: 500, absent: {} });
    await table.store(channel, 3, { ...LIST, wakeAt: undefined }, await table.state(channel));
    expect(await table.state(channel)).toEqual({ turn: 1, storedTurn: 3, version: 1, count: 2, users: LIST.users, absent: LIST.absent });
  });

  test('a tick takes no turn when the list of a later turn is stored', async () => {
    const base = (await table.takeTurn(channel))!;
    await table.store(channel, 1, LIST, base);
    expect(await table.takeTurn(channel, 0)).toBeUndefined();
    expect(await table.state(channel)).toMatchObject({ turn: 1 });
    expect(await table.takeTurn(channel, 1)).toMatchObject({ turn: 2 });
    expect(await table.takeTurn(channel)).toMatchObject({ turn: 3 });
  });

  test('an item expires a day after it was last written', async () => {
    await table.takeTurn(channel);
    const Key = { channel: { S: `!${channel}` }, connectionId: { S: 'presence' } };
    const { Item } = await database.client.send(new GetItemCommand({ TableName: TABLE, Key }));
    expect(Item!.ttl).toEqual({ N: String(NOW / 1_000 + 86_400) });
  });

  test('the rows of a channel are read with their users', async () => {
    const row = (connectionId: string, rest = {}) => database.client.send(new PutItemCommand({
      TableName: TABLE, Item: { channel: { S: channel }, connectionId: { S: connectionId }, connectedAt: { N: '1' }, at: { N: '1' }, ttl: { N: '2' }, ...rest },
    }));
    await row('c1', { userId: { S: 'ann' }, from: { S: 'Ann' } });
    await row('c2');
    const pages = [];
    for await (const page of table.pages(channel)) pages.push(...page);
    expect(pages).toEqual([{ connectionId: 'c1', connectedAt: 1, ttl: 2, userId: 'ann', from: 'Ann' }, { connectionId: 'c2', connectedAt: 1, ttl: 2 }]);
  });

  test('the key of the ids is created once', async () => {
    const [one, other] = await Promise.all([table.idKey(), new DynamoPresenceTable(database.client, TABLE, () => NOW).idKey()]);
    expect(one).toHaveLength(32);
    expect(other).toEqual(one);
    expect(await table.idKey()).toEqual(one);
  });
});

describe('with answers as DynamoDB gives them', () => {
  const refusal = { status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'refused' }) };

  test('a store that was refused after an attempt without an answer may have succeeded', async () => {
    const { client, stop } = await scriptedDynamoDB([{ status: 500, body: '{}' }, refusal]);
    expect(await new DynamoPresenceTable(client, TABLE, () => NOW).store('room', 1, LIST, NO_PRESENCE)).toBe('unsure');
    await stop();
  });

  test('a store that was refused at once has not succeeded', async () => {
    const { client, stop } = await scriptedDynamoDB([refusal]);
    expect(await new DynamoPresenceTable(client, TABLE, () => NOW).store('room', 1, LIST, NO_PRESENCE)).toBe('refused');
    await stop();
  });

  test('every read is consistent', async () => {
    const { client, requests, stop } = await scriptedDynamoDB([{ status: 200, body: '{}' }, { status: 200, body: '{"Items":[]}' }]);
    const table = new DynamoPresenceTable(client, TABLE, () => NOW);
    await table.state('room');
    for await (const page of table.pages('room')) expect(page).toEqual([]);
    expect(requests.map(({ input }) => input.ConsistentRead)).toEqual([true, true]);
    await stop();
  });

  test('another error does not count as a refusal', async () => {
    const { client, stop } = await scriptedDynamoDB([{ status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message: 'no' }) }]);
    await expect(new DynamoPresenceTable(client, TABLE, () => NOW).setMark('room', 1, NOW)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await stop();
  });
});
