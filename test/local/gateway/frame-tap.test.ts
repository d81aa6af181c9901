import fc from 'fast-check';
import { FrameTap } from '../../../local/gateway/frame-tap';

/** Returns a frame as a client sends it. */
function frame(length: number, masked: boolean): Buffer {
  const low = [(length >> 8) & 0xff, length & 0xff];
  const header = length < 126 ? [length] : length < 65536 ? [126, ...low] : [127, 0, 0, 0, 0, 0, length >> 16, ...low];
  header[0] |= masked ? 0x80 : 0;
  // The payload looks like a header.
  return Buffer.concat([Buffer.from([0x81, ...header]), Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(length, 0xff)]);
}

test('every frame over the limit is reported, and no other, however the bytes are cut', () => {
  const lengths = fc.oneof(fc.nat(200), fc.integer({ min: 120, max: 130 }), fc.nat(70_000));
  const frames = fc.array(fc.record({ length: lengths, masked: fc.boolean() }), { maxLength: 6 });
  fc.assert(fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 5000 }), (sent, limitSeed, cut) => {
    const limit = limitSeed % 70_000;
    let reported = 0;
    const tap = new FrameTap(limit, () => { reported++; });
    const bytes = Buffer.concat(sent.map(({ length, masked }) => frame(length, masked)));
    for (let offset = 0; offset < bytes.length; offset += cut) tap.write(bytes.subarray(offset, offset + cut));
    expect(reported).toBe(sent.filter(({ length }) => length > limit).length);
  }), { numRuns: 200 });
});
