/*
 * One connection that comes back: partysocket opens it again whenever it closes; how long to wait, and the heartbeat,
 * are decided here.
 */
import ReconnectingWebSocket from './vendor/partysocket.js';

/** API Gateway closes a connection after 10 idle minutes; a hidden tab's timers may be a minute late. */
const HEARTBEAT_MS = 9 * 60_000;
const HEARTBEAT_JITTER_MS = 60_000;
const PONG_TIMEOUT_MS = 10_000;

const FIRST_DELAY_MS = 4_000;
const LONGEST_DELAY_MS = 30_000;
const SHORTEST_DELAY_MS = 1_000;

/**
 * A random time, so that the clients that an outage disconnected do not all return in the same second: API Gateway
 * accepts 500 new connections a second.
 */
function reconnectDelay(attempt) {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return SHORTEST_DELAY_MS + Math.random() * (longest - SHORTEST_DELAY_MS);
}

/**
 * @param {string} url
 * @param {object} on
 * @param {(state: 'connecting' | 'open' | 'reconnecting', at?: number) => void} on.state `at`: when it will try again
 * @param {(data: string) => void} on.message
 */
export function openConnection(url, on) {
  let endPause = () => {};
  let heartbeat;
  let silence;

  // partysocket asks for the address before each attempt, which is where an attempt is made to wait.
  const socket = new ReconnectingWebSocket(async () => {
    if (socket.retryCount > 0) await pause(reconnectDelay(socket.retryCount));
    on.state('connecting');
    return url;
  }, undefined, {
    minReconnectionDelay: 0,
    connectionTimeout: 10_000,
    maxEnqueuedMessages: 0, // what cannot be sent now is refused, not sent in the dark later
  });

  function pause(delay) {
    on.state('reconnecting', Date.now() + delay);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // The browser cannot send WebSocket pings, so the heartbeat is a message; the API answers it without any Lambda.
  function scheduleHeartbeat() {
    heartbeat = setTimeout(() => {
      socket.send(JSON.stringify({ action: 'ping' }));
      clearTimeout(silence);
      silence = setTimeout(() => socket.reconnect(), PONG_TIMEOUT_MS);
      scheduleHeartbeat();
    }, HEARTBEAT_MS - Math.random() * HEARTBEAT_JITTER_MS);
  }

  socket.addEventListener('open', () => {
    scheduleHeartbeat();
    on.state('open');
  });
  socket.addEventListener('close', () => {
    clearTimeout(heartbeat);
    clearTimeout(silence);
  });
  socket.addEventListener('message', ({ data }) => {
    clearTimeout(silence); // whatever came, the connection is alive
    on.message(data);
  });
  addEventListener('online', () => endPause());

  return {
    /** Sends at once, or not at all and returns false. */
    send: (text) => socket.send(text),
    retryNow: () => endPause(),
  };
}
