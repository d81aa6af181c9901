/*
 * A client of a broadcast API. It needs partysocket, and `MessageFormat.ENVELOPE` on the API.
 *
 *   const client = connectBroadcast({
 *     url: 'wss://…/prod',
 *     onMessage: ({ id, from, sentAt, message }) => …,   // each once; to order them, see bySentAt
 *     onState: (state, retryAt) => …,                    // 'connecting', 'open' or 'reconnecting'
 *     onGap: () => …,                                    // connected again: what was said in between did not come
 *   });
 *   client.send('hello');                                // false if there is no connection: then nothing was sent
 *
 * What it takes care of:
 * - API Gateway closes a connection that is idle for 10 minutes: a heartbeat every 9, which the API answers without a Lambda.
 * - It closes every connection after 2 hours: before that, a second one is opened, and the first one is closed only when
 *   all that was on its way to it must have come. Nothing is missed; what comes on both is given once.
 * - A connection that breaks comes back, after a random time: an API lets in 500 new connections a second.
 * - A message may come twice: it is told by its id.
 */
import ReconnectingWebSocket from 'partysocket/ws';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** In milliseconds. Each jitter shortens its time by a random part, so that clients do not all act at once. */
export const TIMING = {
  heartbeat: 9 * MINUTE,
  heartbeatJitter: MINUTE,
  /** Without an answer to a heartbeat for so long, the connection counts as broken. */
  pongTimeout: 10 * SECOND,
  rotation: 110 * MINUTE,
  rotationJitter: 10 * MINUTE,
  /** How long the old connection stays beside the new one. A direct broadcast takes 28 seconds at most. */
  overlap: MINUTE,
  connectTimeout: 10 * SECOND,
  /** The wait before the first new attempt is between the shortest and this; it doubles up to the longest. */
  firstDelay: 4 * SECOND,
  shortestDelay: SECOND,
  longestDelay: 30 * SECOND,
};

/** Repetitions come within minutes: so many ids are remembered. */
const REMEMBERED = 10_000;

/**
 * A message as the API sends it.
 *
 * @typedef {object} Envelope
 * @property {'message'} type
 * @property {string} id
 * @property {string} [from]
 * @property {number} sentAt epoch milliseconds
 * @property {string} message
 */

/** @typedef {'connecting' | 'open' | 'reconnecting'} State */

/**
 * @typedef {object} Options
 * @property {string | (() => string | Promise<string>)} url a function is asked before each attempt, for a fresh token, say
 * @property {string[] | (() => string[] | Promise<string[]>)} [protocols]
 * @property {(envelope: Envelope) => void} onMessage
 * @property {(state: State, retryAt?: number) => void} [onState] `retryAt`: epoch milliseconds
 * @property {() => void} [onGap]
 * @property {(text: string) => void} [onProblem] API Gateway could not hand a message on; it does not say which
 * @property {Partial<typeof TIMING>} [timing]
 * @property {unknown} [WebSocket] a class with the browser's interface, for a Node.js without one
 */

/**
 * @typedef {object} BroadcastClient
 * @property {(text: string) => boolean} send sends at once, or not at all and returns false: it does not send later what waited
 * @property {() => void} retryNow
 * @property {() => void} close
 */

/**
 * What happens to a connection.
 *
 * @typedef {object} LineEvents
 * @property {() => void} change
 * @property {(data: unknown) => void} data
 * @property {() => void} age
 * @property {() => void} left
 */

/** @typedef {Omit<Options, 'timing'> & { timing: typeof TIMING }} LineOptions */

/**
 * The order of messages: by the time the API gave them, then by id. They do not always come in it.
 *
 * @param {Pick<Envelope, 'sentAt' | 'id'>} a
 * @param {Pick<Envelope, 'sentAt' | 'id'>} b
 */
export function bySentAt(a, b) {
  return a.sentAt - b.sentAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}

/**
 * @param {Options} options
 * @returns {BroadcastClient}
 */
export function connectBroadcast({ onState = () => {}, onGap = () => {}, ...options }) {
  const timing = { ...TIMING, ...options.timing };
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Set<Line>} */
  const leaving = new Set();
  let wasOpen = false;
  let interrupted = false;
  /** @type {Line | undefined} the connection that is to replace the current one */
  let next;
  let current = open();

  const events = [
    listen(globalThis, 'online', () => current.hurry()),
    listen(globalThis, 'offline', () => current.probe()), // only a hint: a server on this machine is still there
    listen(globalThis.document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') current.wake();
    }),
  ];

  function open() {
    /** @type {Line} */
    const line = new Line({ ...options, timing }, {
      change: () => changed(line),
      data: receive,
      age: () => {
        if (line === current) next ??= open();
      },
      left: () => leaving.delete(line),
    });
    return line;
  }

  /** @param {Line} line */
  function changed(line) {
    if (line === current && line.state !== 'open') interrupted = wasOpen;
    if (next && (line === next ? next.state === 'open' : current.state !== 'open')) replaceCurrent();
    if (line === next) return;
    if (current.state === 'open' && interrupted) onGap();
    if (current.state === 'open') [wasOpen, interrupted] = [true, false];
    onState(current.state, current.retryAt);
  }

  function replaceCurrent() {
    const old = current;
    leaving.add(old);
    old.leave(old.state === 'open' ? timing.overlap : 0);
    if (next) [current, next] = [next, undefined];
  }

  /** @param {unknown} data */
  function receive(data) {
    const frame = parse(data);
    if (typeof frame?.message !== 'string') return; // a pong, or of a later version
    if (frame.type === 'message' && typeof frame.id === 'string') {
      if (seen.has(frame.id)) return;
      seen.add(frame.id);
      const [oldest] = seen;
      if (seen.size > REMEMBERED) seen.delete(oldest);
      options.onMessage(/** @type {Envelope} */ (frame));
    } else if (typeof frame.requestId === 'string') {
      options.onProblem?.(frame.message);
    }
  }

  return {
    send: (text) => current.send(text),
    retryNow: () => current.hurry(),
    close() {
      events.forEach((forget) => forget());
      [current, next, ...leaving].forEach((line) => line?.leave(0));
    },
  };
}

/** One connection, and those that follow it when it breaks. */
class Line {
  /** @type {State} */
  state = 'connecting';
  /** @type {number | undefined} */
  retryAt = undefined;
  #on;
  #url;
  #timing;
  #socket;
  #leaving = false;
  #lastSign = Date.now();
  /** @type {Record<string, ReturnType<typeof setTimeout>>} */
  #timers = {};
  #endPause = () => {};

  /**
   * @param {LineOptions} options
   * @param {LineEvents} on
   */
  constructor(options, on) {
    this.#on = on;
    this.#url = options.url;
    this.#timing = options.timing;
    // partysocket asks for the address before each attempt, which is where an attempt is made to wait.
    /** @type {Promise<string> | undefined} */
    let address;
    this.#socket = new ReconnectingWebSocket(() => (address = this.#address()), async () => {
      await address;
      return await valueOf(options.protocols) ?? null;
    }, {
      minReconnectionDelay: 0,
      connectionTimeout: options.timing.connectTimeout,
      maxEnqueuedMessages: 0,
      shouldReconnectOnClose: () => !this.#leaving,
      WebSocket: options.WebSocket,
    });
    this.#socket.addEventListener('open', () => this.#opened());
    this.#socket.addEventListener('close', () => this.#closed());
    this.#socket.addEventListener('message', ({ data }) => {
      this.#sign();
      on.data(data);
    });
  }

  /** @param {string} text */
  send(text) {
    return this.state === 'open' && this.#socket.send(text);
  }

  /** Asks whether the connection is still there. */
  probe() {
    if (this.#leaving || !this.send('{"action":"ping"}')) return;
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(() => this.#socket.reconnect(), this.#timing.pongTimeout);
  }

  /** The page is looked at again: a computer that slept may have lost its connection without notice. */
  wake() {
    if (this.state !== 'open') this.hurry();
    else if (Date.now() - this.#lastSign > this.#timing.heartbeatJitter) this.probe();
  }

  /** Tries at once, or makes sure. */
  hurry() {
    this.#endPause();
    this.probe();
  }

  /**
   * Listens for so long, and is gone.
   *
   * @param {number} delay
   */
  leave(delay) {
    this.#leaving = true;
    this.#clearTimers();
    if (delay > 0) this.#timers.end = setTimeout(() => this.#end(), delay);
    else this.#end();
  }

  #end() {
    this.#clearTimers();
    this.#socket.close();
    this.#endPause();
    this.#on.left();
  }

  #sign() {
    this.#lastSign = Date.now();
    clearTimeout(this.#timers.silence); // whatever came, the connection is alive
  }

  #opened() {
    this.#sign();
    this.#beat();
    this.#timers.age = setTimeout(this.#on.age, shortened(this.#timing.rotation, this.#timing.rotationJitter));
    this.#become('open');
  }

  #closed() {
    this.#clearTimers();
    if (this.#leaving) this.#on.left();
    else this.#become('reconnecting', Date.now());
  }

  /** Browsers cannot send WebSocket pings, so the heartbeat is a message. */
  #beat() {
    this.#timers.heartbeat = setTimeout(() => {
      this.probe();
      this.#beat();
    }, shortened(this.#timing.heartbeat, this.#timing.heartbeatJitter));
  }

  async #address() {
    if (this.#socket.retryCount > 0) await this.#pause(this.#delay(this.#socket.retryCount));
    if (!this.#leaving) this.#become('connecting');
    return valueOf(this.#url);
  }

  /** @param {number} attempt */
  #delay(attempt) {
    const { firstDelay, shortestDelay, longestDelay } = this.#timing;
    const longest = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1));
    return shortened(longest, longest - shortestDelay);
  }

  /**
   * @param {number} delay
   * @returns {Promise<void>}
   */
  #pause(delay) {
    this.#become('reconnecting', Date.now() + delay);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * @param {State} state
   * @param {number} [retryAt]
   */
  #become(state, retryAt) {
    this.state = state;
    this.retryAt = retryAt;
    this.#on.change();
  }

  #clearTimers() {
    Object.values(this.#timers).forEach(clearTimeout);
  }
}

/**
 * @param {number} time
 * @param {number} jitter
 */
function shortened(time, jitter) {
  return time - Math.random() * jitter;
}

/**
 * What a function gives, or a value itself.
 *
 * @template T
 * @param {T | (() => T | Promise<T>)} source
 * @returns {T | Promise<T>}
 */
function valueOf(source) {
  return typeof source === 'function' ? /** @type {() => T | Promise<T>} */ (source)() : source;
}

/**
 * @param {EventTarget | undefined} target
 * @param {string} type
 * @param {() => void} listener
 */
function listen(target, type, listener) {
  target?.addEventListener?.(type, listener);
  return () => target?.removeEventListener?.(type, listener);
}

/**
 * An object, or undefined. Never throws.
 *
 * @param {unknown} text
 * @returns {Partial<Record<string, unknown>> | undefined}
 */
function parse(text) {
  try {
    const value = JSON.parse(String(text));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
