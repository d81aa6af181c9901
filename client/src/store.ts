import type { BroadcastClient, Channel, ClientEvents, Message, Presence, SubscribeOptions } from './broadcast-client';

/** The messages of a client or a channel, and its failures. */
export interface Received {
  /** In order, the newest `keep`. */
  readonly messages: readonly Message[];
  /** Number of times that messages were missed for good. */
  readonly gaps: number;
  /** The last failure. */
  readonly error?: Error;
}

export interface KeepOptions {
  /** Number of the newest messages to keep. @default 1,000 */
  readonly keep?: number;
}

/** All that components show. */
export interface Shown extends Received, Partial<ClientEvents['state']> {
  readonly presence?: Presence;
  readonly isSubscribed?: boolean;
}

type Change = (change: (shown: Shown) => Partial<Shown>) => void;

/** Listens to more of the source, and returns a function that ends it. */
type Begin = (change: Change) => () => void;

export const NOTHING: Shown = { messages: [], gaps: 0 };
const KEPT = 1_000;

/** Keeps what comes of a client or a channel, from the first component that shows it to the last: they share it. */
export class Store {
  #shown = NOTHING;
  #end: (() => void) | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly begin: Begin) {}

  readonly read = (): Shown => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#end ??= this.begin((change) => this.#change(change));
    return () => {
      this.#listeners.delete(listener);
      // A component that takes the place of another in the same moment goes on with what is there.
      queueMicrotask(() => this.#release());
    };
  };

  #change(change: (shown: Shown) => Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...change(this.#shown) };
    for (const listener of [...this.#listeners]) listener();
  }

  #release(): void {
    if (this.#listeners.size > 0) return;
    this.#end?.();
    this.#end = undefined;
    this.#shown = NOTHING;
  }
}

const stores = new WeakMap<object, Store>();

/** The one store of a client or a channel. The options of who asks first count. */
export function storeOf(source: Pick<Channel, 'on'>, { keep = KEPT }: KeepOptions, begin: Begin): Store {
  const store = stores.get(source) ?? new Store((change) => {
    const offs = [
      source.on('message', (message) => change(({ messages }) => ({ messages: [...messages, message].slice(-keep) }))),
      source.on('gap', () => change(({ gaps }) => ({ gaps: gaps + 1 }))),
      source.on('error', (error) => change(() => ({ error }))),
      begin(change),
    ];
    return () => offs.forEach((off) => off());
  });
  stores.set(source, store);
  return store;
}

export function clientStore(client: BroadcastClient, options: KeepOptions): Store {
  return storeOf(client, options, (change) => {
    change(() => ({ state: client.state }));
    return client.on('state', (state) => change(() => state));
  });
}

export function channelStore(channel: Channel, options: SubscribeOptions & KeepOptions): Store {
  return storeOf(channel, options, (change) => {
    let isOn = true;
    const settle = (shown: Partial<Shown>): void => {
      if (isOn) change(() => shown);
    };
    const offs = [
      channel.on('presence', (presence) => settle({ presence })),
      channel.on('error', () => settle({ isSubscribed: false })), // it has closed meanwhile
    ];
    channel.subscribe(options).then(() => settle({ isSubscribed: true }), (error: Error) => settle({ error }));
    return () => {
      isOn = false;
      offs.forEach((off) => off());
      channel.unsubscribe().catch(() => undefined); // what comes all the same is dropped
    };
  });
}
