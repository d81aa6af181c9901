import fc from 'fast-check';
import { MalformedWorkItemError } from '../../../lambda-src/core/errors';
import { readWorkItem, type WorkItem, writeWorkItem, writtenBytesOf } from '../../../lambda-src/core/work-item';

const item: WorkItem = {
  id: 'message', expiresAt: 1_800_000_000_000, body: Buffer.from('hi'), recipients: [{ connectionId: 'a=', connectedAt: 1 }], attempt: 1, hop: 8,
};

/** The item as it is written, with some members replaced. */
const written = (over: object) => JSON.stringify({ ...JSON.parse(writeWorkItem(item)), ...over });

describe('a work item', () => {
  test('is read as it was written', () => {
    const connections = fc.record({
      connectionId: fc.string({ minLength: 1, unit: 'binary' }),
      connectedAt: fc.option(fc.integer({ min: 1, max: 4e12 }), { nil: undefined }),
    });
    fc.assert(fc.property(fc.uint8Array(), fc.array(connections, { minLength: 1 }), fc.nat(2), fc.nat(8), (body, recipients, attempt, hop) => {
      const read = readWorkItem(writeWorkItem({ ...item, body, recipients, attempt, hop }));
      expect({ ...read, body: Uint8Array.from(read.body) }).toEqual({ ...item, body: Uint8Array.from(body), recipients, attempt, hop });
    }));
  });

  test('is no longer than its recipients add up to', () => {
    const one = { connectionId: '"ü\n=', connectedAt: 1_800_000_000_000 };
    const few = writeWorkItem({ ...item, recipients: [one] });
    const many = writeWorkItem({ ...item, recipients: Array.from({ length: 101 }, () => one) });
    expect(Buffer.byteLength(many) - Buffer.byteLength(few)).toBeLessThanOrEqual(100 * writtenBytesOf(one));
  });

  test.each([
    ['text', 'a secret that is no JSON', 'must be JSON, got 24 characters'],
    ['null', 'null', 'must have version 1, got undefined'],
    ['another version', written({ v: 2 }), 'must have version 1, got 2'],
    ['a client\'s idea of one', '{"v":"1; a secret"}', 'must have version 1, got string'],
    ['no id', written({ id: '' }), 'must have an id'],
    ['no expiry', written({ expiresAt: undefined }), 'must say when it expires'],
    ['no body', written({ body: 1 }), 'must have a body'],
    ['one attempt too many', written({ attempt: 3 }), 'fewer than 3 times'],
    ['a negative attempt', written({ attempt: -1 }), 'fewer than 3 times'],
    ['one hop too many', written({ hop: 9 }), 'at most 8 times'],
    ['no recipients', written({ ids: [], times: [] }), 'must have 1 to 1000 recipients'],
    ['too many recipients', written({ ids: Array(1001).fill('a'), times: Array(1001).fill(1) }), 'must have 1 to 1000 recipients'],
    ['a recipient without a time', written({ ids: ['a', 'b'], times: [1] }), 'each with a time'],
    ['a recipient that is no id', written({ ids: [7], times: [1] }), 'an id and a time each'],
    ['a time that is none', written({ ids: ['a'], times: ['soon'] }), 'an id and a time each'],
  ])('is refused when it is %s', (_name, text, rule) => {
    expect(() => readWorkItem(text)).toThrow(MalformedWorkItemError);
    expect(() => readWorkItem(text)).toThrow(rule);
    expect(() => readWorkItem(text)).not.toThrow('secret');
  });
});
