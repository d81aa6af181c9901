import * as fc from 'fast-check';
import { MessageTooLargeError } from '../../../lambda-src/core/errors';
import { checkSize, encode, type Message } from '../../../lambda-src/core/message';
import { ALL_CONNECTIONS, type MessageFormatName, QUOTA } from '../../../src/private/contract';

const messageIn = (format: MessageFormatName, over: Partial<Message> = {}): Message =>
  ({ id: 'm1', from: 'abc=', sentAt: 1_700_000_000_000, text: 'hi "there" 👋', format, target: ALL_CONNECTIONS, excluded: new Set(), ...over });
const written = (message: Message) => encode(message).toString('utf8');

test('RAW is the unchanged text', () => {
  expect(written(messageIn('RAW'))).toBe('hi "there" 👋');
});

test('ATTRIBUTED names the sender', () => {
  expect(JSON.parse(written(messageIn('ATTRIBUTED')))).toEqual({ message: 'abc= says: hi "there" 👋' });
});

test('ATTRIBUTED is the text alone when a backend publishes', () => {
  expect(JSON.parse(written(messageIn('ATTRIBUTED', { from: undefined })))).toEqual({ message: 'hi "there" 👋' });
});

test('ENVELOPE has a type, the id to deduplicate by, and the time to sort by', () => {
  expect(JSON.parse(written(messageIn('ENVELOPE')))).toEqual({
    type: 'message', id: 'm1', from: 'abc=', sentAt: 1_700_000_000_000, message: 'hi "there" 👋',
  });
});

test('ENVELOPE has no `from` when a backend publishes', () => {
  expect(Object.keys(JSON.parse(written(messageIn('ENVELOPE', { from: undefined }))))).toEqual(['type', 'id', 'sentAt', 'message']);
});

test.each(['ATTRIBUTED', 'ENVELOPE'] as const)('%s gives back any text, lone surrogates included', (format) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    const { message: got } = JSON.parse(written(messageIn(format, { from: undefined, text })));
    expect(got).toBe(text);
  }));
});

describe('the limit', () => {
  const check = (message: Message, maxBytes: number, reservedBytes?: number) => () => checkSize(message, maxBytes, reservedBytes);

  test('counts encoded bytes: the last that fits, and one more', () => {
    const text = '€'.repeat(QUOTA.messageBytes / 4);
    const fits = text + 'x'.repeat(QUOTA.messageBytes / 4);
    expect(check(messageIn('RAW', { text: fits }), QUOTA.messageBytes)).not.toThrow();
    expect(check(messageIn('RAW', { text: `${fits}x` }), QUOTA.messageBytes)).toThrow(MessageTooLargeError);
  });

  test.each(['RAW', 'ATTRIBUTED', 'ENVELOPE'] as const)('of %s applies to the encoded message', (format) => {
    const message = messageIn(format);
    const { length } = encode(message);
    expect(check(message, length)).not.toThrow();
    expect(check(message, length - 1)).toThrow(`may have ${length - 1} bytes when encoded, got ${length}`);
  });

  test('leaves room for what later steps add', () => {
    const message = messageIn('ENVELOPE');
    const { length } = encode(message);
    expect(check(message, length + 30, 30)).not.toThrow();
    expect(check(message, length + 29, 30)).toThrow(`may have ${length - 1} bytes when encoded, got ${length}`);
  });

  test('has an error that contains nothing of the message', () => {
    const message = messageIn('RAW', { text: 'secret'.repeat(100_000) });
    expect(check(message, QUOTA.messageBytes)).toThrow(/131072 bytes when encoded, got 600000/);
    expect(check(message, QUOTA.messageBytes)).not.toThrow(/secret/);
  });
});
