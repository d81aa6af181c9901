/* The messages of one history: of all connections, a room, or a user. New messages arrive; older ones are requested. */

/** Messages per request. */
export const PAGE = 50;

/**
 * Source and destination of messages: the client itself, or one of its channels.
 *
 * @typedef {object} Source
 * @property {(message: string, options?: object) => Promise<import('broadcast-websocket-client').Ack>} publish
 * @property {import('broadcast-websocket-client').Channel['history']} history
 * @property {import('broadcast-websocket-client').Position | undefined} position
 */

/** @typedef {import('broadcast-websocket-client').Message} Envelope */

export class Stream {
  /** Whether earlier messages are loaded. */
  isLoaded = false;
  hasOlder = false;
  /** @type {Source} */
  source;
  #keepsHistory;
  #take;
  #oldest;

  /**
   * @param {Source} source
   * @param {() => boolean} keepsHistory
   * @param {(envelopes: readonly Envelope[]) => void} take receives older messages
   */
  constructor(source, keepsHistory, take) {
    this.source = source;
    this.#keepsHistory = keepsHistory;
    this.#take = take;
  }

  /** Loads the latest messages. After a failure, a later call tries again. */
  async loadNewest() {
    if (this.#keepsHistory()) {
      const page = await this.source.history({ limit: PAGE }).catch(() => undefined);
      if (!page) return;
      this.#oldest = page.messages[0]?.position;
      this.hasOlder = this.#oldest > 1;
      this.#take(page.messages);
    }
    this.isLoaded = true;
  }

  /** Loads older messages. Returns false when that failed. */
  async loadOlder() {
    const page = await this.source.history({ before: this.#oldest, limit: PAGE }).catch(() => undefined);
    if (!page) return false;
    this.#oldest = page.messages[0]?.position ?? this.#oldest;
    this.hasOlder = page.more && page.messages.length > 0;
    this.#take(page.messages);
    return true;
  }
}
