/**
 * HMAC-SHA-256 of ASCII texts with one key, as two digests (RFC 2104):
 *
 *     HMAC(key, text) = H(key ^ 5c… ‖ H(key ^ 36… ‖ text))
 *
 * `createHmac` creates an object with a native half for each text. That takes more than twice the time, and the object has to be
 * garbage-collected.
 *
 * Invariant: a key is at most one block long; the result of another HMAC is half a block.
 */
import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

export class Hmac {
  /** Input of each digest: the padded key, followed by the text or by the first digest. */
  private inner: Buffer;
  private readonly outer: Buffer;

  constructor(key: Uint8Array) {
    this.inner = padded(key, 0x36, 0);
    this.outer = padded(key, 0x5c, DIGEST_BYTES);
  }

  /** Returns the HMAC in hexadecimal. */
  of(text: string): string {
    const length = BLOCK_BYTES + text.length;
    if (this.inner.length !== length) this.inner = Buffer.concat([this.inner.subarray(0, BLOCK_BYTES)], length);
    this.inner.write(text, BLOCK_BYTES, 'latin1');
    this.outer.write(hash('sha256', this.inner, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'hex');
  }
}

/** Returns the key padded to one block, with room behind it. */
function padded(key: Uint8Array, pad: number, room: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES + room);
  bytes.set(key);
  for (let at = 0; at < BLOCK_BYTES; at++) bytes[at] ^= pad;
  return bytes;
}
