import type { Ack, BroadcastError, ClientEvents, HistoryOptions, HistoryPage, SendOptions, Timing } from './api';
import type { Clock } from './clock';
import type { Frame } from './frames';
import type { Call } from './outbox';
import type { Action, Answered } from './requests';
import type { Page, PageRequest } from './sequence';

/** The client, as its channels see it: they share its connection. */
export interface Host {
  readonly clock: Clock;
  readonly times: Timing;
  readonly ended: BroadcastError | undefined;
  emit<Type extends 'gap' | 'presence' | 'error'>(type: Type, event: ClientEvents[Type]): void;
  joinAll(): void;
  ask(request: PageRequest & { readonly channel?: string }, answered: (page?: Page) => void): void;
  /** Asks for something on the current line, once. */
  request(action: Omit<Action, 'ref'>, answered: Answered, answers?: number): void;
  /** Asks for something until it is answered. */
  call(call: Call): Promise<Frame>;
  send(message: string, options?: SendOptions & { readonly channel?: string }): Promise<Ack>;
  history(options?: HistoryOptions & { readonly channel?: string }): Promise<HistoryPage>;
}
