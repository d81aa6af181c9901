import { FakeWebSocket } from './fake-web-socket';
import { asked, begin, client, clock, EPOCH, message, outcome, page, reconnect, rotate, say, subscribe, turn } from './played-channels';
import type { Message } from '../../client/src/api';

/* Channels and kicks, with a server that the test plays frame by frame. */

afterEach(() => client.close());

test('subscriptions at the same time are one request, and each settles by its own answer', async () => {
  await begin();
  const outcomes = ['room:1', 'room:2', 'secret'].map((name) => outcome(client.channel(name).subscribe()));
  await turn();
  const [request] = asked();
  expect(asked()).toHaveLength(1);
  expect(request).toEqual({ action: 'subscribe', ref: expect.any(String), channels: [{ channel: 'room:1' }, { channel: 'room:2' }, { channel: 'secret' }] });
  say({ type: 'subscribed', ref: request.ref, channel: 'room:2', ...page(0) });
  say({ type: 'error', ref: request.ref, channel: 'secret', code: 'forbidden', message: 'no' });
  say({ type: 'subscribed', ref: request.ref, channel: 'room:1', ...page(0) });
  expect(await Promise.all(outcomes)).toEqual(['done', 'done', 'forbidden']);
});

test('more channels than fit into a request need several', async () => {
  await begin();
  for (let count = 0; count < 120; count++) void outcome(client.channel(`room:${count}`).subscribe());
  await turn();
  expect(asked().map(({ channels }) => channels.length)).toEqual([50, 50, 20]);
});

test('messages of a channel go to the channel, in order, and those to everybody to the client', async () => {
  await begin();
  const all: Message[] = [];
  client.on('message', (each) => all.push(each));
  const [one, two] = [await subscribe('room:1'), await subscribe('room:2', 7)];
  say(message('room:2', 8)).receive(message('room:1', 2)).receive(message('room:1', 1)).receive(message('room:2', 8));
  say({ type: 'messages', messages: [message('room:1', 3), message('room:1', 4)] });
  say({ type: 'message', id: 'all', sentAt: 1, message: 'to all', position: 1 });
  expect(one.texts).toEqual(['m1', 'm2', 'm3', 'm4']);
  expect(two.texts).toEqual(['m8']);
  expect(all.map(({ id }) => id)).toEqual(['all']);
  expect(client.channel('room:1').position).toEqual({ epoch: EPOCH, position: 4 });
});

test('after a lost connection it subscribes again, to all in one request, and recovers what was missed', async () => {
  await begin();
  const [one, two] = [await subscribe('room:1'), await subscribe('room:2', 3)];
  say(message('room:1', 1));
  await reconnect();
  const [request] = asked();
  expect(request).toMatchObject({ action: 'subscribe', channels: [{ channel: 'room:1', since: 1, epoch: EPOCH }, { channel: 'room:2', since: 3, epoch: EPOCH }] });
  say(message('room:1', 4));
  say({ type: 'subscribed', ref: request.ref, channel: 'room:1', ...page(3, [message('room:1', 2), message('room:1', 3)]) });
  say({ type: 'subscribed', ref: request.ref, channel: 'room:2', ...page(9, [], false) });
  expect(one).toEqual({ texts: ['m1', 'm2', 'm3', 'm4'], gaps: [] });
  expect(two).toEqual({ texts: [], gaps: [0] });
});

test('a channel continues where an earlier page stopped, or loads its newest messages', async () => {
  await begin();
  const texts: string[] = [];
  client.channel('room:1').on('message', (each) => texts.push(each.message));
  client.channel('room:2').on('message', (each) => texts.push(each.message));
  void client.channel('room:1').subscribe({ position: { epoch: EPOCH, position: 5 } });
  void client.channel('room:2').subscribe({ last: 2 });
  await turn();
  const [{ ref, channels }] = asked();
  expect(channels).toEqual([{ channel: 'room:1', since: 5, epoch: EPOCH }, { channel: 'room:2' }]);
  say({ type: 'subscribed', ref, channel: 'room:1', ...page(6, [message('room:1', 6)]) });
  say({ type: 'subscribed', ref, channel: 'room:2', ...page(9) });
  const load = asked().at(-1)!;
  expect(load).toMatchObject({ action: 'history', channel: 'room:2', limit: 2 });
  say({ type: 'history', ref: load.ref, channel: 'room:2', ...page(9, [message('room:2', 8), message('room:2', 9)]) });
  expect(texts).toEqual(['m6', 'm8', 'm9']);
});

test('without a history, the messages of a channel are delivered as they arrive', async () => {
  await begin(['channels']);
  const subscribed = client.channel('room:1').subscribe();
  const texts: string[] = [];
  client.channel('room:1').on('message', (each) => texts.push(each.message));
  await turn();
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
  await subscribed;
  say({ type: 'message', id: 'a', sentAt: 1, message: 'one', channel: 'room:1' }).receive({ type: 'message', id: 'a', sentAt: 1, message: 'one', channel: 'room:1' });
  expect(texts).toEqual(['one']);
  expect(client.channel('room:1').position).toBeUndefined();
});

test('publishes to the channel, and waits until it is in it again', async () => {
  await begin();
  await subscribe('room:1');
  const first = client.channel('room:1').publish('hello');
  expect(asked().at(-1)).toMatchObject({ action: 'publish', channel: 'room:1', message: 'hello', session: expect.any(String) });
  say({ type: 'ack', ref: asked().at(-1)!.ref, id: 'a', position: 1 });
  expect(await first).toEqual({ id: 'a', position: 1 });

  await reconnect();
  const second = client.channel('room:1').publish('again');
  expect(asked().map(({ action }) => action)).toEqual(['subscribe']);
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', ...page(1) });
  expect(asked().at(-1)).toMatchObject({ action: 'publish', message: 'again' });
  say({ type: 'error', ref: asked().at(-1)!.ref, code: 'denied', message: 'the hook says no' });
  expect(await outcome(second)).toBe('denied');
});

test('a message for a channel never goes to everybody', async () => {
  for (const layers of [[], ['history']]) {
    await begin(layers);
    expect(await outcome(client.channel('room:1').publish('secret'))).toBe('unknown_channel');
    expect(await outcome(client.channel('room:1').subscribe())).toBe('unknown_channel');
    expect(asked()).toEqual([]);
    client.close();
  }
});

test('asks again when the server failed; a channel that was closed meanwhile is an error', async () => {
  await begin();
  const errors: string[] = [];
  client.on('error', ({ code }) => errors.push(code));
  const subscribed = outcome(client.channel('room:1').subscribe());
  await turn();
  say({ type: 'error', ref: asked()[0].ref, code: 'rate_exceeded', message: 'too fast' });
  clock.pass(5_000);
  await turn();
  expect(asked()).toHaveLength(2);
  say({ type: 'subscribed', ref: asked()[1].ref, channel: 'room:1', ...page(0) });
  expect(await subscribed).toBe('done');

  await reconnect();
  say({ type: 'error', ref: asked()[0].ref, channel: 'room:1', code: 'forbidden', message: 'not any more' });
  expect(errors).toEqual(['forbidden']);
  await reconnect();
  expect(asked()).toEqual([]);
});

describe('channels that are refused for the moment', () => {
  /** Asks for three channels. The server refuses all at once, as over the rate, or one by one. */
  async function refused(each: (channel: string, ref: string) => void): Promise<Promise<string>[]> {
    await begin();
    const outcomes = ['room:1', 'room:2', 'room:3'].map((name) => outcome(client.channel(name).subscribe()));
    await turn();
    const [{ ref, channels }] = asked();
    for (const { channel } of channels) each(channel, ref);
    return outcomes;
  }
  const tooFast = (channel: string, ref: string) => say({ type: 'error', ref, channel, code: 'rate_exceeded', message: 'too fast' });
  const namesOf = (nth: number) => asked()[nth].channels.map(({ channel }) => channel);

  test('are requested again in one request, after a growing time', async () => {
    const outcomes = await refused(tooFast);
    clock.pass(900);
    await turn();
    expect(asked()).toHaveLength(1);
    clock.pass(4_100);
    await turn();
    expect(asked()).toHaveLength(2);
    expect(namesOf(1)).toEqual(['room:1', 'room:2', 'room:3']);
    const { ref } = asked()[1];
    say({ type: 'subscribed', ref, channel: 'room:2', ...page(0) });
    for (const channel of ['room:1', 'room:3']) tooFast(channel, ref);
    clock.pass(9_000);
    await turn();
    expect(asked()).toHaveLength(3);
    expect(namesOf(2)).toEqual(['room:1', 'room:3']);
    for (const channel of ['room:1', 'room:3']) say({ type: 'subscribed', ref: asked()[2].ref, channel, ...page(0) });
    expect(await Promise.all(outcomes)).toEqual(['done', 'done', 'done']);
    clock.pass(60_000);
    await turn();
    expect(asked()).toHaveLength(3);
  });

  test('do not wait for a channel that is left meanwhile', async () => {
    const [left] = await refused(tooFast);
    await client.channel('room:1').unsubscribe();
    expect(await left).toBe('closed');
    clock.pass(5_000);
    await turn();
    expect(namesOf(1)).toEqual(['room:2', 'room:3']);
  });

  test('are requested again while another one is granted, and one is refused for good', async () => {
    const outcomes = await refused((channel, ref) => {
      if (channel === 'room:1') say({ type: 'subscribed', ref, channel, ...page(0) });
      if (channel === 'room:2') say({ type: 'error', ref, channel, code: 'forbidden', message: 'no' });
      if (channel === 'room:3') tooFast(channel, ref);
    });
    expect(await Promise.all(outcomes.slice(0, 2))).toEqual(['done', 'forbidden']);
    clock.pass(5_000);
    await turn();
    expect(namesOf(1)).toEqual(['room:3']);
  });

  test('are requested on a new connection at once, and only once', async () => {
    void Promise.all(await refused(tooFast));
    await reconnect();
    expect(asked().map(({ action }) => action)).toEqual(['subscribe']);
    expect(namesOf(0)).toEqual(['room:1', 'room:2', 'room:3']);
    clock.pass(20_000);
    await turn();
    expect(asked()).toHaveLength(1);
  });

  test('leave no timer when the client closes', async () => {
    const outcomes = await refused(tooFast);
    client.close();
    expect(await Promise.all(outcomes)).toEqual(['closed', 'closed', 'closed']);
    expect(clock.waiting).toBe(0);
  });
});

test('a channel without a name does not affect the others of its request', async () => {
  await begin();
  void outcome(client.channel(undefined as unknown as string).subscribe());
  void outcome(client.channel('room:1').subscribe());
  await turn();
  expect(asked()[0].channels).toEqual([{ channel: 'undefined' }, { channel: 'room:1' }]);
});

test('a channel that was left is silent, and is not requested again', async () => {
  await begin();
  const { texts } = await subscribe('room:1');
  const left = client.channel('room:1').unsubscribe();
  say(message('room:1', 1));
  expect(asked().at(-1)).toMatchObject({ action: 'unsubscribe', channel: 'room:1' });
  say({ type: 'unsubscribed', ref: asked().at(-1)!.ref, channel: 'room:1' });
  await left;
  await reconnect();
  expect(texts).toEqual([]);
  expect(asked()).toEqual([]);
});

test('a channel that is left before the server grants it is left once it is granted', async () => {
  await begin();
  const outcomes = ['room:1', 'room:2', 'room:3'].map((name) => outcome(client.channel(name).subscribe()));
  await turn();
  const [{ ref }] = asked();
  for (const name of ['room:1', 'room:2']) await client.channel(name).unsubscribe();
  expect(await Promise.all(outcomes.slice(0, 2))).toEqual(['closed', 'closed']);
  say({ type: 'error', ref, channel: 'room:2', code: 'forbidden', message: 'no' });
  for (const channel of ['room:1', 'room:3']) say({ type: 'subscribed', ref, channel, ...page(0) });
  expect(asked().slice(1)).toEqual([{ action: 'unsubscribe', ref: expect.any(String), channel: 'room:1' }]);
  expect(await outcomes[2]).toBe('done');
});

test('a channel that is left and joined again before the server grants it is not left', async () => {
  await begin();
  void outcome(client.channel('room:1').subscribe());
  await turn();
  await client.channel('room:1').unsubscribe();
  const subscribed = client.channel('room:1').subscribe();
  await turn();
  for (const { ref } of asked()) say({ type: 'subscribed', ref, channel: 'room:1', ...page(0) });
  await subscribed;
  expect(asked().map(({ action }) => action)).toEqual(['subscribe', 'subscribe']);
});

test('a channel can be read in a loop, until the client is closed', async () => {
  await begin();
  await subscribe('room:1');
  const read = (async () => {
    const texts: string[] = [];
    for await (const { message: text } of client.channel('room:1')) texts.push(text);
    return texts;
  })();
  await turn();
  say(message('room:1', 1)).receive(message('room:1', 2));
  await turn();
  client.close();
  expect(await read).toEqual(['m1', 'm2']);
});

test('a new connection subscribes before the old one is left', async () => {
  await begin();
  const { texts } = await subscribe('room:1');
  const old = await rotate();
  expect(FakeWebSocket.last).not.toBe(old);
  old.receive(message('room:1', 1));
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', ...page(1, [message('room:1', 1)]) });
  old.receive(message('room:1', 2));
  say(message('room:1', 2));
  expect(texts).toEqual(['m1', 'm2']);
});

test('a channel that is granted too late on the old connection is requested on the new one as well', async () => {
  await begin();
  let subscribed: Promise<string> | undefined;
  const old = await rotate(undefined, () => (subscribed = outcome(client.channel('room:1').subscribe())));
  await turn();
  const late = JSON.parse(old.said.at(-1)!);
  expect(late.action).toBe('subscribe');
  const [request] = asked();
  expect(request).toMatchObject({ action: 'subscribe', channels: [{ channel: 'room:1' }] });
  old.receive({ type: 'subscribed', ref: late.ref, channel: 'room:1', ...page(0) });
  const published = client.channel('room:1').publish('hello');
  expect(asked()).toEqual([request]); // The new connection is not in the channel yet.
  say({ type: 'subscribed', ref: request.ref, channel: 'room:1', ...page(0) });
  expect(await subscribed).toBe('done');
  say({ type: 'ack', ref: asked().at(-1)!.ref, id: 'a', position: 1 });
  expect(await published).toEqual({ id: 'a', position: 1 });
});

test('a kicked client does not reconnect, and all pending calls reject', async () => {
  await begin();
  await subscribe('room:1');
  const states: string[] = [];
  client.on('state', ({ state }) => states.push(state));
  const waiting = [outcome(client.send('hello')), outcome(client.channel('room:2').subscribe())];
  say({ type: 'error', code: 'kicked', message: 'bye' });
  FakeWebSocket.last.break();
  clock.pass(3_600_000);
  await turn();
  expect(await Promise.all(waiting)).toEqual(['kicked', 'kicked']);
  expect(states).toEqual(['kicked']);
  expect(FakeWebSocket.made).toHaveLength(1);
  client.retry();
  await turn();
  expect(FakeWebSocket.made).toHaveLength(1);
  expect(await outcome(client.channel('room:1').subscribe())).toBe('kicked');
  expect(clock.waiting).toBe(0);
});
