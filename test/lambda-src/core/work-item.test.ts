import fc from 'fast-check';
import { MalformedWorkItemError } from '../../../lambda-src/core/errors';
import { readWorkItem, type WorkItem, writeWorkItem, writtenBytesOf } from '../../../lambda-src/core/work-item';

const item: WorkItem = {
  id: 'message', expiresAt: 1_800_000_000_000, body: Buffer.from('hi'), recipients: [{ connectionId: 'a=', connectedAt: 1 }], attempt: 1, hop: 8,
};

/** Returns the written item with some members replaced. */
const written = (over: object) => JSON.stringify({ ...JSON.parse(writeWorkItem(item)), ...over });

describe('a work item', () => {
  test('is read as it was written', () => {
    const connections = fc.record({
      connectionId: fc.string({ minLength: 1, unit: 'binary' }).filter((id) => !id.startsWith('#')),
      connectedAt: fc.option(fc.integer({ min: 1, max: 4e12 }), { nil: undefined }),
    });
    const recipientLists = fc.uniqueArray(connections, { minLength: 1, selector: ({ connectionId }) => connectionId });
    const bodies = fc.uint8Array({ minLength: 1 });
    fc.assert(fc.property(bodies, recipientLists, fc.nat(2), fc.integer({ min: 2, max: 8 }), (body, recipients, attempt, hop) => {
      const read = readWorkItem(writeWorkItem({ ...item, body, recipients, attempt, hop }));
      expect({ ...read, body: Uint8Array.from(read.body) }).toEqual({ ...item, body: Uint8Array.from(body), recipients, attempt, hop });
    }));
  });

  test('is no longer than the sum of its recipients', () => {
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
    ['an id that no queue takes for a group', written({ id: 'a b' }), 'must have an id'],
    ['an id that is too long', written({ id: 'x'.repeat(129) }), 'must have an id'],
    ['an expiry before all others', written({ expiresAt: 0 }), 'must say when it expires'],
    ['no body', written({ body: 1 }), 'must have a body'],
    ['an empty body', written({ body: '' }), 'must have a body'],
    ['a body that is no base64', written({ body: 'a secret!' }), 'must have a body'],
    ['a body that base64 writes in another way', written({ body: 'aGl=' }), 'must have a body'],
    ['a body that API Gateway does not take', written({ body: Buffer.alloc(128 * 1024 + 1).toString('base64') }), 'must have a body'],
    ['more attempts than hops', written({ attempt: 2, hop: 1 }), 'must have gone back for each time'],
    ['a reserved key', written({ ids: ['a', '#pace'], times: [1, 1] }), 'no id begins with #'],
    ['an empty id', written({ ids: [''], times: [1] }), 'an id and a time each'],
    ['the same recipient twice', written({ ids: ['a', 'b', 'a'], times: [1, 2, 3] }), 'must have each recipient once'],
    ['a negative time', written({ ids: ['a'], times: [-1] }), 'an id and a time each'],
    ['half an attempt', written({ attempt: 0.5 }), 'fewer than 3 times'],
    ['a negative hop', written({ hop: -1 }), 'at most 8 times'],
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
