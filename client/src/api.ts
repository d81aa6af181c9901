/* The public part of the package: no code but the error. */
import type { TIMING } from './timing';

/** A message as it came. */
export interface Message {
  readonly type: 'message';
  /** Names the message; the same when it comes again. */
  readonly id: string;
  /** The sender, as the server knows it; absent when a backend sent it. */
  readonly from?: string;
  /** When the server took it in, in epoch milliseconds. */
  readonly sentAt: number;
  readonly message: string;
  /** Absent for a message to everybody. */
  readonly channel?: string;
  /** Its place in the order of its channel; absent without a history. */
  readonly position?: number;
}

/** A place in the history. JSON keeps it, so that a page can go on from it after a reload. */
export interface Position {
  /** Names the history that the position belongs to. */
  readonly epoch: string;
  readonly position: number;
}

/** The answer of the server to a message. Empty where the server acknowledges nothing. */
export interface Ack {
  /** The `id` with which everybody gets the message, the sender too. */
  readonly id?: string;
  readonly position?: number;
  /** Number of connections that have it; absent when it is delivered later. */
  readonly delivered?: number;
}

/**
 * - `connecting`: an attempt is under way.
 * - `open`: messages come, and can be sent.
 * - `reconnecting`: the connection is lost; the next attempt comes by itself.
 * - `refused`: no attempt has ever succeeded; `retry()` tries again.
 * - `kicked`: the server ended it for good.
 * - `closed`: `close()` was called.
 */
export type State = 'connecting' | 'open' | 'reconnecting' | 'refused' | 'kicked' | 'closed';

/** Why something failed. The server gives the first ten; `timeout`, `lost`, `refused` and `closed` are the client's own. */
export type ErrorCode =
  | 'bad_request' | 'forbidden' | 'too_large' | 'rate_exceeded' | 'unknown_channel' | 'not_subscribed' | 'too_many' | 'denied' | 'unavailable' | 'kicked'
  | 'timeout' | 'lost' | 'refused' | 'closed';

/** Rejects what was asked for, or comes as the event `error`. */
export class BroadcastError extends Error {
  override readonly name = 'BroadcastError';

  /** @param reason what the server said, or the code */
  constructor(readonly code: ErrorCode, reason: string = code) {
    super(reason);
  }
}

/** Events of a client, by the names that `on` takes. */
export interface ClientEvents {
  /** A message to everybody, or of a channel that was not subscribed to by name: each once, and in order where the server keeps a history. */
  message: Message;
  /** `retryAt` is when the next attempt comes, in epoch milliseconds. */
  state: { readonly state: State; readonly retryAt?: number };
  /** Messages were missed and cannot be recovered: load the state of your app from where it is kept. */
  gap: { readonly channel?: string };
  /** The people in a channel, whenever that changes. */
  presence: Presence;
  /** Something failed that nothing of yours waits for. */
  error: BroadcastError;
}

/** Events of a channel. All but the messages are events of the client as well. */
export type ChannelEvents = Pick<ClientEvents, 'message' | 'gap' | 'presence' | 'error'>;

/** The people in a channel. */
export interface Presence {
  readonly channel: string;
  readonly version: number;
  readonly count: number;
  /** Absent when there are too many. */
  readonly members?: readonly { readonly id: string; readonly name?: string }[];
}

/** A value, or a function that is asked before each attempt. */
export type Source<T> = T | (() => T | Promise<T>);

export interface ConnectOptions {
  /** The address, `wss://…`. A function is asked before each attempt. */
  readonly url: Source<string>;
  /** A token for the server's authorizer, sent as the second subprotocol. A function is asked before each attempt, so that it is fresh. */
  readonly token?: Source<string>;
  /** Subprotocols to offer in place of those that `token` makes. @default none */
  readonly protocols?: Source<readonly string[]>;
  /** `client.position` of an earlier page, to go on from there. @default what comes from now on */
  readonly position?: Position;
  /** Number of the newest messages to load at opening, 0 to 1,000; they come as the event `message`. @default 0 */
  readonly last?: number;
  /** Closes the client. */
  readonly signal?: AbortSignal;
  /** Times to change. @default TIMING */
  readonly timing?: Partial<Timing>;
  /** A class with the browser's interface. @default the WebSocket of the browser, or of Node.js from version 22 */
  readonly WebSocket?: unknown;
}

export type Timing = { readonly [Name in keyof typeof TIMING]: number };

export interface SendOptions {
  /** Names the message to the server, 1 to 64 characters: who sends it again with `again` and the same name sends no second one. */
  readonly ref?: string;
  /** Whether it was sent before under this `ref`. @default false */
  readonly again?: boolean;
  /** Gives up waiting, and does not send it again. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the promise rejects with the code `timeout`. @default the `sendTimeout` of TIMING */
  readonly timeout?: number;
}

export interface HistoryOptions extends Pick<SendOptions, 'signal' | 'timeout'> {
  /** Messages before this position. @default the newest */
  readonly before?: number;
  /** At most so many, 1 to 1,000. @default 100 */
  readonly limit?: number;
}

export interface HistoryPage {
  /** In order. */
  readonly messages: readonly Message[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

export interface SubscribeOptions {
  /** `position` of the channel in an earlier page, to go on from there. @default what comes from now on */
  readonly position?: Position;
  /** Number of the newest messages to load, 0 to 1,000. @default 0 */
  readonly last?: number;
}

/** Messages of some, in place of everybody. */
export interface Channel extends AsyncIterable<Message> {
  readonly name: string;
  /** Up to where everything was handed over; undefined without a history. */
  readonly position: Position | undefined;
  /** Returns a function that ends it. */
  on<Type extends keyof ChannelEvents>(type: Type, listener: (event: ChannelEvents[Type]) => void): () => void;
  /**
   * Asks the server for the messages of the channel. A lost connection subscribes again by itself.
   *
   * @returns once the server has let the client in: every message that is published from then on comes
   * @throws BroadcastError by rejection, when the server refuses
   */
  subscribe(options?: SubscribeOptions): Promise<void>;
  unsubscribe(): Promise<void>;
  /** Like `send`, to the channel. */
  publish(message: string, options?: SendOptions): Promise<Ack>;
  /** Older messages of the channel. They do not come as events. */
  history(options?: HistoryOptions): Promise<HistoryPage>;
  /** The people in the channel now. */
  presence(): Promise<Presence>;
}

export interface BroadcastClient extends AsyncIterable<Message> {
  readonly state: State;
  /** Up to where everything was handed over; undefined without a history. */
  readonly position: Position | undefined;
  /** Abilities of the server beside the broadcast, such as `history`; empty before the first connection. */
  readonly layers: readonly string[];
  /** Returns a function that ends it. */
  on<Type extends keyof ClientEvents>(type: Type, listener: (event: ClientEvents[Type]) => void): () => void;
  /**
   * Sends a message to everybody. Without a connection it waits for one.
   *
   * @returns once the server has acknowledged it; where nothing acknowledges, once it was sent
   * @throws BroadcastError by rejection, with the code of the server
   */
  send(message: string, options?: SendOptions): Promise<Ack>;
  /** The channel of a name, always the same object. It is silent until `subscribe()`. */
  channel(name: string): Channel;
  /** Older messages, for who scrolls up. They do not come as events. */
  history(options?: HistoryOptions): Promise<HistoryPage>;
  /** Tries at once, or makes sure that the connection is there. */
  retry(): void;
  close(): void;
}

/** The order of messages where the server keeps no history: by the time that the server gave them, then by id. */
export function bySentAt(a: Pick<Message, 'sentAt' | 'id'>, b: Pick<Message, 'sentAt' | 'id'>): number {
  return a.sentAt - b.sentAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}
