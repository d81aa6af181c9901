import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { isChannelName } from '../../../../lambda-src/core/channels/channel-name';
import {
  ackFrame, appendErrorFrame, errorFrame, historyFrame, historyRoom, messageBytes, messageFrame, unqueuedErrorFrame,
} from '../../../../lambda-src/core/log/frames';
import { LOG_LIMIT } from '../../../../lambda-src/core/log/log-limits';
import { AppendDeadlineError, LogThrottledError } from '../../../../lambda-src/core/log/log-table';
import { messageIdOf, type MessageOrigin } from '../../../../lambda-src/core/log/message-id';
import { parseHistory, parsePublish, parseSubscribe, parseUnsubscribe } from '../../../../lambda-src/core/log/requests';

const SESSION = 's'.repeat(22);
const publish = (members: object) => parsePublish(JSON.stringify({ action: 'publish', ref: 'r', message: 'm', ...members }));
const history = (members: object) => parseHistory(JSON.stringify({ action: 'history', ref: 'r', ...members }));

describe('publish', () => {
  test('is read with the required members', () => {
    expect(publish({})).toEqual({ request: { ref: 'r', message: 'm', again: false } });
  });

  test('is read with all members', () => {
    expect(publish({ channel: 'room-1', session: SESSION, again: true, other: 1 }))
      .toEqual({ request: { ref: 'r', message: 'm', channel: 'room-1', session: SESSION, again: true } });
  });

  test.each<[string, object, RegExp]>([
    ['no message', { message: undefined }, /'message' must be a string, got none/],
    ['a message that is an object', { message: { a: 1 } }, /'message' must be a string, got an object/],
    ['a message of no bytes', { message: '' }, /'message' must have at least one byte/],
    ['again as a text', { again: 'true' }, /'again' must be true or false, got a string/],
    ['again as null', { again: null }, /'again' must be true or false, got null/],
    ['a session of 21 characters', { session: 's'.repeat(21) }, /'session' must have 22 to 64 characters, got 21/],
    ['a session of 65 characters', { session: 's'.repeat(65) }, /'session' must have 22 to 64 characters, got 65/],
    ['a session that is a number', { session: 1 }, /'session' must be a string .* got a number/],
    ['a channel of 129 characters', { channel: 'c'.repeat(129) }, /'channel' must have 1 to 128 .* got 129 characters; leave it out for all connections/],
    ['a channel of none', { channel: '' }, /got 0 characters/],
    ['the channel of all', { channel: '*' }, /'channel'/],
    ['a channel with the separator', { channel: 'a#b' }, /'channel'/],
    ['a channel with a line end', { channel: 'a\n' }, /'channel'/],
    ['a channel that is null', { channel: null }, /'channel' .* got null/],
  ])('is refused with %s, and the answer bears its ref', (_what, members, message) => {
    expect(publish(members)).toEqual({ error: { type: 'error', ref: 'r', code: 'bad_request', message: expect.stringMatching(message) } });
  });

  test.each<[string, unknown]>([['none', undefined], ['an empty one', ''], ['65 characters', 'r'.repeat(65)], ['a number', 1], ['an array', ['r']]])(
    'is refused with a ref of %s, and the answer bears none', (_what, ref) => {
      expect(publish({ ref })).toEqual({ error: { type: 'error', code: 'bad_request', message: expect.stringMatching(/'ref' must/) } });
    },
  );

  test('accepts 64 characters of any kind as ref', () => {
    expect(publish({ ref: '\u{1f44d}'.repeat(64) })).toMatchObject({ request: { ref: '\u{1f44d}'.repeat(64) } });
    expect(publish({ ref: '\u{1f44d}'.repeat(65) })).toHaveProperty('error');
  });

  test.each(['', 'no json', '[]', '1', 'null', '"publish"', undefined])('is refused when its frame is %p', (body) => {
    expect(parsePublish(body)).toEqual({ error: { type: 'error', code: 'bad_request', message: expect.stringMatching(/^the frame must be/) } });
  });

  test('writes lone surrogates as UTF-8 does', () => {
    expect(parsePublish('{"action":"publish","ref":"r","message":"a\\ud800b"}')).toMatchObject({ request: { message: 'a\ufffdb' } });
  });

  test('reads no inherited members', () => {
    expect(parsePublish('{"__proto__":{"ref":"r","message":"m"}}')).toHaveProperty('error');
    expect(parsePublish('{"ref":"r","message":"m","__proto__":{"again":true}}')).toMatchObject({ request: { again: false } });
  });
});

describe('history', () => {
  test('is read with the required members, and with all members', () => {
    expect(history({})).toEqual({ request: { ref: 'r' } });
    expect(history({ channel: 'c', since: 0, epoch: 'e', limit: 1 })).toEqual({ request: { ref: 'r', channel: 'c', since: 0, epoch: 'e', limit: 1 } });
    expect(history({ before: 1, limit: 1_000 })).toEqual({ request: { ref: 'r', before: 1, limit: 1_000 } });
  });

  test.each<[string, object, RegExp]>([
    ['a negative since', { since: -1 }, /'since' must be a whole number from 0/],
    ['a since that is no whole number', { since: 1.5 }, /'since' .* got 1.5/],
    ['a since beyond what is exact', { since: 2 ** 53 }, /'since'/],
    ['a since as a text', { since: '1' }, /'since' .* got a string/],
    ['a before of 0', { before: 0 }, /'before' must be a whole number from 1/],
    ['since and before', { since: 1, before: 2 }, /only one of .* may be given/],
    ['a limit of 0', { limit: 0 }, /'limit' must be a whole number from 1 to 1000, got 0/],
    ['a limit of 1,001', { limit: 1_001 }, /'limit' .* got 1001/],
    ['a limit of null', { limit: null }, /'limit' .* got null/],
    ['an empty epoch', { epoch: '' }, /'epoch' must have 1 to 64 characters, got 0/],
    ['an epoch of 65 characters', { epoch: 'e'.repeat(65) }, /'epoch'/],
  ])('is refused with %s', (_what, members, message) => {
    expect(history(members)).toEqual({ error: { type: 'error', ref: 'r', code: 'bad_request', message: expect.stringMatching(message) } });
  });
});

describe('subscribe', () => {
  const subscribe = (members: object) => parseSubscribe(JSON.stringify({ action: 'subscribe', ref: 'r', ...members }));

  test('is read for one channel, and for a list of them', () => {
    expect(subscribe({ channel: 'a' })).toEqual({ request: { ref: 'r', channels: [{ channel: 'a' }], isList: false } });
    expect(subscribe({ channel: 'a', since: 3, epoch: 'e' })).toEqual({ request: { ref: 'r', channels: [{ channel: 'a', since: 3, epoch: 'e' }], isList: false } });
    expect(subscribe({ channels: [{ channel: 'a' }, { channel: 'b', since: 0 }] }))
      .toEqual({ request: { ref: 'r', channels: [{ channel: 'a' }, { channel: 'b', since: 0 }], isList: true } });
  });

  const many = (count: number) => Array.from({ length: count }, (_, nth) => ({ channel: `c${nth}` }));

  test.each<[string, object, RegExp]>([
    ['no channel', {}, /'channel' must be the name of a channel, got none/],
    ['a channel and a list', { channel: 'a', channels: [{ channel: 'b' }] }, /only one of .* may be given/],
    ['an empty list', { channels: [] }, /a list of 1 to 50 channels, got 0/],
    ['a list of 51', { channels: many(51) }, /a list of 1 to 50 channels, got 51/],
    ['a list that is none', { channels: 'a' }, /a list of 1 to 50 channels, got a string/],
    ['a list of names', { channels: ['a'] }, /each of 'channels' must be a JSON object, got a string/],
    ['one channel twice', { channels: [{ channel: 'a' }, { channel: 'a' }] }, /each channel once/],
    ['one without a name in a list', { channels: [{ channel: 'a' }, { since: 1 }] }, /'channel' must be the name of a channel, got none/],
    ['one whose name is no text in a list', { channels: [{ channel: 'a' }, { channel: 1 }] }, /'channel' must have .* got a number/],
    ['one whose name is longer than any in a list', { channels: [{ channel: 'a' }, { channel: 'c'.repeat(401) }] }, /'channel' must have .* got 401/],
    ['one bad channel twice', { channels: [{ channel: '*' }, { channel: '*' }] }, /each channel once/],
    ['all connections', { channel: '*' }, /'channel' must have .*; correct it$/],
    ['a negative since', { channel: 'a', since: -1 }, /'since'/],
  ])('is refused with %s', (_what, members, message) => {
    expect(subscribe(members)).toEqual({ error: { type: 'error', ref: 'r', code: 'bad_request', message: expect.stringMatching(message) } });
  });

  test.each<[string, object, RegExp]>([
    ['no name of a channel', { channel: 'a/b' }, /'channel' must have/],
    ['the channel of all', { channel: '*' }, /'channel' must have/],
    ['a name of none', { channel: '' }, /got 0 characters/],
    ['a name that is too long', { channel: 'c'.repeat(400) }, /got 400 characters/],
    ['a negative since', { channel: 'b', since: -1 }, /'since'/],
    ['an empty epoch', { channel: 'b', since: 1, epoch: '' }, /'epoch'/],
  ])('keeps what is wrong with one of a list to that one: %s', (_what, wrong, problem) => {
    const { request } = subscribe({ channels: [{ channel: 'a' }, wrong, { channel: 'c' }] });
    const { channel } = wrong as { channel: string };
    expect(request!.channels).toEqual([{ channel: 'a' }, { channel, problem: expect.stringMatching(problem) }, { channel: 'c' }]);
  });

  test('accepts 50 channels', () => {
    expect(subscribe({ channels: many(50) })).toHaveProperty('request');
  });
});

test('an unsubscribe is read, and refused without a channel', () => {
  expect(parseUnsubscribe('{"ref":"r","channel":"a"}')).toEqual({ request: { ref: 'r', channel: 'a' } });
  expect(parseUnsubscribe('{"ref":"r"}')).toHaveProperty('error.code', 'bad_request');
});

const anyMembers = fc.record({
  action: fc.constantFrom('publish', 'history'),
  ref: fc.oneof(fc.string({ maxLength: 70 }), fc.anything()),
  channel: fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.:-]{0,130}$/), fc.string(), fc.anything()),
  message: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
  session: fc.oneof(fc.string({ minLength: 20, maxLength: 66 }), fc.anything()),
  again: fc.oneof(fc.boolean(), fc.anything()),
  since: fc.oneof(fc.integer(), fc.double(), fc.anything()),
  before: fc.oneof(fc.integer(), fc.anything()),
  epoch: fc.oneof(fc.string(), fc.anything()),
  limit: fc.oneof(fc.integer({ min: -1, max: 1_002 }), fc.anything()),
}, { requiredKeys: ['action'] });
const anyFrame = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), anyMembers.map((members) => JSON.stringify(members)));

test('any frame of a client is read within the bounds, or answered with an error frame', () => {
  fc.assert(fc.property(anyFrame, (frame) => {
    const parsed = parsePublish(frame);
    if (parsed.error) return checkError(parsed.error);
    const { ref, message, session, channel, again } = parsed.request;
    expect([...ref].length).toBeGreaterThan(0);
    expect([...ref].length).toBeLessThanOrEqual(64);
    expect(Buffer.byteLength(message)).toBeGreaterThan(0);
    expect(message).toBe(Buffer.from(message).toString());
    expect(typeof again).toBe('boolean');
    if (session !== undefined) expect([...session].length).toBeGreaterThanOrEqual(22);
    if (channel !== undefined) expect(channel).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/);
    return undefined;
  }), { numRuns: 1_000 });
  fc.assert(fc.property(anyFrame, (frame) => {
    const parsed = parseHistory(frame);
    if (parsed.error) return checkError(parsed.error);
    const { since = 0, before = 1, limit = 1, epoch = 'e' } = parsed.request;
    expect([Number.isSafeInteger(since), Number.isSafeInteger(before), Number.isInteger(limit)]).toEqual([true, true, true]);
    expect(since >= 0 && before >= 1 && limit >= 1 && limit <= 1_000 && epoch.length > 0).toBe(true);
    expect('since' in parsed.request && 'before' in parsed.request).toBe(false);
    return undefined;
  }), { numRuns: 1_000 });
});

function checkError(error: { type: string; code: string; message: string; ref?: string }): void {
  expect(error).toMatchObject({ type: 'error', code: 'bad_request' });
  // No part of the message.
  expect(error.message.length).toBeLessThan(250);
  expect(Buffer.byteLength(JSON.stringify(error))).toBeLessThan(2_048);
}

test('a request that was read is read in the same way when it is sent again', () => {
  const valid = fc.record({
    ref: fc.string({ minLength: 1, maxLength: 64 }),
    message: fc.string({ minLength: 1 }),
    channel: fc.constantFrom('a', 'user:b_5f', 'x.y:z-1'),
    session: fc.stringMatching(/^[A-Za-z0-9_-]{22,64}$/),
    again: fc.boolean(),
  }, { requiredKeys: ['ref', 'message'] });
  fc.assert(fc.property(valid, (members) => {
    const parsed = parsePublish(JSON.stringify(members));
    expect(parsed).toHaveProperty('request');
    expect(parsePublish(JSON.stringify(parsed.error ? {} : parsed.request))).toEqual(parsed);
  }));
});

test('valid names of channels are accepted, and no others', () => {
  for (const name of ['a', '0', 'a'.repeat(128), 'room:1.b-c_d', `user:${'_5f'.repeat(128)}`]) expect([name, isChannelName(name)]).toEqual([name, true]);
  const others = ['', 'a'.repeat(129), '-a', '_a', '.a', ':a', 'a b', 'é', 'a#b', 'a*', `user:${'x'.repeat(396)}`, `room:${'x'.repeat(395)}`];
  for (const name of others) expect([name, isChannelName(name)]).toEqual([name, false]);
});

describe('the id of a message', () => {
  const origin = { connectionId: 'c', channel: '*', ref: '1' };

  test('has 22 characters that are safe in a queue and in a URL', () => {
    expect(messageIdOf({ ...origin, session: SESSION })).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  test('is the one of the specification', () => {
    const hash = (json: string) => createHash('sha256').update(json).digest('base64url').slice(0, 22);
    expect(messageIdOf({ ...origin, session: SESSION, userId: 'u' })).toBe(hash(`["s","${SESSION}","*","u","1"]`));
    expect(messageIdOf(origin)).toBe(hash('["c","c","*",null,"1"]'));
  });

  test('is the same over reconnects in a session, and not without one', () => {
    expect(messageIdOf({ ...origin, session: SESSION })).toBe(messageIdOf({ ...origin, session: SESSION, connectionId: 'd' }));
    expect(messageIdOf(origin)).not.toBe(messageIdOf({ ...origin, connectionId: 'd' }));
  });

  test('differs whenever a part of it differs: nobody can claim another\'s', () => {
    const part = fc.string({ maxLength: 5 });
    const parts = { session: part, connectionId: part, channel: part, userId: part, ref: part };
    const origins = fc.record(parts, { requiredKeys: ['connectionId', 'channel', 'ref'] });
    const keyOf = ({ session, connectionId, channel, userId, ref }: MessageOrigin) => (
      JSON.stringify([session === undefined, session ?? connectionId, channel, userId ?? null, ref])
    );
    fc.assert(fc.property(origins, origins, (one, other) => {
      expect(messageIdOf(one) === messageIdOf(other)).toBe(keyOf(one) === keyOf(other));
    }));
  });
});

describe('frames', () => {
  test('of an ack have only members that are set', () => {
    expect(JSON.stringify(ackFrame('r', 'i'))).toBe('{"type":"ack","ref":"r","id":"i"}');
    expect(JSON.stringify(ackFrame('r', 'i', { position: 3, delivered: 0 }))).toBe('{"type":"ack","ref":"r","id":"i","position":3,"delivered":0}');
  });

  test('of errors have the ref and the position, if there are any', () => {
    expect(JSON.stringify(errorFrame(undefined, 'forbidden', 'm'))).toBe('{"type":"error","code":"forbidden","message":"m"}');
    expect(unqueuedErrorFrame('r', 7)).toMatchObject({ type: 'error', ref: 'r', code: 'unavailable', position: 7 });
  });

  test.each<[string, Error, string]>([
    ['a throttle', new LogThrottledError(new Error('secret')), 'rate_exceeded'],
    ['a deadline', new AppendDeadlineError(), 'unavailable'],
    ['anything else', new Error('secret'), 'unavailable'],
  ])('tell the sender of %s, and nothing of what is inside', (_what, error, code) => {
    const frame = appendErrorFrame('r', error);
    expect(frame).toMatchObject({ ref: 'r', code });
    expect(JSON.stringify(frame)).not.toContain('secret');
  });

  test('of a message are the envelope and more', () => {
    expect(JSON.stringify(messageFrame({ id: 'i', from: 'f', sentAt: 1, text: 't' }, undefined)))
      .toBe('{"type":"message","id":"i","from":"f","sentAt":1,"message":"t"}');
    expect(JSON.stringify(messageFrame({ id: 'i', sentAt: 1, text: 't' }, 'c', 2)))
      .toBe('{"type":"message","id":"i","sentAt":1,"message":"t","channel":"c","position":2}');
  });

  test('of an answer fit into one frame, whatever they contain', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 5_000 });
    const messages = fc.array(fc.record({ id: fc.string({ maxLength: 22 }), sentAt: fc.nat(), text }), { maxLength: 40 });
    const refs = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
    fc.assert(fc.property(messages, refs, fc.constantFrom(undefined, 'c'.repeat(128)), (list, ref, channel) => {
      const room = historyRoom(ref, channel);
      let bytes = 0;
      const entries = list.map((message, n) => ({ position: 10 ** 15 + n, at: 0, ttl: 0, message })).filter((entry) => {
        bytes += room.sizeOf(entry);
        return bytes <= room.bytes;
      });
      const page = { epoch: 'e'.repeat(64), position: Number.MAX_SAFE_INTEGER, recovered: false, more: false, wait: 2_000, entries };
      expect(Buffer.byteLength(JSON.stringify(historyFrame(ref, channel, page)))).toBeLessThanOrEqual(LOG_LIMIT.pageBytes);
    }), { numRuns: 200 });
  });

  test('have room for the largest possible message', () => {
    const largest = { id: 'i'.repeat(128), from: 'f', sentAt: 1_800_000_000_000, text: '' };
    const text = 't'.repeat(24 * 1024 - messageBytes(largest, 'c'.repeat(128)));
    expect(messageBytes({ ...largest, text }, 'c'.repeat(128))).toBe(24 * 1024);
    const { bytes, sizeOf } = historyRoom('\u0000'.repeat(64), 'c'.repeat(128));
    expect(sizeOf({ position: Number.MAX_SAFE_INTEGER, at: 0, ttl: 0, message: { ...largest, text } })).toBeLessThanOrEqual(bytes);
  });
});
