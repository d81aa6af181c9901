import { FakeWebSocket } from './fake-web-socket';
import { asked, begin, client, message, outcome, page, reconnect, rotate, say, subscribe, turn } from './played-channels';

/* Leaving and rejoining channels, and channels without a history. */

const PLAIN = ['channels'];

afterEach(() => client.close());

test('a client that returns to a channel gets its newest messages again', async () => {
  await begin();
  const { texts } = await subscribe('room:1');
  say(message('room:1', 1));
  const left = client.channel('room:1').unsubscribe();
  say({ type: 'unsubscribed', ref: asked().at(-1)!.ref, channel: 'room:1' });
  await left;

  const back = client.channel('room:1').subscribe({ last: 1 });
  await turn();
  say({ type: 'subscribed', ref: asked().at(-1)!.ref, channel: 'room:1', ...page(1) });
  await back;
  expect(asked().at(-1)).toMatchObject({ action: 'history', channel: 'room:1', limit: 1 });
  say({ type: 'history', ref: asked().at(-1)!.ref, channel: 'room:1', ...page(1, [message('room:1', 1)]) });
  expect(texts).toEqual(['m1', 'm1']);
});

test('a subscription during an unsubscribe is requested once the server has released the channel', async () => {
  await begin();
  await subscribe('room:1');
  const left = client.channel('room:1').unsubscribe();
  const back = outcome(client.channel('room:1').subscribe());
  await turn();
  expect(asked().map(({ action }) => action)).toEqual(['subscribe', 'unsubscribe']);
  say({ type: 'unsubscribed', ref: asked()[1].ref, channel: 'room:1' });
  await left;
  await turn();
  say({ type: 'subscribed', ref: asked()[2].ref, channel: 'room:1', ...page(0) });
  expect(await back).toBe('done');
});

test('a lost connection leaves all channels; a server that fails has not released them', async () => {
  await begin();
  await subscribe('room:1');
  await subscribe('room:2');
  const failed = outcome(client.channel('room:1').unsubscribe());
  say({ type: 'error', ref: asked().at(-1)!.ref, code: 'rate_exceeded', message: 'too fast' });
  expect(await failed).toBe('rate_exceeded');
  const left = outcome(client.channel('room:2').unsubscribe());
  await reconnect();
  expect(await left).toBe('done');
  expect(asked()).toEqual([]);
});

test('a loop over a channel ends when it is left, and when the server closes it', async () => {
  await begin();
  await subscribe('room:1');
  await subscribe('room:2');
  const read = ['room:1', 'room:2'].map(async (name) => {
    const texts: string[] = [];
    for await (const { message: text } of client.channel(name)) texts.push(text);
    return texts;
  });
  say(message('room:1', 1));
  void client.channel('room:1').unsubscribe();
  await turn();
  expect(await read[0]).toEqual(['m1']);
  client.on('error', () => undefined);
  await reconnect();
  say({ type: 'error', ref: asked()[0].ref, channel: 'room:2', code: 'forbidden', message: 'not any more' });
  expect(await read[1]).toEqual([]);
});

test('the number of messages to load is checked before any request', async () => {
  await begin();
  for (const last of [-1, 1.5, 1_001, NaN]) {
    await expect(client.channel('room:1').subscribe({ last })).rejects.toThrow(`'last' must be a whole number from 0 to 1000, got ${last}`);
  }
  await turn();
  expect(asked()).toEqual([]);
});

describe('without a history', () => {
  test('each interruption is a gap of the channel; a new connection beside the old one is not', async () => {
    await begin(PLAIN);
    const { gaps } = await subscribe('room:1', 0, {});
    expect(gaps).toEqual([]);
    for (const count of [1, 2]) {
      await reconnect(PLAIN);
      say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
      expect(gaps).toHaveLength(count);
    }
    await rotate(PLAIN);
    say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
    expect(gaps).toHaveLength(2);
  });

  test('a channel that was not joined has no gap', async () => {
    await begin(PLAIN);
    await subscribe('room:1', 0, {});
    const left = client.channel('room:1').unsubscribe();
    say({ type: 'unsubscribed', ref: asked().at(-1)!.ref, channel: 'room:1' });
    await left;
    await reconnect(PLAIN);
    expect((await subscribe('room:1', 0, {})).gaps).toEqual([]);
  });

  test('a message on both connections while they overlap is delivered once', async () => {
    await begin(PLAIN);
    const { texts } = await subscribe('room:1', 0, {});
    const old = await rotate(PLAIN);
    say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
    const frame = { type: 'message', id: 'a', sentAt: 1, message: 'both', channel: 'room:1' };
    for (const socket of [old, FakeWebSocket.last]) socket.receive(frame);
    expect(texts).toEqual(['both']);
  });
});
