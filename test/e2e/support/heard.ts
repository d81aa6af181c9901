import type { Channel, Message } from '../../../client/src/broadcast-client';

/** Events of a client or a channel. */
export interface Heard {
  readonly messages: Message[];
  readonly gaps: unknown[];
}

/** Collects the events of a client or a channel. */
export function listen(source: Pick<Channel, 'on'>): Heard {
  const heard: Heard = { messages: [], gaps: [] };
  source.on('message', (message) => heard.messages.push(message));
  source.on('gap', (gap) => heard.gaps.push(gap));
  return heard;
}
