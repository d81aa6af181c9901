/** Quotas of API Gateway that a client or a handler can run into. */
export interface GatewayLimits {
  /** A connection without a message in either direction for so long is closed. */
  readonly idleMillis: number;
  /** A connection open for so long is closed. */
  readonly lifetimeMillis: number;
  /** API Gateway waits no longer for an integration. */
  readonly integrationTimeoutMillis: number;
  /** Largest message, from a client or by @connections. */
  readonly messageBytes: number;
  /** Largest WebSocket frame from a client. */
  readonly frameBytes: number;
  /** A client that has left so much unread gets no more. The real figure is not documented. */
  readonly unreadBytes: number;
}

const KILOBYTE = 1024;
const MINUTE = 60_000;
/** Of a longer one, Node.js makes a timer of 1 ms. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** @param timeScale how many times faster connections grow old: 60 makes minutes seconds */
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
