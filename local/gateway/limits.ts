/** Quotas of API Gateway that a client or a handler can run into. */
export interface GatewayLimits {
  /** Time without a message in either direction after which a connection is closed. */
  readonly idleMillis: number;
  /** Maximum age of a connection. */
  readonly lifetimeMillis: number;
  /** Longest wait for an integration. */
  readonly integrationTimeoutMillis: number;
  /** Largest message, from a client or by @connections. */
  readonly messageBytes: number;
  /** Largest WebSocket frame from a client. */
  readonly frameBytes: number;
  /** Unread bytes after which a client gets no more. AWS does not document its figure. */
  readonly unreadBytes: number;
}

const KILOBYTE = 1024;
const MINUTE = 60_000;
/** Node.js turns a longer timer into one of 1 ms. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** @param timeScale factor by which connections age faster: 60 turns minutes into seconds */
export function gatewayLimits(timeScale = 1): GatewayLimits {
  return {
    idleMillis: Math.min(10 * MINUTE / timeScale, MAX_TIMER_MILLIS),
    lifetimeMillis: Math.min(120 * MINUTE / timeScale, MAX_TIMER_MILLIS),
    // Not scaled: handlers run in real time.
    integrationTimeoutMillis: 29_000,
    messageBytes: 128 * KILOBYTE,
    frameBytes: 32 * KILOBYTE,
    unreadBytes: 1024 * KILOBYTE,
  };
}
