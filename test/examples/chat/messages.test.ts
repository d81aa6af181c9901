import fc from 'fast-check';
import { loadModule } from '../../load-module';

interface Messages {
  decode(envelope: object): Record<string, unknown>;
  encode(key: string, name: string, text: string): string;
  tidyName(name: string): string;
}

/** The page's own module, which the browser loads as it is. */
const { decode, encode, tidyName } = loadModule<Messages>('examples/chat/web/messages.js');

const envelope = (message: string, more: object = {}) => ({ type: 'message', id: 'a=', from: 'Ann0=', sentAt: 1_000, message, ...more });

/** JSON of all kinds, among it objects that cannot become a string or a number. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom('toString', 'valueOf', '__proto__', 'key', 'name', 'text'), fc.jsonValue({ maxDepth: 1 })),
  fc.constantFrom(1e300, -1e300, 8.64e15, 0.5),
);
const claim = fc.record({ key: anything, name: fc.oneof(fc.string(), anything), text: fc.oneof(fc.string(), anything) }, { requiredKeys: [] });
const envelopes = fc.record({
  id: fc.string(),
  from: fc.oneof(fc.string(), anything),
  sentAt: fc.oneof(fc.integer(), anything),
  message: fc.oneof(claim.map((value) => JSON.stringify(value)), fc.string()),
}, { requiredKeys: ['id', 'message'] });

test('whatever comes is read as what the page can show', () => {
  fc.assert(fc.property(envelopes, (sent) => {
    const received = decode(sent);
    expect(received).toMatchObject({ id: sent.id, from: expect.any(String), text: expect.any(String) });
    expect(received.name).toMatch(/./su);
    expect(['string', 'undefined']).toContain(typeof received.key);
    expect(new Date(received.sentAt as number).toISOString()).toMatch(/Z$/);
  }), { numRuns: 2_000 });
});

test('what one says comes back as it was said', () => {
  fc.assert(fc.property(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, typed, text) => {
    const name = tidyName(typed) || 'Ann';
    expect(decode(envelope(encode(key, name, text)))).toMatchObject({ key, name, text });
  }));
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
