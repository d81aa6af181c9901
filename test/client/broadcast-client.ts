import { loadModule } from '../load-module';

export interface Envelope {
  readonly id: string;
  readonly from?: string;
  readonly sentAt: number;
  readonly message: string;
}

export interface BroadcastClient {
  send(text: string): boolean;
  retryNow(): void;
  close(): void;
}

export interface ClientOptions {
  readonly url: string | (() => string | Promise<string>);
  readonly protocols?: string[] | (() => string[]);
  readonly onMessage: (envelope: Envelope) => void;
  readonly onState?: (state: string, retryAt?: number) => void;
  readonly onGap?: () => void;
  readonly onProblem?: (text: string) => void;
  readonly timing?: Readonly<Record<string, number>>;
  readonly WebSocket?: unknown;
}

/** The client as it ships. */
export const { connectBroadcast, bySentAt, TIMING } = loadModule<{
  readonly TIMING: Readonly<Record<string, number>>;
  connectBroadcast(options: ClientOptions): BroadcastClient;
  bySentAt(a: Envelope, b: Envelope): number;
}>('client/broadcast-client.js');
