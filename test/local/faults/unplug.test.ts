import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { Faults } from '../../../local/faults/faults';
import type { GatewayLimits } from '../../../local/gateway/limits';
import { nextMessage, STAGE, TestGateway } from '../fixtures/gateway';

/* A client whose plug is pulled, as when a laptop loses its network: bytes vanish in both directions, and nothing ends. */

let gateway: TestGateway;
let faults: Faults;

async function start(specifications: readonly string[], limits: Partial<GatewayLimits> = {}): Promise<void> {
  faults = new Faults(specifications, 1);
  gateway = await TestGateway.start({ faults, limits });
}

afterEach(() => gateway.stop());

/** Notes all that comes from the gateway, a close included. */
function listen(client: WebSocket): string[] {
  const heard: string[] = [];
  for (const event of ['message', 'pong', 'ping', 'close']) client.on(event, () => heard.push(event));
  return heard;
}

const path = (id: unknown) => `/${STAGE}/@connections/${encodeURIComponent(String(id))}`;
const idOf = (nth: number) => eventually(() => gateway.events.filter(({ requestContext }) => requestContext.routeKey === '$connect')[nth]?.requestContext.connectionId);
const messages = () => gateway.events.filter(({ requestContext }) => requestContext.routeKey === '$default').map(({ body }) => body);
const disconnects = () => gateway.events.filter(({ requestContext }) => requestContext.routeKey === '$disconnect').map(({ requestContext }) => requestContext);

/** Settles when the gateway has read all that another client has sent. */
async function answered(client: WebSocket): Promise<void> {
  client.ping();
  await once(client, 'pong');
}

test('nothing passes in either direction, and neither side is notified', async () => {
  await start(['unplug=0s@#1']);
  const [client, other] = [await gateway.connect(), await gateway.connect()];
  const heard = listen(client);
  client.send('into the void');
  client.ping();
  const id = await idOf(0);
  expect(await gateway.manage('POST', path(id), 'lost')).toMatchObject({ status: 200 });
  expect(await gateway.manage('GET', path(id))).toMatchObject({ status: 200 });
  other.send('from another');
  const received = nextMessage(other);
  await gateway.manage('POST', path(await idOf(1)), 'arrives');
  expect(await received).toBe('arrives');
  await answered(other);
  expect(messages()).toEqual(['from another']);
  expect(heard).toEqual([]);
  expect(disconnects()).toEqual([]);
  expect(gateway.lines).toContain('unplug nothing passes any more');
  expect(gateway.lines).toContain('post 200 4 bytes, lost (unplugged)');
});

test('the plug is pulled at its time after the connection opened, not before', async () => {
  await start(['unplug=300ms@#1']);
  const opening = Date.now();
  const client = await gateway.connect();
  client.send('before');
  await eventually(() => messages().length === 1);
  await eventually(() => gateway.lines.includes('unplug nothing passes any more'));
  expect(Date.now() - opening).toBeGreaterThanOrEqual(295);
});

test('the idle timeout closes the connection, counted from the last frame, without notifying the client', async () => {
  await start(['unplug=100ms@#1'], { idleMillis: 600 });
  const opening = Date.now();
  const client = await gateway.connect();
  const heard = listen(client);
  const id = await idOf(0);
  await eventually(() => gateway.lines.includes('unplug nothing passes any more'));
  // Neither of them counts as activity.
  client.send('into the void');
  await gateway.manage('POST', path(id), 'lost');
  const [context] = await eventually(() => disconnects().length > 0 && disconnects());
  expect(context).toMatchObject({ connectionId: id, disconnectStatusCode: 1001 });
  expect(Date.now() - opening).toBeGreaterThanOrEqual(595);
  expect(await gateway.manage('POST', path(id), 'late')).toMatchObject({ status: 410 });
  await answered(await gateway.connect());
  expect(heard).toEqual([]);
  expect(disconnects()).toHaveLength(1);
});

test.each([
  ['closes', (client: WebSocket) => client.close()],
  ['dies', (client: WebSocket) => client.terminate()],
])('a client that %s afterwards is not missed before the time-out, and its socket does not stay', async (_what, leave) => {
  await start(['unplug=0s@#1'], { idleMillis: 800 });
  const client = await gateway.connect();
  const id = await idOf(0);
  const left = once(client, 'close');
  leave(client);
  if (client.readyState === client.CLOSING) client.terminate(); // ws waits for 30 seconds
  await left;
  await eventually(() => gateway.gateway.clients === 0);
  expect(await gateway.manage('POST', path(id), 'lost')).toMatchObject({ status: 200 });
  expect(disconnects()).toEqual([]);
  await eventually(() => disconnects().length === 1);
});

test('a backend can close the connection, and the client is not notified', async () => {
  await start(['unplug=0s@#1']);
  const heard = listen(await gateway.connect());
  const id = await idOf(0);
  expect(await gateway.manage('DELETE', path(id))).toMatchObject({ status: 204 });
  await eventually(() => disconnects().length === 1);
  expect(await gateway.manage('POST', path(id), 'late')).toMatchObject({ status: 410 });
  await answered(await gateway.connect());
  expect(heard).toEqual([]);
});

test('posts beyond what AWS buffers for a client are refused, as for a client that does not read', async () => {
  await start(['unplug=0s@#1'], { unreadBytes: 10 });
  await gateway.connect();
  const id = await idOf(0);
  expect(await gateway.manage('POST', path(id), 'eight by')).toMatchObject({ status: 200 });
  expect(await gateway.manage('POST', path(id), 'eight by')).toMatchObject({ status: 200 });
  expect(await gateway.manage('POST', path(id), 'eight by')).toMatchObject({ status: 429 });
});

test('replaced faults unplug open connections at once, and an unplugged connection stays so', async () => {
  await start(['unplug=60s@#1']);
  const [first, second] = [await gateway.connect(), await gateway.connect()];
  faults.set(['unplug=0s@#2']);
  const heard = [listen(first), listen(second)];
  first.send('still there');
  second.send('into the void');
  await answered(first);
  await eventually(() => messages().length === 1);
  expect(messages()).toEqual(['still there']);
  // What is out stays out.
  faults.set([]);
  second.send('into the void');
  second.ping();
  await answered(first);
  expect(messages()).toEqual(['still there']);
  expect(heard).toEqual([['pong', 'pong'], []]);
});
