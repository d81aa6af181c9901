import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { noteRequests, type NotedRequest } from './noted-requests';
import { startDatabase, type Database } from '../../../harness/database';
import { MembersTable } from '../../../lambda-src/aws/members-table';
import { forget } from '../../../lambda-src/core/forget';
import type { Member } from '../../../lambda-src/core/members/member-table';
import { leaveAll, subscribe, unsubscribe } from '../../../lambda-src/core/members/membership';
import { ATTRIBUTE } from '../../../src/private/contract';
import { MEMBER_ATTRIBUTE } from '../../../src/private/layer-contract';

const MEMBERS = 'members';
const CONNECTIONS = 'connections';
const CONNECTED = 1_800_000_000_000;
const TTL = CONNECTED / 1_000 + 10_800;

jest.setTimeout(120_000);

let database: Database;
let table: MembersTable;
let sent: NotedRequest[] = [];

beforeAll(async () => {
  database = await startDatabase();
  const { client } = database;
  const create = (TableName: string, ...keys: string[]) => client.send(new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: keys.map((AttributeName, nth) => ({ AttributeName, KeyType: nth === 0 ? 'HASH' as const : 'RANGE' as const })),
  }));
  await create(MEMBERS, MEMBER_ATTRIBUTE.channel, MEMBER_ATTRIBUTE.connectionId);
  await create(CONNECTIONS, ATTRIBUTE.connectionId);
  table = new MembersTable(client, MEMBERS, CONNECTIONS);
  noteRequests(client, (request) => sent.push(request));
});
beforeEach(() => {
  sent = [];
});
afterAll(async () => database.stop());

const connect = (connectionId: string, connectedAt = CONNECTED) => database.client.send(new PutItemCommand({
  TableName: CONNECTIONS, Item: { [ATTRIBUTE.connectionId]: { S: connectionId }, [ATTRIBUTE.connectedAt]: { N: String(connectedAt) } },
}));
const member = (connectionId: string, channel: string, over: Partial<Member> = {}): Member =>
  ({ connectionId, connectedAt: CONNECTED, channel, at: CONNECTED + 10, request: 'm', ttl: TTL, ...over });
const membersOf = async (channel: string) => {
  const found = [];
  for await (const page of table.membersOf(channel).pages(new AbortController().signal)) found.push(...page);
  return found;
};

test('a subscribe is two writes, and one request for both reads', async () => {
  await connect('a');
  sent = [];
  expect(await subscribe([member('a', 'one', { userId: 'u', from: 'Ann' })], table)).toEqual(['subscribed']);
  expect(sent.map(({ command }) => command)).toEqual(['PutItem', 'PutItem', 'BatchGetItem']);
  expect(await membersOf('one')).toEqual([{ connectionId: 'a', connectedAt: CONNECTED, ttl: TTL, channel: 'one' }]);
  expect(await table.member('one', 'a')).toMatchObject({ connectionId: 'a', connectedAt: CONNECTED });
  expect(await table.channelsOf('a')).toEqual([{ channel: 'one', connectionId: 'a', connectedAt: CONNECTED }]);
});

test.each([
  ['an older connection', { connectedAt: CONNECTED - 1 }, false], ['a younger connection', { connectedAt: CONNECTED + 1, at: 1 }, true],
  ['an earlier request', { at: CONNECTED + 9 }, false], ['the same request', {}, true], ['a later request', { at: CONNECTED + 11 }, true],
])('a row that is there gives way to %s as it should', async (_, over, isWritten) => {
  const channel = `put-${JSON.stringify(over).replace(/[^a-z0-9]/gi, '')}`;
  for (const kind of ['channel', 'reverse'] as const) {
    expect(await table.put(kind, member('p', channel))).toBe(true);
    expect(await table.put(kind, member('p', channel, over))).toBe(isWritten);
  }
});

test.each<[string, Parameters<MembersTable['remove']>[2], Partial<Member>, boolean]>([
  ['of its connection', undefined, {}, true], ['of another connection', undefined, { connectedAt: CONNECTED + 1 }, false],
  ['that was asked for before', { before: CONNECTED + 11 }, {}, true], ['that was asked for at the time', { before: CONNECTED + 10 }, {}, false],
  ['that was asked for later', { before: CONNECTED + 9 }, {}, false],
  ['of that very time', { at: CONNECTED + 10 }, {}, true], ['of an earlier time', { at: CONNECTED + 11 }, {}, false],
  ['of that very request', { request: 'm' }, {}, true], ['of another request', { request: 'n' }, {}, false],
  ['of that request of another connection', { request: 'm' }, { connectedAt: CONNECTED + 1 }, false],
])('a row %s is deleted, or left alone', async (_, age, over, isGone) => {
  const channel = `remove-${JSON.stringify([age, over]).replace(/[^a-z0-9]/gi, '')}`;
  for (const kind of ['channel', 'reverse'] as const) {
    // The request is in the reverse row only.
    if (kind === 'channel' && age && 'request' in age) continue;
    await table.put(kind, member('r', channel));
    await table.remove(kind, member('r', channel, over), age);
    const rows = kind === 'channel' ? await membersOf(channel) : (await table.channelsOf('r')).filter((row) => row.channel === channel);
    expect(rows).toHaveLength(isGone ? 0 : 1);
  }
});

test('a connection without its own row is not a member', async () => {
  expect(await subscribe([member('nobody', 'two')], table)).toEqual(['gone']);
  expect([await membersOf('two'), await table.channelsOf('nobody')]).toEqual([[], []]);
});

test('a member leaves with two deletes', async () => {
  await connect('l');
  await subscribe([member('l', 'three')], table);
  sent = [];
  await unsubscribe(member('l', 'three'), CONNECTED + 11, table);
  expect(sent.map(({ command }) => command)).toEqual(['DeleteItem', 'DeleteItem']);
  expect([await membersOf('three'), await table.channelsOf('l')]).toEqual([[], []]);
});

test.each<[number, Readonly<Record<string, number>>]>([
  [0, { Query: 1 }], [1, { Query: 1, DeleteItem: 2 }], [2, { Query: 1, BatchExecuteStatement: 2 }], [25, { Query: 1, BatchExecuteStatement: 2 }],
  [26, { Query: 1, BatchExecuteStatement: 2, DeleteItem: 2 }], [50, { Query: 1, BatchExecuteStatement: 4 }],
])('a connection with %d channels is forgotten in few requests, and nothing of it is left', async (count, requests) => {
  const id = `has-${count}`;
  await connect(id);
  const channels = Array.from({ length: count }, (_, nth) => member(id, `${id}-${nth}`));
  expect(await subscribe(channels, table)).toEqual(channels.map(() => 'subscribed'));
  const stays = member(`${id}-stays`, `${id}-0`);
  for (const kind of ['channel', 'reverse'] as const) await table.put(kind, stays);
  sent = [];
  const rows = { remove: async () => undefined };
  await forget({ connectionId: id, connectedAt: CONNECTED }, { rows, onForgotten: async (closed) => void await leaveAll(closed, table) });
  const counted: Record<string, number> = {};
  for (const { command } of sent) counted[command] = (counted[command] ?? 0) + 1;
  expect(counted).toEqual(requests);
  expect(sent.filter(({ command }) => command !== 'Query').reduce((sum, { units }) => sum + units, 0)).toBe(2 * count);
  expect(await table.channelsOf(id)).toEqual([]);
  for (const { channel } of channels) {
    expect((await membersOf(channel)).map(({ connectionId }) => connectionId)).toEqual(channel === stays.channel ? [stays.connectionId] : []);
  }
});

test('rows that are not there, or are of a younger connection, are no reason to fail, and stay', async () => {
  const YOUNGER = { connectedAt: CONNECTED + 1, at: CONNECTED + 20 };
  for (const kind of ['channel', 'reverse'] as const) {
    await table.put(kind, member('again', 'young', YOUNGER));
    await table.put(kind, member('again', 'old'));
    sent = [];
    await table.removeAll(kind, [member('again', 'young'), member('again', 'none'), member('again', 'old')]);
    expect(sent.map(({ command }) => command)).toEqual(['BatchExecuteStatement']);
  }
  expect(await table.channelsOf('again')).toMatchObject([{ channel: 'young', connectedAt: YOUNGER.connectedAt }]);
  expect([await membersOf('young'), await membersOf('old')]).toMatchObject([[{ connectedAt: YOUNGER.connectedAt }], []]);
});

test('a first page may be smaller than the others', async () => {
  for (let nth = 0; nth < 5; nth++) await table.put('channel', member(`f${nth}`, 'five'));
  const pages: number[] = [];
  for await (const page of table.membersOf('five', 2).pages(new AbortController().signal)) pages.push(page.length);
  expect(pages).toEqual([2, 3]);
});
