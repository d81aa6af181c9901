import { noteRequests, type NotedRequest } from './noted-requests';
import { putItems, startDatabase, type Database } from '../../../harness/database';
import { createMembersTable, memberItems } from '../../../harness/members-table';
import { MembersTable } from '../../../lambda-src/aws/members-table';

const MEMBERS = 'members';
/** Connections in other channels, which must not make the channel more expensive. */
const OTHERS = 100_000;
const OTHER_CHANNELS = 1_000;

/** Limited by the number of rows, not by time, also on a busy machine. */
jest.setTimeout(600_000);

let database: Database;

beforeAll(async () => {
  database = await startDatabase();
  await createMembersTable(database.client, MEMBERS);
});
afterAll(async () => database.stop());

/** Writes the rows that a message could meet: reverse rows are in partitions of their own. */
async function addMembers(channelOf: (nth: number) => string, count: number): Promise<void> {
  const [connectedAt, ttl] = [1_800_000_000_000, 1_800_010_800];
  const members = Array.from({ length: count }, (_, nth) => ({ channel: channelOf(nth), connectionId: `${channelOf(nth)}-${nth}`, connectedAt, ttl }));
  await putItems(database.client, MEMBERS, members.map((member) => memberItems(member)[0]));
}

test('the recipients of a channel of three cost three rows in a table of 100,000 connections', async () => {
  const requests: NotedRequest[] = [];
  const table = new MembersTable(database.client, MEMBERS, 'not-asked');
  const cost = async () => {
    requests.length = 0;
    let found = 0;
    for await (const page of table.membersOf('three').pages(new AbortController().signal)) found += page.length;
    expect(found).toBe(3);
    return [...requests];
  };
  await addMembers(() => 'three', 3);
  noteRequests(database.client, (request) => requests.push(request));
  const before = await cost();
  await addMembers((nth) => `other-${nth % OTHER_CHANNELS}`, OTHERS);
  expect(await cost()).toEqual(before);
  expect(before).toEqual([{ command: 'Query', units: 1, rows: 3 }]);
});
