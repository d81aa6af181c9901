import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

interface Messages {
  decode(data: unknown): Record<string, unknown> | undefined;
  encode(key: string, name: string, text: string): string;
  tidyName(name: string): string;
}

/** The page's own module, which the browser loads as it is. */
const { decode, encode, tidyName } = load();

function load(): Messages {
  const source = readFileSync(join(__dirname, '../../../examples/chat/web/messages.js'), 'utf8');
  const { outputText } = transpileModule(source, { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ESNext } });
  const exports = {} as Messages;
  new Function('exports', outputText)(exports);
  return exports;
}

const envelope = (message: unknown, more: object = {}) => JSON.stringify({ type: 'message', id: 'a=', from: 'Ann0=', sentAt: 1_000, message, ...more });

/** JSON of all kinds, among it objects that cannot become a string or a number. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom('toString', 'valueOf', '__proto__', 'key', 'name', 'text'), fc.jsonValue({ maxDepth: 1 })),
  fc.constantFrom(1e300, -1e300, 8.64e15, 0.5),
);
const claim = fc.record({ key: anything, name: fc.oneof(fc.string(), anything), text: fc.oneof(fc.string(), anything) }, { requiredKeys: [] });
const message = fc.oneof(claim.map((value) => JSON.stringify(value)), fc.string(), anything);
const frame = fc.record({
  type: fc.oneof(fc.constant('message'), anything),
  id: fc.oneof(fc.string(), anything),
  from: fc.oneof(fc.string(), anything),
  sentAt: fc.oneof(fc.integer(), anything),
  requestId: anything,
  message,
}, { requiredKeys: [] });

test('whatever comes is read as what the page can show, or not at all', () => {
  fc.assert(fc.property(fc.oneof({ weight: 5, arbitrary: frame.map((value) => JSON.stringify(value)) }, fc.string(), anything), (data) => {
    const received = decode(data);
    if (received === undefined) return;
    expect(typeof received.text).toBe('string');
    if (received.kind === 'problem') return;
    expect(received).toMatchObject({ kind: 'message', id: expect.any(String), from: expect.any(String) });
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

test('a number too large for JSON is no time', () => {
  expect(decode('{"type":"message","id":"a=","sentAt":1e999,"message":"hello"}')).toMatchObject({ sentAt: 0 });
});

test('only a string is a key, or a message', () => {
  const words = { name: 'Ann', text: 'hello' };
  expect(decode(envelope(JSON.stringify({ ...words, key: 'k' })))).toMatchObject({ ...words, key: 'k' });
  expect(decode(envelope(JSON.stringify({ ...words, key: { toString: 1 } })))).toMatchObject({ ...words, key: undefined });
  for (const odd of [{ toString: 1 }, null, 1, ['hello']]) {
    expect(decode(envelope(odd))).toBeUndefined();
    expect(decode(JSON.stringify({ requestId: 'b=', message: odd }))).toBeUndefined();
  }
});
