import { FakeWebSocket } from './fake-web-socket';
import { asked, begin, client, clock, message, outcome, page, reconnect, rotate, say, subscribe, turn } from './played-channels';

/* Calls wait for a connection, and are repeated on the next one. */

afterEach(() => client.close());

const CLOSING = 2;

test('older messages that are requested before there is a connection come once there is one', async () => {
  const begun = begin();
  const older = client.history({ limit: 2 });
  await begun;
  const question = FakeWebSocket.last.said.map((text) => JSON.parse(text)).at(-1);
  expect(question).toEqual({ action: 'history', ref: expect.any(String), limit: 2 });
  say({ type: 'history', ref: question.ref, ...page(2, [{ ...message('', 2), channel: undefined }]) });
  expect(await older).toEqual({ messages: [expect.objectContaining({ message: 'm2' })], more: true });
});

test('a request without an answer is sent again on the next connection, once the channel is joined there', async () => {
  await begin();
  await subscribe('room:1');
  const outcomes = [client.channel('room:1').history({ before: 9 }), client.channel('room:1').presence()];
  await reconnect();
  expect(asked().map(({ action }) => action)).toEqual(['subscribe']);
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', ...page(0) });
  const [, history, presence] = asked();
  expect([history, presence]).toMatchObject([{ action: 'history', before: 9 }, { action: 'presence' }]);
  say({ type: 'history', ref: history.ref, ...page(8) });
  say({ type: 'presence', ref: presence.ref, channel: 'room:1', version: 1, count: 0, members: [] });
  expect(await Promise.all(outcomes)).toEqual([{ messages: [], more: false }, { channel: 'room:1', version: 1, count: 0, members: [] }]);
});

test.each(['', 'x'.repeat(65), '\u{1f600}'.repeat(65)])('a ref under which the server would not answer is refused: %p', async (ref) => {
  await begin();
  await expect(client.send('hello', { ref })).rejects.toMatchObject({ code: 'bad_request', message: expect.stringMatching(/^'ref' must be unused and of 1 to 64 characters, got /) });
  expect(asked()).toEqual([]);
});

test.each(['x', 'x'.repeat(64), '\u{1f600}'.repeat(64)])('a valid ref is sent: %p', async (ref) => {
  await begin();
  const sent = client.send('hello', { ref });
  expect(asked()).toMatchObject([{ action: 'publish', ref }]);
  say({ type: 'ack', ref, id: 'a' });
  expect(await sent).toEqual({ id: 'a' });
});

test('a signal or a timeout ends the wait, and a later answer is dropped', async () => {
  await begin();
  const abort = new AbortController();
  const aborted = client.history({ signal: abort.signal }).catch(({ name }: Error) => name);
  const late = outcome(client.history({ timeout: 1_000 }));
  abort.abort();
  clock.pass(1_000);
  for (const text of FakeWebSocket.last.said) say({ type: 'history', ref: JSON.parse(text).ref, ...page(1, [message('', 1)]) });
  expect(await Promise.all([aborted, late])).toEqual(['AbortError', 'timeout']);
});

test('without a history there is nothing to request', async () => {
  await begin(['channels']);
  expect(await outcome(client.history())).toBe('unavailable');
  expect(await outcome(client.channel('room:1').history())).toBe('unavailable');
  expect(FakeWebSocket.last.said).toEqual([]);
});

test('calls that wait for a channel reject if the API has no channels', async () => {
  await begin([]);
  const room = client.channel('room:1');
  expect(await Promise.all([room.subscribe(), room.publish('secret'), room.presence(), room.history()].map(outcome))).toEqual([
    'unknown_channel', 'unknown_channel', 'unavailable', 'unavailable',
  ]);
  expect(FakeWebSocket.last.said).toEqual([]);
  expect(clock.waiting).toBe(2); // Heartbeat and age of the connection.
});

test('a connection that is about to close gets no more requests, and these wait', async () => {
  await begin();
  FakeWebSocket.last.readyState = CLOSING;
  const before = FakeWebSocket.last.sent.length;
  const outcomes = [
    outcome(client.history()), outcome(client.send('hello')), outcome(client.channel('room:1').publish('psst')), outcome(client.channel('room:2').subscribe()),
  ];
  await turn();
  expect(FakeWebSocket.last.sent).toHaveLength(before);
  await reconnect();
  clock.pass(5_000); // Repeated messages leave one by one.
  for (const { ref, action } of FakeWebSocket.last.said.map((text) => JSON.parse(text))) {
    if (action === 'history') say({ type: 'history', ref, ...page(0) });
    else if (action === 'subscribe') say({ type: 'subscribed', ref, channel: 'room:2', ...page(0) });
    else say({ type: 'ack', ref, id: 'a' });
  }
  expect(await Promise.all(outcomes)).toEqual(['done', 'done', 'done', 'done']);
});

test('a ref that a page sets is never one of the client\'s own', async () => {
  await begin();
  const own = new Set(FakeWebSocket.last.said.map((text) => JSON.parse(text).ref));
  const outcomes = Array.from({ length: 36 }, (_, number) => outcome(client.send('hello', { ref: number.toString(36) })));
  const older = outcome(client.history());
  for (const text of FakeWebSocket.last.said) {
    const { ref, action } = JSON.parse(text);
    if (action === 'history') say({ type: 'history', ref, ...page(0) });
    else say({ type: 'ack', ref, id: ref });
    own.add(ref);
  }
  expect(await Promise.all([...outcomes, older])).toEqual(Array.from({ length: 37 }, () => 'done'));
  expect(own.size).toBe(38);
});

test('a request that is on its way while the connection is replaced is sent again when the old one breaks', async () => {
  await begin();
  let older: Promise<unknown> | undefined;
  const old = await rotate(undefined, () => (older = client.history({ before: 5 })));
  expect(old.said.map((text) => JSON.parse(text)).at(-1)).toMatchObject({ before: 5 });
  old.break();
  const again = FakeWebSocket.last.said.map((text) => JSON.parse(text)).find(({ before }) => before === 5);
  say({ type: 'history', ref: again.ref, ...page(4) });
  expect(await older).toEqual({ messages: [], more: false });
});

test('a refused client rejects its calls at once; a channel is joined if the client is accepted later', async () => {
  let subscribed: Promise<string> | undefined;
  await begin(['channels'], { timing: { longestDelay: 4_000 } }, async () => {
    const sent = outcome(client.send('hello'));
    subscribed = outcome(client.channel('room:1').subscribe());
    for (let attempts = 0; attempts < 5; attempts++) {
      await turn();
      FakeWebSocket.last.break();
      clock.pass(4_000);
    }
    expect(client.state).toBe('refused');
    expect(await sent).toBe('refused');
    client.retry();
  });
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1' });
  expect(await subscribed).toBe('done');
});
