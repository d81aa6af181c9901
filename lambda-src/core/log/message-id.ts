import { createHash } from 'node:crypto';

/** Characters of base64url: 132 bits of the hash. */
const ID_LENGTH = 22;

/** Who gave a message its `ref`, and where to. */
export interface MessageOrigin {
  /** The client's own random name, kept over reconnects; absent when it gave none. */
  readonly session?: string;
  readonly connectionId: string;
  readonly channel: string;
  readonly userId?: string;
  readonly ref: string;
}

/**
 * The id of a published message: the same each time that the client sends it again, in the same session or else by the same connection.
 * Nobody can make the id of another's message without knowing its session.
 */
export function messageIdOf({ session, connectionId, channel, userId, ref }: MessageOrigin): string {
  const [kind, value] = session === undefined ? ['c', connectionId] : ['s', session];
  return createHash('sha256').update(JSON.stringify([kind, value, channel, userId ?? null, ref])).digest('base64url').slice(0, ID_LENGTH);
}
