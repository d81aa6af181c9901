import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import {
  BroadcastError, connect, type Ack, type BroadcastClient, type ConnectOptions, type Presence, type SendOptions, type Source, type State,
  type SubscribeOptions,
} from './broadcast-client';
import { channelStore, clientStore, NOTHING, type KeepOptions, type Received, type Store, type Shown } from './store';

export type { KeepOptions, Received } from './store';

/** A connection, as a component shows it. */
export interface BroadcastView extends Received {
  /** For `useChannel`, and for what hooks do not do. Undefined until the component is shown. */
  readonly client: BroadcastClient | undefined;
  readonly state: State;
  /** When the next attempt comes, in epoch milliseconds. */
  readonly retryAt?: number;
  readonly send: (message: string, options?: SendOptions) => Promise<Ack>;
}

/** A channel, as a component shows it. */
export interface ChannelView extends Received {
  /** Whether the server has let the client in. */
  readonly isSubscribed: boolean;
  /** The people in the channel, where the server tells. */
  readonly presence?: Presence;
  readonly publish: (message: string, options?: SendOptions) => Promise<Ack>;
}

/**
 * Stays connected for as long as the component is shown, and gives the messages to everybody.
 *
 * @param options those of `connect`; another `url`, `token` or `protocols` connects anew, but functions are only asked before each attempt.
 * A client in place of them shares its connection, and is not closed.
 */
export function useBroadcast(options: (ConnectOptions & KeepOptions) | BroadcastClient): BroadcastView {
  const given = 'send' in options ? options : undefined;
  const [made, setMade] = useState<BroadcastClient>();
  const latest = useRef(options as ConnectOptions & KeepOptions);
  useEffect(() => {
    latest.current = options as ConnectOptions & KeepOptions;
  });
  const { url, token, protocols } = options as ConnectOptions;
  const address = given ? undefined : JSON.stringify([url, token, protocols]); // functions are all the same
  useEffect(() => {
    if (address === undefined) return;
    const ask = <T>(name: 'url' | 'token' | 'protocols') => () => valueOf(latest.current[name] as Source<T>);
    const client = connect({ ...latest.current, url: ask<string>('url'), token: ask<string>('token'), protocols: ask<string[]>('protocols') });
    const release = clientStore(client, latest.current).subscribe(() => undefined); // from the first message on
    setMade(client);
    return () => {
      client.close();
      release();
    };
  }, [address]);
  const client = given ?? made;
  const { state = client?.state ?? 'connecting', retryAt, messages, gaps, error } = useStore(client && clientStore(client, options as KeepOptions));
  const send = useCallback<BroadcastView['send']>((...message) => client?.send(...message) ?? notYet(), [client]);
  return { client, state, retryAt, messages, gaps, error, send };
}

/** Subscribes to a channel for as long as a component shows it. Components that show the same one share it. */
export function useChannel(client: BroadcastClient | undefined, name: string, options: SubscribeOptions & KeepOptions = {}): ChannelView {
  const channel = client?.channel(name);
  const { isSubscribed = false, presence, messages, gaps, error } = useStore(channel && channelStore(channel, options));
  const publish = useCallback<ChannelView['publish']>((...message) => channel?.publish(...message) ?? notYet(), [channel]);
  return { isSubscribed, presence, messages, gaps, error, publish };
}

function useStore(store: Store | undefined): Shown {
  return useSyncExternalStore(store?.subscribe ?? subscribeToNothing, store?.read ?? readNothing, readNothing);
}

const subscribeToNothing = () => () => undefined;
const readNothing = () => NOTHING;
const notYet = () => Promise.reject(new BroadcastError('closed', 'the component is not shown yet'));
const valueOf = <T>(source: Source<T>): T | Promise<T> => typeof source === 'function' ? (source as () => T | Promise<T>)() : source;
