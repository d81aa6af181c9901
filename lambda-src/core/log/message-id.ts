import { createHash } from 'node:crypto';

/** Characters of base64url: 132 bits of the hash. */
const ID_LENGTH = 22;

/** Facts that identify a published message: its sender, channel and `ref`. */
export interface MessageOrigin {
  /** Random name that the client chose and keeps over reconnects; absent when it gave none. */
  readonly session?: string;
  readonly connectionId: string;
  readonly channel: string;
  readonly userId?: string;
  readonly ref: string;
}

/**
 * Returns the id of a published message. It is the same each time that the client sends the message again, in the same session or else on
 * the same connection. Nobody can make the id of another client's message without knowing its session.
 */
export function messageIdOf({ session, connectionId, channel, userId, ref }: MessageOrigin): string {
  const [kind, value] = session === undefined ? ['c', connectionId] : ['s', session];
  return createHash('sha256').update(JSON.stringify([kind, value, channel, userId ?? null, ref])).digest('base64url').slice(0, ID_LENGTH);
}
