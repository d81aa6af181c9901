/* The messages of one history: of all, of a room, or of one user. They come by themselves; older ones are asked for. */

/** So many messages are asked for at a time. */
export const PAGE = 50;

/**
 * Where messages come from, and go: the client itself, or one of its channels.
 *
 * @typedef {object} Source
 * @property {(message: string, options?: object) => Promise<import('broadcast-websocket-client').Ack>} publish
 * @property {import('broadcast-websocket-client').Channel['history']} history
 * @property {import('broadcast-websocket-client').Position | undefined} position
 */

/** @typedef {import('broadcast-websocket-client').Message} Envelope */

export class Stream {
  /** Whether it is known what was said before. */
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
   * @param {(envelopes: readonly Envelope[]) => void} take takes older messages
   */
  constructor(source, keepsHistory, take) {
    this.source = source;
    this.#keepsHistory = keepsHistory;
    this.#take = take;
  }

  /** Loads what was said last. What cannot be loaded for the moment is loaded when this is called again. */
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

  /** Loads what was said before. Returns false when it could not be had. */
  async loadOlder() {
    const page = await this.source.history({ before: this.#oldest, limit: PAGE }).catch(() => undefined);
    if (!page) return false;
    this.#oldest = page.messages[0]?.position ?? this.#oldest;
    this.hasOlder = page.more && page.messages.length > 0;
    this.#take(page.messages);
    return true;
  }
}
