import type { Message } from './api';

/** A frame of the server: an object with members of any kind. */
export type Frame = Readonly<Partial<Record<string, unknown>>>;

/** Something whose members can be read, or nothing. Never throws. */
export function parseFrame(data: unknown): Frame | null | undefined {
  try {
    return JSON.parse(data as string) as Frame | null;
  } catch {
    return undefined;
  }
}

/** The messages of a frame that holds several. */
export function messagesOf({ messages }: Frame): (Message & Frame)[] {
  return [messages].flat().filter(isMessage);
}

export function isMessage(frame: unknown): frame is Message & Frame {
  const { id, message, position } = (frame ?? {}) as Frame;
  return typeof id === 'string' && typeof message === 'string' && (position === undefined || Number.isSafeInteger(position));
}
