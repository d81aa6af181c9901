import { DeleteTableCommand, GetItemCommand, PutItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App, Stack, type CfnElement } from 'aws-cdk-lib';
import { Client } from '../../harness/client';
import { databaseClient, item } from '../../harness/database';
import { eventually } from '../../harness/eventually';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { shippedBundle } from '../../harness/shipped-bundle';
import { startLocal, type Local } from '../../local';
import { BroadcastWebSocketApi, MessageFormat, type BroadcastWebSocketApiProps } from '../../src';
import { ATTRIBUTE, DEFAULT } from '../../src/private/contract';

const APIS = {
  Chat: { messageFormat: MessageFormat.ENVELOPE },
  Others: { messageFormat: MessageFormat.ENVELOPE, excludeSender: true },
  Raw: { messageFormat: MessageFormat.RAW },
  Attributed: {},
  Silent: { messageFormat: MessageFormat.RAW, heartbeat: false },
  Tableless: {},
  Broken: {},
} satisfies Record<string, BroadcastWebSocketApiProps>;

type ApiName = keyof typeof APIS;

const LONG_AGO_MILLIS = 10 * 60_000;

const tableIds = new Map<string, string>();
let scratch: Scratch;
let local: Local;
let database: DynamoDBClient;
let clients: Client[] = [];
const joinedApis = new Set<ApiName>();
const planted = new Set<string>();

beforeAll(async () => {
  scratch = scratchFolder();
  shippedBundle('connection-handler');
  shippedBundle('message-handler');
  const app = new App({ outdir: scratch.path });
  const stack = new Stack(app, 'Variants');
  for (const [id, props] of Object.entries(APIS)) {
    const { connectionsTable } = new BroadcastWebSocketApi(stack, id, props);
    tableIds.set(id, stack.resolve(stack.getLogicalId(connectionsTable.node.defaultChild as CfnElement)));
  }
  app.synth();
  local = await startLocal({ assembly: scratch.path });
  database = databaseClient(local.dynamoDbEndpoint);
}, 60_000);

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  for (const name of joinedApis) await eventually(async () => (await rowIds(name)).every((id) => planted.has(id)));
  joinedApis.clear();
});

afterAll(async () => {
  database?.destroy();
  await local?.stop();
  scratch?.remove();
});

function url(name: ApiName): string {
  return local.apis.find(({ path }) => path.split('/').includes(name))!.url;
}

function tableOf(name: ApiName): string {
  return local.tables[tableIds.get(name)!];
}

async function join(name: ApiName, count: number, protocols?: string[]): Promise<Client[]> {
  const joined = await Promise.all(Array.from({ length: count }, () => Client.open(url(name), protocols)));
  clients.push(...joined);
  joinedApis.add(name);
  return joined;
}

async function rowIds(name: ApiName): Promise<string[]> {
  const { Items } = await database.send(new ScanCommand({ TableName: tableOf(name), ConsistentRead: true }));
  return Items!.map((row) => row[ATTRIBUTE.connectionId].S!).filter((id) => !id.startsWith('#'));
}

/** Writes the row of a closed connection, as a lost `$disconnect` leaves it. */
async function plantRow(name: ApiName, connectionId: string, connectedAt: number): Promise<void> {
  planted.add(connectionId);
  const ttl = Math.floor(connectedAt / 1000) + DEFAULT.connectionTtlSeconds;
  await database.send(new PutItemCommand({ TableName: tableOf(name), Item: item({ connectionId, connectedAt, ttl }) }));
}

describe('a message', () => {
  test('reaches everybody, the sender included, exactly once', async () => {
    const everybody = await join('Chat', 10);
    const texts = everybody.map((_, index) => `message ${index}`);

    everybody.forEach((client, index) => client.send(texts[index]));
    await Promise.all(everybody.flatMap((client) => texts.map((text) => client.frame((frame) => frame.includes(`"${text}"`)))));
    everybody[0].send('the end');
    await Promise.all(everybody.map((client) => client.frame((frame) => frame.includes('the end'))));

    for (const client of everybody) {
      expect(client.envelopes().map(({ message }) => message).sort()).toEqual([...texts, 'the end'].sort());
    }
  });

  test('reaches all in the same envelope, which has its sender and the time', async () => {
    const [ann, bob] = await join('Chat', 2);
    const before = Date.now();

    ann.send('hello');
    const atAnn = JSON.parse(await ann.frame((frame) => frame.includes('hello')));
    const atBob = JSON.parse(await bob.frame((frame) => frame.includes('hello')));

    expect(atBob).toEqual(atAnn);
    expect(atBob).toEqual({
      type: 'message', id: expect.any(String), from: expect.any(String), sentAt: expect.any(Number), message: 'hello',
    });
    expect(await rowIds('Chat')).toContain(atBob.from);
    expect(atBob.sentAt).toBeGreaterThanOrEqual(before - 1_000);
    expect(atBob.sentAt).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test('arrives unchanged', async () => {
    const [ann, bob] = await join('Raw', 2);
    const text = '  {"a": "ü 🙂 \\u0000 <b>", "b":\n[1.0]} ';

    ann.send(text);

    expect(await bob.frame(() => true)).toBe(text);
  });

  test('is attributed to the connection by default', async () => {
    const [ann, bob] = await join('Attributed', 2);

    ann.send('hello');

    const { message } = JSON.parse(await bob.frame(() => true)) as { message: string };
    const [, sender, text] = /^(\S+) says: (.*)$/.exec(message)!;
    expect(text).toBe('hello');
    expect(await rowIds('Attributed')).toContain(sender);
  });

  test('does not come back to its sender when the API excludes senders', async () => {
    const [ann, bob, eve] = await join('Others', 3);

    ann.send('from ann');
    await Promise.all([bob, eve].map((client) => client.frame((frame) => frame.includes('from ann'))));
    bob.send('from bob');
    await ann.frame((frame) => frame.includes('from bob'));
    await eve.frame((frame) => frame.includes('from bob'));

    expect(ann.envelopes().map(({ message }) => message)).toEqual(['from bob']);
    expect(bob.envelopes().map(({ message }) => message)).toEqual(['from ann']);
    expect(eve.envelopes().map(({ message }) => message)).toEqual(['from ann', 'from bob']);
  });

  test('that cannot be broadcast is an error for its sender, who stays connected', async () => {
    const [ann, bob] = await join('Broken', 2);
    joinedApis.delete('Broken'); // There will be no table to clean.
    await database.send(new DeleteTableCommand({ TableName: tableOf('Broken') }));

    ann.send('to whom?');

    expect(JSON.parse(await ann.frame(() => true))).toEqual({
      message: 'Internal server error', connectionId: expect.any(String), requestId: expect.any(String),
    });
    ann.send('{"action":"ping"}');
    await ann.frame((frame) => frame === '{"action":"pong"}');
    expect(bob.frames).toEqual([]);
  });
});

describe('a client', () => {
  test('that offers a subprotocol gets the first one', async () => {
    const [client] = await join('Chat', 1, ['chat.v2', 'chat.v1']);

    expect(client.socket.protocol).toBe('chat.v2');
  });

  test('has its row before it is open, and none once it has closed', async () => {
    const [client] = await join('Silent', 1);
    expect(await rowIds('Silent')).toHaveLength(1);

    await client.close();

    await eventually(async () => (await rowIds('Silent')).length === 0);
  });

  test('is refused when its row cannot be stored', async () => {
    await database.send(new DeleteTableCommand({ TableName: tableOf('Tableless') }));

    expect(await Client.refusal(url('Tableless'))).toBe(500);
  });
});

describe('a heartbeat', () => {
  test('is answered, and nobody else sees it', async () => {
    const [ann, bob] = await join('Chat', 2);

    ann.send('{"action":"ping"}');
    await ann.frame((frame) => frame === '{"action":"pong"}');
    ann.send('the end');
    await Promise.all([ann, bob].map((client) => client.frame((frame) => frame.includes('the end'))));

    expect(ann.frames).toHaveLength(2);
    expect(bob.frames).toHaveLength(1);
  });

  test('is a message like any other when it is turned off', async () => {
    const [ann, bob] = await join('Silent', 2);

    ann.send('{"action":"ping"}');

    expect(await bob.frame(() => true)).toBe('{"action":"ping"}');
  });
});

describe('a connection that is gone', () => {
  test('loses its row at the next broadcast if its disconnect never came', async () => {
    const [ann, bob] = await join('Chat', 2);
    await plantRow('Chat', 'GoneLongAgoAAAA=', Date.now() - LONG_AGO_MILLIS);

    ann.send('anybody there?');
    await bob.frame((frame) => frame.includes('anybody there?'));

    await eventually(async () => !(await rowIds('Chat')).includes('GoneLongAgoAAAA='));
    expect(await rowIds('Chat')).toHaveLength(2);
  });

  test('has no row after the next broadcast if it was killed without a close', async () => {
    const [ann, bob] = await join('Chat', 2);
    const before = await rowIds('Chat');
    const [victim] = await join('Chat', 1);
    const [lost] = (await rowIds('Chat')).filter((id) => !before.includes(id));

    victim.kill();
    ann.send('anybody there?');
    await bob.frame((frame) => frame.includes('anybody there?'));

    await eventually(async () => !(await rowIds('Chat')).includes(lost));
    expect((await rowIds('Chat')).sort()).toEqual(before.sort());
  });

  test('keeps its row while it is young: it may still be opening', async () => {
    const [ann, bob] = await join('Raw', 2);
    await plantRow('Raw', 'StillOpeningAAA=', Date.now());
    await plantRow('Raw', 'GoneLongAgoAAAA=', Date.now() - LONG_AGO_MILLIS);

    ann.send('anybody there?');
    await bob.frame(() => true);
    await eventually(async () => !(await rowIds('Raw')).includes('GoneLongAgoAAAA=')); // Pruning is over.

    const { Item } = await database.send(new GetItemCommand({
      TableName: tableOf('Raw'), Key: { [ATTRIBUTE.connectionId]: { S: 'StillOpeningAAA=' } },
    }));
    expect(Item).toBeDefined();
  });

  test('does not keep the others from getting a message', async () => {
    const everybody = await join('Chat', 3);
    for (let index = 0; index < 30; index++) {
      await plantRow('Chat', `GoneLongAgo${String(index).padStart(4, '0')}=`, Date.now() - LONG_AGO_MILLIS);
    }

    everybody[0].send('still here?');

    await Promise.all(everybody.map((client) => client.frame((frame) => frame.includes('still here?'))));
    await eventually(async () => (await rowIds('Chat')).length === 3);
  });
});
