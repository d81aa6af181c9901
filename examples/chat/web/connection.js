/*
 * Shows the state of the connection: a word in the corner, and a banner during problems. It never says "Connected" before that is certain:
 * without a network, or after its return, the connection counts as checked only when data has come.
 */
import { $ } from './dom.js';

const WORD = {
  connecting: 'Connecting', open: 'Connected', checking: 'Checking', reconnecting: 'Reconnecting', unreachable: 'Not connected', offline: 'Offline',
  refused: 'Not let in', kicked: 'Ended',
};
const BANNER = {
  connecting: () => 'Trying to connect again…',
  checking: () => 'The network is gone, or has changed. What you write stays here.',
  reconnecting: () => 'The connection is lost. What you write stays here.',
  unreachable: (host) => `There is no answer from ${host}. Is that the right address?`,
  offline: () => 'You are offline. What you write stays here, and the chat connects again when you are back.',
  refused: (host) => `${host} refuses the connection, or cannot be reached.`,
  kicked: () => 'The chat has ended your connection.',
};
const UNREADABLE = 'This page cannot read what the API sends: give the API MessageFormat.ENVELOPE or MessageFormat.BATCH.';
/** A working connection answers sooner. */
const ANSWER_MILLIS = 1_000;

export class ConnectionView {
  #host;
  #state = 'connecting';
  #retryAt;
  #wasOpen = false;
  #isChecking = false;
  #isUnreadable = false;
  #hasRead = false;
  #check;
  #ticking;
  #onChange;

  /**
   * @param {string} host
   * @param {object} on
   * @param {() => void} on.retry
   * @param {() => void} on.change the reader wants another address
   * @param {() => void} on.changed whether a message can be sent has changed
   */
  constructor(host, { retry, change, changed }) {
    this.#host = host;
    this.#onChange = changed;
    $('status').hidden = false;
    $('retry').addEventListener('click', retry);
    $('change').addEventListener('click', change);
    addEventListener('offline', () => this.#doubt(0));
    addEventListener('online', () => this.#doubt(ANSWER_MILLIS));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#doubt(ANSWER_MILLIS);
    });
    this.#show();
  }

  /** Whether a message can be sent now. */
  get isOpen() {
    return this.#state === 'open' && !this.#isChecking;
  }

  become(state, retryAt) {
    [this.#state, this.#retryAt] = [state, retryAt];
    this.#wasOpen ||= state === 'open';
    this.#trust();
  }

  /** Records that data has come. @param {string} data */
  received(data) {
    if (!isReadable(data) && !this.#hasRead) this.#isUnreadable = true;
    else if (!this.#isChecking && !this.#check) return;
    this.#trust();
  }

  /** Records that a message was readable: the API has a format that the page can read. */
  read() {
    this.#hasRead = true;
    if (!this.#isUnreadable) return;
    this.#isUnreadable = false;
    this.#show();
  }

  #trust() {
    clearTimeout(this.#check);
    this.#check = undefined;
    this.#isChecking = false;
    this.#show();
  }

  #doubt(millis) {
    if (this.#state !== 'open') return this.#show();
    const doubt = () => {
      this.#isChecking = true;
      this.#show();
    };
    clearTimeout(this.#check);
    if (millis > 0) this.#check = setTimeout(doubt, millis);
    else doubt();
  }

  get #shown() {
    const isDown = this.#state === 'reconnecting';
    if (!navigator.onLine && (isDown || this.#state === 'connecting')) return 'offline';
    if (isDown && !this.#wasOpen) return 'unreachable';
    return this.#isChecking ? 'checking' : this.#state;
  }

  #show() {
    const shown = this.#shown;
    document.body.dataset.state = shown;
    $('state').textContent = WORD[shown];
    const isFine = shown === 'open' || (shown === 'connecting' && !this.#wasOpen && this.#retryAt === undefined);
    const isUnreadable = shown === 'open' && this.#isUnreadable;
    $('banner').hidden = isFine && !isUnreadable;
    $('why').textContent = isUnreadable ? UNREADABLE : BANNER[shown]?.(this.#host) ?? '';
    $('retry').hidden = !['reconnecting', 'unreachable', 'offline', 'refused'].includes(shown);
    $('change').hidden = this.#wasOpen || isFine;
    this.#countDown(this.#state === 'reconnecting' ? this.#retryAt : undefined);
    this.#onChange();
  }

  #countDown(retryAt) {
    clearInterval(this.#ticking);
    $('countdown').textContent = '';
    if (retryAt === undefined) return;
    const tick = () => {
      $('countdown').textContent = `Next try in ${Math.max(1, Math.ceil((retryAt - Date.now()) / 1000))} s`;
    };
    tick();
    this.#ticking = setInterval(tick, 250);
  }
}

/** Creates a WebSocket class that reports every received frame. */
export function overheard(listener) {
  return class extends WebSocket {
    /** @param {ConstructorParameters<typeof WebSocket>} given */
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => listener(data));
    }
  };
}

/** Whether a frame is an envelope, an answer, or a message of API Gateway: any format but plain text. */
function isReadable(data) {
  try {
    const { type, action, requestId } = JSON.parse(data);
    return [type, action, requestId].some((each) => typeof each === 'string');
  } catch {
    return false;
  }
}
