import type { PresenceList, PresentUser } from './presence-table';

/** List of a channel's users, as connections get it. */
export interface PresenceFrame {
  readonly type: 'presence';
  /** Absent unless a client asked. */
  readonly ref?: string;
  readonly channel: string;
  readonly version: number;
  readonly count: number;
  /** Absent when there are too many. */
  readonly members?: readonly PresentUser[];
}

export function presenceFrame(channel: string, { version, count, users }: PresenceList, ref?: string): PresenceFrame {
  return { type: 'presence', ...(ref !== undefined && { ref }), channel, version, count, ...(users && { members: users }) };
}

/** Bytes of a frame with these users, with any version. */
export function frameBytes(channel: string, users: readonly PresentUser[]): number {
  return Buffer.byteLength(JSON.stringify(presenceFrame(channel, { version: Number.MAX_SAFE_INTEGER, count: users.length, users })));
}
