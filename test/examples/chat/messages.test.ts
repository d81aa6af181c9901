import fc from 'fast-check';
import { loadModule } from '../../load-module';

interface Messages {
  decode(envelope: object, isNamed?: boolean): Record<string, unknown>;
  encode(words: { key: string; name?: string; to?: string; text: string }): string;
  tidyName(name: string): string;
}

/** The page's own module, in the form that the browser loads. */
const { decode, encode, tidyName } = loadModule<Messages>('examples/chat/web/messages.js');

const envelope = (message: string, more: object = {}) => ({ type: 'message', id: 'a=', from: 'Ann0=', sentAt: 1_000, message, ...more });

/** JSON of all kinds, including objects that cannot become a string or a number. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom('toString', 'valueOf', '__proto__', 'key', 'name', 'text'), fc.jsonValue({ maxDepth: 1 })),
  fc.constantFrom(1e300, -1e300, 8.64e15, 0.5),
);
const claim = fc.record({
  key: anything, name: fc.oneof(fc.string(), anything), to: fc.oneof(fc.string(), anything), text: fc.oneof(fc.string(), anything),
}, { requiredKeys: [] });
const envelopes = fc.record({
  id: fc.string(),
  from: fc.oneof(fc.string(), anything),
  sentAt: fc.oneof(fc.integer(), anything),
  message: fc.oneof(claim.map((value) => JSON.stringify(value)), fc.string()),
}, { requiredKeys: ['id', 'message'] });

test('whatever comes is read as what the page can show', () => {
  fc.assert(fc.property(envelopes, fc.boolean(), (sent, isNamed) => {
    const received = decode(sent, isNamed);
    expect(received).toMatchObject({ id: sent.id, from: expect.any(String), text: expect.any(String) });
    expect(received.name).toMatch(/./su);
    for (const member of ['key', 'to']) expect(['string', 'undefined']).toContain(typeof received[member]);
    expect(new Date(received.sentAt as number).toISOString()).toMatch(/Z$/);
  }), { numRuns: 2_000 });
});

test('what one says comes back as it was said', () => {
  fc.assert(fc.property(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, typed, text) => {
    const name = tidyName(typed) || 'Ann';
    expect(decode(envelope(encode({ key, name, text })))).toMatchObject({ key, name, text });
    expect(decode(envelope(encode({ key, to: name, text }), { from: 'Bob' }), true)).toMatchObject({ key, name: 'Bob', to: name, text });
  }));
});

test('where the API knows its users, no words change the name of who says them', () => {
  fc.assert(fc.property(claim, (words) => {
    expect(decode(envelope(JSON.stringify(words), { from: 'Mallory' }), true)).toMatchObject({ name: 'Mallory', from: 'Mallory' });
  }));
  // A backend has no name of its own.
  expect(decode(envelope('{"name":"ticker","text":"It is 09:00 UTC"}', { from: undefined }), true)).toMatchObject({ name: 'ticker', from: '' });
});

test('a tidy name stays as it is', () => {
  expect(tidyName(tidyName(`${'n'.repeat(39)} and more`))).toBe(tidyName(`${'n'.repeat(39)} and more`));
});

test.each([
  [8.64e15, 1e300], [-8.64e15, -1e300], [12.5, 12.5], [0, '1000'], [0, null], [0, { valueOf: 1 }],
])('the time is %d for %j', (millis, sentAt) => {
  expect(decode(envelope('hello', { sentAt }))).toMatchObject({ sentAt: millis, text: 'hello' });
});

test('only a string is a key', () => {
  const words = { name: 'Ann', text: 'hello' };
  expect(decode(envelope(JSON.stringify({ ...words, key: 'k' })))).toMatchObject({ ...words, key: 'k' });
  expect(decode(envelope(JSON.stringify({ ...words, key: { toString: 1 } })))).toMatchObject({ ...words, key: undefined });
});
