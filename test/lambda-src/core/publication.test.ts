import fc from 'fast-check';
import { RefusedPublicationError } from '../../../lambda-src/core/errors';
import { encode, type Message } from '../../../lambda-src/core/message';
import { readPublication, writePublication } from '../../../lambda-src/core/publication';

/** Characters that SQS accepts in a body, by its documentation. */
const QUEUABLE = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

const publish = (body: string, attributes: Record<string, string | undefined> = {}) =>
  readPublication({ body, messageId: 'given-by-the-queue', sentAt: 1_800_000_000_000, attributes }, 'ENVELOPE');

const written = (message: Message) => encode(message).toString();

describe('a published message', () => {
  test('without attributes is written in the format of the API, with the id of the queue and no sender', () => {
    const message = publish('hello');
    expect(JSON.parse(written(message))).toEqual({ type: 'message', id: 'given-by-the-queue', sentAt: 1_800_000_000_000, message: 'hello' });
    expect(message).toMatchObject({ id: 'given-by-the-queue', sentAt: 1_800_000_000_000, target: '*', excluded: new Set() });
  });

  test('may set its id and its format, and exclude connections', () => {
    expect(JSON.parse(written(publish('hello', { id: 'order-7' }))).id).toBe('order-7');
    expect(written(publish('hello', { format: 'RAW' }))).toBe('hello');
    expect(written(publish('hello', { format: 'ATTRIBUTED' }))).toBe('{"message":"hello"}');
    expect(publish('hello', { exclude: 'a=, b=,' }).excluded).toEqual(new Set(['a=', 'b=']));
  });

  test('may have an earlier time of sending, but not one in the future', () => {
    const message = publish('hello', { sentAt: '1700000000000' });
    expect(message.sentAt).toBe(1_700_000_000_000);
    expect(JSON.parse(written(message)).sentAt).toBe(1_700_000_000_000);
    expect(publish('hello', { sentAt: '1800000000001' }).sentAt).toBe(1_800_000_000_000);
  });

  test('may have attributes that are not ours', () => {
    expect(written(publish('hello', { format: 'RAW', traceparent: '00', x: undefined }))).toBe('hello');
  });

  test.each([
    [{ to: 'a=' }, "'to' is reserved"],
    [{ to: '' }, "'to' is reserved"],
    [{ format: 'XML' }, "'format' must be one of ATTRIBUTED, RAW, ENVELOPE"],
    [{ id: '' }, "'id' must have 1 to 128 visible ASCII characters"],
    [{ id: 'a b' }, "'id' must have 1 to 128 visible ASCII characters"],
    [{ id: 'x'.repeat(129) }, 'got 129 characters'],
    [{ sentAt: '2027-01-15T08:00:00Z' }, "'sentAt' must be whole epoch milliseconds, got 20 characters"],
    [{ sentAt: '' }, "'sentAt' must be whole epoch milliseconds, got 0 characters"],
    [{ encoding: 'gzip' }, "'encoding' must be base64"],
    [{ exclude: undefined }, "'exclude' must be of the type String"],
  ])('with %j is refused', (attributes, rule) => {
    expect(() => publish('a secret', attributes)).toThrow(RefusedPublicationError);
    expect(() => publish('a secret', attributes)).toThrow(rule);
    expect(() => publish('a secret', attributes)).not.toThrow('secret');
  });
});

test.each(['RAW', 'ATTRIBUTED', 'ENVELOPE'])('an empty message is refused, in %s', (format) => {
  for (const [body, attributes] of [['', {}], ['=', { encoding: 'base64' }]] as const) {
    expect(() => publish(body, { ...attributes, format })).toThrow(RefusedPublicationError);
    expect(() => publish(body, { ...attributes, format })).toThrow('must have a text');
  }
});

describe('a client\'s message', () => {
  test('comes from the queue as it was encoded, whatever it contains, and SQS accepts it', () => {
    const unit = fc.oneof(fc.constantFrom('\0', '\u001f', '\ufffe', '\uffff', '\u007f', '\n', 'a'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    fc.assert(fc.property(fc.string({ unit, minLength: 1 }), fc.array(fc.base64String({ minLength: 1 })), (message, ids) => {
      const given: Message = { id: 'message', sentAt: 7, text: message, format: 'RAW', target: '*', excluded: new Set(ids) };
      const { body, attributes } = writePublication(given);
      expect(body).toMatch(QUEUABLE);
      const read = readPublication({ body, messageId: 'queue', sentAt: 1_000, attributes }, 'ENVELOPE');
      expect({ ...read, text: undefined }).toEqual({ ...given, text: undefined });
      // Half surrogate pairs become U+FFFD on the way, as for recipients of a message that needs no queue.
      expect(written(read)).toBe(written(given));
    }), { numRuns: 1_000 });
  });
});
