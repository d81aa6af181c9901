import type { Message } from './api';

/** What a server sent: an object with members of any kind. */
export type Frame = Readonly<Partial<Record<string, unknown>>>;

/** Something whose members can be read, or undefined. Never throws. */
export function parseFrame(data: unknown): Frame | undefined {
  try {
    return JSON.parse(data as string) as Frame ?? undefined;
  } catch {
    return undefined;
  }
}

export function isMessage(frame: unknown): frame is Message & Frame {
  const { id, message, position } = (frame ?? {}) as Frame;
  return typeof id === 'string' && typeof message === 'string' && (position === undefined || Number.isSafeInteger(position));
}
