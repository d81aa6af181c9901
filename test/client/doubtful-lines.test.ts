import { FakeWebSocket } from './fake-web-socket';
import { asked, begin, client, clock, message, outcome, page, reconnect, rotate, say, subscribe, turn } from './played-channels';
import { TIMING } from '../../client/src/timing';

/* Connections that break while another takes their place, and servers that can do less, or more, than the time before. */

const PLAIN = ['channels'];

let gaps: (string | undefined)[];

async function start(layers?: readonly string[]): Promise<void> {
  await begin(layers);
  gaps = [];
  client.on('gap', ({ channel }) => gaps.push(channel));
}

afterEach(() => client.close());

describe('an old connection that is dead when another takes its place', () => {
  test('is a gap without a history: it is unknown since when it was dead', async () => {
    await start(PLAIN);
    await subscribe('room:1', 0, {});
    await rotate(PLAIN);
    say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
    clock.pass(TIMING.pongTimeout - 1);
    expect(gaps).toEqual([]);
    clock.pass(1);
    await turn();
    say({ type: 'subscribed', ref: asked().at(-1)!.ref, channel: 'room:1' });
    expect(gaps).toEqual([undefined, 'room:1']);
    expect(client.state).toBe('open');
  });

  test('is no gap when it answers', async () => {
    await start(PLAIN);
    await subscribe('room:1', 0, {});
    const old = await rotate(PLAIN);
    old.receive({ action: 'pong', v: 1, layers: PLAIN });
    say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
    clock.pass(TIMING.overlap);
    await turn();
    expect([old.isClosed, gaps]).toEqual([true, []]);
  });

  test('is no gap with a history, which has all messages', async () => {
    await start();
    await subscribe('room:1');
    await rotate();
    const [{ ref }] = asked();
    say({ type: 'subscribed', ref, channel: 'room:1', ...page(1, [message('room:1', 1)]) });
    clock.pass(TIMING.overlap);
    await turn();
    expect(gaps).toEqual([]);
    expect(asked().filter(({ action }) => action === 'subscribe')).toHaveLength(1);
  });
});

test('an old connection that breaks before it is left is a gap without a history', async () => {
  await start(PLAIN);
  await subscribe('room:1', 0, {});
  const old = await rotate(PLAIN);
  old.break();
  await turn();
  for (const { ref } of asked()) say({ type: 'subscribed', ref, channel: 'room:1' });
  expect(gaps).toEqual([undefined, 'room:1']);
});

test('a channel that is granted on the new connection only after the old one was left has a gap', async () => {
  await start(PLAIN);
  await subscribe('room:1', 0, {});
  const old = await rotate(PLAIN);
  old.receive({ action: 'pong', v: 1, layers: PLAIN });
  FakeWebSocket.last.receive({ type: 'error', ref: asked()[0].ref, channel: 'room:1', code: 'unavailable', message: 'try again' });
  clock.pass(TIMING.overlap);
  await turn();
  say({ type: 'subscribed', ref: asked().at(-1)!.ref, channel: 'room:1' });
  expect(gaps).toEqual(['room:1']);
});

describe('a server that was rolled back', () => {
  test('gets no action of a layer that it does not name, however long it is silent: it would broadcast it', async () => {
    await start(['history', 'channels', 'presence']);
    await subscribe('room:1', 0, { ...page(0), version: 1, count: 0, members: [] });
    await rotate([]);
    clock.pass(3 * TIMING.heartbeat);
    await turn();
    expect(FakeWebSocket.last.said).toEqual([]);
  });

  test('to a version without a history of channels gets no request for it', async () => {
    await start();
    await subscribe('room:1');
    await rotate(PLAIN);
    say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
    clock.pass(3 * TIMING.heartbeat);
    expect(FakeWebSocket.last.said.map((text) => JSON.parse(text).action)).toEqual(['subscribe']);
  });
});

test('what was missed before a server kept a history is a gap', async () => {
  await start(PLAIN);
  await subscribe('room:1', 0, {});
  await reconnect(['history', 'channels']);
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', ...page(7) });
  expect(gaps).toEqual([undefined, 'room:1']);
  await reconnect(['history', 'channels']);
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', ...page(8, [message('room:1', 8)]) });
  expect(gaps).toHaveLength(2);
});

test('a channel that was left before it was granted, and is joined again, is requested once the server has released it', async () => {
  await start();
  void outcome(client.channel('room:1').subscribe());
  await turn();
  void outcome(client.channel('room:1').unsubscribe());
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', ...page(0) });
  const back = outcome(client.channel('room:1').subscribe());
  await turn();
  expect(asked().map(({ action }) => action)).toEqual(['subscribe', 'unsubscribe']);
  say({ type: 'unsubscribed', ref: asked()[1].ref, channel: 'room:1' });
  await turn();
  say({ type: 'subscribed', ref: asked()[2].ref, channel: 'room:1', ...page(0) });
  expect(await back).toBe('done');
});

test('an error names the layer that a server does not have', async () => {
  await begin([]);
  const room = client.channel('room:1');
  const reasons = await Promise.all([room.presence(), room.history(), room.publish('hello'), room.subscribe()].map((each: Promise<unknown>) => each.catch(String)));
  expect(reasons.map((reason) => String(reason).split('has no ')[1])).toEqual(['presence', 'history', 'channels', 'channels']);
});

test('a thousand channels are requested in twenty requests, and each is joined', async () => {
  await begin(PLAIN);
  const joined = Array.from({ length: 1_000 }, (_, nth) => client.channel(`room:${nth}`).subscribe());
  await turn();
  const requests = asked();
  expect(requests).toHaveLength(20);
  // Answers of several requests come in any order.
  for (const { ref, channels } of [...requests].reverse()) for (const { channel } of [...channels].reverse()) say({ type: 'subscribed', ref, channel });
  await Promise.all(joined);
});
