import { createHmac } from 'node:crypto';

/** Characters of base64url: 132 bits of the hash. */
const ID_LENGTH = 22;

/** Id by which others know a user. It is the same in all channels, and does not reveal the user's own id. */
export function presenceIdOf(userId: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(userId).digest('base64url').slice(0, ID_LENGTH);
}
