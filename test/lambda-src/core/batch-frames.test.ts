import * as fc from 'fast-check';
import { packFrames, type Envelope } from '../../../lambda-src/core/batch-frames';

const envelope = (id: string, { to, exclude, receipts = 1, position, sentAt = 1_000, bytes = 200 }: {
  to?: string; exclude?: string; receipts?: number; position?: number; sentAt?: number; bytes?: number;
} = {}): Envelope => ({
  record: {
    body: 'as it lay on the queue',
    messageId: `record ${id}`,
    sentAt,
    receipts,
    isWorkItem: false,
    attributes: { id, sentAt: String(sentAt), encoding: 'base64', ...(to && { to }), ...(exclude && { exclude }) },
  },
  json: JSON.stringify({ type: 'message', id, message: 'é'.repeat(Math.ceil(bytes / 2)) }),
  sentAt,
  position,
});

const idsOf = (frames: ReturnType<typeof packFrames>) =>
  frames.map(({ record: { body } }) => JSON.parse(body).messages.map(({ id }: { id: string }) => id));

test('messages to one target share a frame, in the order of their positions', () => {
  const frames = packFrames([envelope('c', { position: 3 }), envelope('a', { position: 1 }), envelope('b', { position: 2 })]);
  expect(idsOf(frames)).toEqual([['a', 'b', 'c']]);
  expect(JSON.parse(frames[0].record.body).type).toBe('messages');
  expect(frames[0].record.attributes).toEqual({ id: 'a', sentAt: '1000', format: 'RAW' });
});

test('without positions the order of receiving is kept', () => {
  expect(idsOf(packFrames([envelope('c'), envelope('a'), envelope('b')]))).toEqual([['c', 'a', 'b']]);
});

test('messages with another target, another receive count or an exclusion have frames of their own', () => {
  const frames = packFrames([
    envelope('all'), envelope('room', { to: 'channel:room' }), envelope('again', { receipts: 2 }), envelope('but one', { exclude: 'x' }), envelope('all too'),
  ]);
  expect(idsOf(frames).sort()).toEqual([['again'], ['all', 'all too'], ['but one'], ['room']]);
  expect(frames.find(({ envelopes }) => envelopes[0].record.attributes.exclude)!.record.attributes.exclude).toBe('x');
});

test('a frame has the age of its newest message, and no message that is over five seconds older', () => {
  const frames = packFrames([envelope('a', { sentAt: 1_000 }), envelope('b', { sentAt: 6_000 }), envelope('c', { sentAt: 6_001 })]);
  expect(idsOf(frames)).toEqual([['a', 'b'], ['c']]);
  expect(frames.map(({ record }) => record.attributes.sentAt)).toEqual(['6000', '6001']);
});

test('a message that fills a frame is alone in it', () => {
  expect(idsOf(packFrames([envelope('a'), envelope('b', { bytes: 40_000 }), envelope('c')]))).toEqual([['a'], ['b'], ['c']]);
});

test('94 messages of 200 bytes in their envelopes of 347 share a frame', () => {
  const sized = (id: number): Envelope => ({ ...envelope(String(id)), json: 'x'.repeat(347) });
  const frames = packFrames(Array.from({ length: 94 * 2 }, (_, id) => sized(id)));
  expect(frames.map(({ envelopes }) => envelopes.length)).toEqual([94, 94]);
  expect(Buffer.byteLength(frames[0].record.body)).toBeLessThanOrEqual(32 * 1024);
});

test('for any messages, each is in one frame once, no frame is over 32 KB, and each frame is in order', () => {
  const one = fc.record({
    to: fc.option(fc.constantFrom('channel:a', 'user:b'), { nil: undefined }),
    exclude: fc.option(fc.constant('x'), { nil: undefined }),
    receipts: fc.integer({ min: 1, max: 3 }),
    position: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
    sentAt: fc.integer({ min: 1, max: 20_000 }),
    bytes: fc.integer({ min: 1, max: 24_000 }),
  });
  fc.assert(fc.property(fc.array(one, { maxLength: 60 }), (options) => {
    const envelopes = options.map((each, nth) => envelope(String(nth), each));
    const frames = packFrames(envelopes);
    const numberOf = ({ record }: Envelope) => Number(record.attributes.id);
    expect(frames.flatMap((frame) => frame.envelopes).sort((a, b) => numberOf(a) - numberOf(b))).toEqual(envelopes);
    for (const { record, envelopes: packed } of frames) {
      expect(Buffer.byteLength(record.body)).toBeLessThanOrEqual(32 * 1024);
      expect(JSON.parse(record.body).messages).toEqual(packed.map(({ json }) => JSON.parse(json)));
      expect(new Set(packed.map((each) => JSON.stringify([each.record.attributes.to, each.record.receipts]))).size).toBe(1);
      if (packed.length > 1) expect(packed.every((each) => each.record.attributes.exclude === undefined)).toBe(true);
      const positions = packed.map(({ position = 0 }) => position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      const ages = packed.map(({ sentAt }) => sentAt);
      expect(Math.max(...ages) - Math.min(...ages)).toBeLessThanOrEqual(5_000);
    }
  }), { numRuns: 200 });
});
