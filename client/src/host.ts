import type { Ack, BroadcastError, ClientEvents, HistoryOptions, HistoryPage, SendOptions, Timing } from './api';
import type { Clock } from './clock';
import type { Action, Answered } from './requests';
import type { Seen } from './seen';
import type { Page, PageRequest } from './sequence';

/** What channels share: the connection of their client. */
export interface Host {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly seen: Seen;
  readonly ended: BroadcastError | undefined;
  on(type: 'state', listener: () => void): () => void;
  emit<Type extends 'gap' | 'presence' | 'error'>(type: Type, event: ClientEvents[Type]): void;
  join(): void;
  ask(request: PageRequest & { readonly channel?: string }, answered: (page?: Page) => void): void;
  request(action: Omit<Action, 'ref'>, answered: Answered, answers?: number): void;
  send(message: string, options?: SendOptions & { readonly channel?: string }): Promise<Ack>;
  history(options?: HistoryOptions & { readonly channel?: string }): Promise<HistoryPage>;
}
