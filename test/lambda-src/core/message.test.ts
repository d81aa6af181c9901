import * as fc from 'fast-check';
import { MessageTooLargeError } from '../../../lambda-src/core/errors';
import { encode, type Message } from '../../../lambda-src/core/message';
import { LIMIT } from '../../../src/private/contract';

const message: Message = { id: 'm1', from: 'abc=', sentAt: 1_700_000_000_000, text: 'hi "there" 👋' };
const written = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

test('RAW is the text as it came', () => {
  expect(written(encode(message, 'RAW'))).toBe('hi "there" 👋');
});

test('ATTRIBUTED names the sender', () => {
  expect(JSON.parse(written(encode(message, 'ATTRIBUTED')))).toEqual({ message: 'abc= says: hi "there" 👋' });
});

test('ATTRIBUTED is the text alone when a backend publishes', () => {
  expect(JSON.parse(written(encode({ ...message, from: undefined }, 'ATTRIBUTED')))).toEqual({ message: 'hi "there" 👋' });
});

test('ENVELOPE has a type, the id to deduplicate by, and the time to sort by', () => {
  expect(JSON.parse(written(encode(message, 'ENVELOPE')))).toEqual({
    type: 'message', id: 'm1', from: 'abc=', sentAt: 1_700_000_000_000, message: 'hi "there" 👋',
  });
});

test('ENVELOPE has no `from` when a backend publishes', () => {
  expect(Object.keys(JSON.parse(written(encode({ ...message, from: undefined }, 'ENVELOPE'))))).toEqual(['type', 'id', 'sentAt', 'message']);
});

test('an empty text is a message', () => {
  expect(encode({ ...message, text: '' }, 'RAW')).toHaveLength(0);
});

test.each(['ATTRIBUTED', 'ENVELOPE'] as const)('%s gives back any text, lone surrogates included', (format) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    const { message: got } = JSON.parse(written(encode({ ...message, from: undefined, text }, format)));
    expect(got).toBe(text);
  }));
});

test('the limit counts encoded bytes: the last that fits, and one over', () => {
  const text = '€'.repeat(LIMIT.apiGatewayMessageBytes / 4);
  const fits = text + 'x'.repeat(LIMIT.apiGatewayMessageBytes / 4);
  expect(encode({ ...message, text: fits }, 'RAW')).toHaveLength(LIMIT.apiGatewayMessageBytes);
  expect(() => encode({ ...message, text: `${fits}x` }, 'RAW')).toThrow(MessageTooLargeError);
});

test('an error of size holds nothing of the message', () => {
  const text = 'secret'.repeat(100_000);
  expect(() => encode({ ...message, text }, 'RAW')).toThrow(/131072 bytes when encoded, got 600000/);
  expect(() => encode({ ...message, text }, 'RAW')).not.toThrow(/secret/);
});
