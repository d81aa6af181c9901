import { within, type Clock } from './clock';
import type { Connection, ConnectionKey } from './connection';
import { forget, type ConnectionRows, type ForgetPorts } from './forget';
import type { Headers } from './headers';
import { admitsOrigin, type OriginRule } from './origin';
import { firstSubprotocol } from './subprotocol';

/** A client's handshake. */
export interface Handshake extends ConnectionKey {
  readonly headers?: Headers | null;
}

/** Answer to the handshake. */
export interface HandshakeAnswer {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
}

/** A row as it is written. */
export type StoredConnection = Required<Omit<Connection, 'channel'>>;

export interface ConnectionStore extends ConnectionRows {
  store(row: StoredConnection, abortSignal?: AbortSignal): Promise<void>;
}

/** Receives the reason for each refused client. */
export interface ConnectReporter {
  originRefused(): void;
  storeFailed(error: unknown): void;
}

export interface ConnectPorts extends ForgetPorts {
  readonly rows: ConnectionStore;
  readonly clock: Clock;
  /** Lifetime of the row in seconds after the handshake, even if its deletion fails. */
  readonly ttlSeconds: number;
  /** Rule for the pages that may connect. @default - all pages may */
  readonly origins?: OriginRule;
  readonly report: ConnectReporter;
}

/**
 * Answers a handshake.
 *
 * Invariant: a client is admitted only when its row is stored, so that it receives every message accepted from then on.
 */
export async function connect(handshake: Handshake, deadline: number, ports: ConnectPorts): Promise<HandshakeAnswer> {
  const { connectionId, connectedAt, headers } = handshake;
  const { rows, clock, ttlSeconds, origins, report } = ports;
  if (origins && !admitsOrigin(headers, origins)) {
    report.originRefused();
    return { statusCode: 403 };
  }
  try {
    const row = { connectionId, connectedAt, ttl: Math.floor(connectedAt / 1000) + ttlSeconds };
    await within(clock, deadline, (abortSignal) => rows.store(row, abortSignal));
  } catch (error) {
    report.storeFailed(error);
    return { statusCode: 500 };
  }
  const subprotocol = firstSubprotocol(headers);
  return { statusCode: 200, ...(subprotocol && { headers: { 'Sec-WebSocket-Protocol': subprotocol } }) };
}

/** Forgets a connection that has closed. */
export async function disconnect(connection: ConnectionKey, deadline: number, ports: ConnectPorts): Promise<void> {
  await within(ports.clock, deadline, (abortSignal) => forget(connection, ports, abortSignal));
}
