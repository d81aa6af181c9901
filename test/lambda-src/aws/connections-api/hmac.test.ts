import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { Hmac } from '../../../../lambda-src/aws/connections-api/hmac';

test("is Node's own, for keys up to a block and texts of changing length", () => {
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(ascii, { minLength: 1, maxLength: 5 }), (key, texts) => {
    const hmac = new Hmac(key);
    for (const text of texts) expect(hmac.of(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
  }));
});
