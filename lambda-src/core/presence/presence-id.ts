import { createHmac } from 'node:crypto';

/** Characters of base64url: 132 bits of the hash. */
const ID_LENGTH = 22;

/** The id by which others know a user: the same in all channels, and of no use to find out who it is. */
export function presenceIdOf(userId: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(userId).digest('base64url').slice(0, ID_LENGTH);
}
