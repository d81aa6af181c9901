/*
 * Own messages, from the field until the API has them. An API with a history acknowledges each message, and the client repeats messages
 * without an acknowledgement. On other APIs a message counts as sent when it has come back.
 */
import { encode } from './messages.js';

/** Time after which a message without an acknowledgement or echo is in doubt. */
const ECHO_TIMEOUT_MILLIS = 15_000;

/** Texts for messages that were not sent. */
const REASONS = {
  forbidden: 'Not sent: you may only read here.',
  not_subscribed: 'Not sent: you are not in this room.',
  unknown_channel: 'Not sent: this chat has no such room.',
  too_large: 'Not sent: it is too long.',
  rate_exceeded: 'Not sent: that was too fast.',
  denied: 'Not sent: it was refused.',
  kicked: 'Not sent: your connection was ended.',
};
const IN_DOUBT = 'Not confirmed: perhaps nobody got this.';

export class Deliveries {
  #client;
  /** Last message of each conversation on its way: the next one waits for it, so that it cannot overtake. */
  #last = new Map();
  #inTransit = new Map(); // By key: the room, and the timer.

  /** @param {import('broadcast-websocket-client').BroadcastClient} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * Sends a message that its conversation shows as pending. A repeated message keeps its key, so that an API with a history stores it once.
   *
   * @param {import('./room.js').Room} room
   * @param {{ key: string, name: string, text: string, isNamed: boolean }} message
   * @returns {Promise<void>}
   */
  send(room, message, isAgain = false) {
    const sent = Promise.resolve(this.#last.get(room)).then(() => this.#send(room, message, isAgain));
    this.#last.set(room, sent);
    return sent;
  }

  /** Never rejects. */
  async #send(room, { key, name, text, isNamed }, isAgain) {
    const { conversation, stream, to, title } = room;
    const again = isAgain && this.#client.layers.includes('history');
    const words = encode({ key, name: isNamed ? undefined : name, to: to && title, text });
    try {
      const { id, delivered } = await (to ?? stream.source).publish(words, { ref: key, again });
      if (id === undefined) return this.#awaitEcho(room, key);
      conversation.acknowledge(key, fateOf(room, delivered));
      if (to) await this.#keepCopy(room, key, words, again);
    } catch (error) {
      conversation.fail(key, REASONS[error.code] ?? IN_DOUBT);
    }
  }

  /** Ends the wait for a message that has come back. */
  arrived(key) {
    clearTimeout(this.#inTransit.get(key)?.timer);
    this.#inTransit.delete(key);
  }

  /** Marks all pending messages as in doubt: no answer will come. */
  doubtAll() {
    for (const [key, { room }] of [...this.#inTransit]) this.#doubt(room, key);
  }

  #awaitEcho(room, key) {
    if (!room.conversation.isUnsettled(key)) return;
    this.#inTransit.set(key, { room, timer: setTimeout(() => this.#doubt(room, key), ECHO_TIMEOUT_MILLIS) });
  }

  #doubt(room, key) {
    this.arrived(key);
    room.conversation.fail(key, IN_DOUBT);
  }

  /** Sends a copy of a direct message to the sender's own channel, for the sender's other windows and for a reload. */
  async #keepCopy({ stream, conversation }, key, words, again) {
    await stream.source.publish(words, { ref: `${key}.copy`, again }).catch(() => conversation.settle(key));
  }
}

/**
 * @param {import('./room.js').Room} room
 * @param {number} [delivered] number of connections that have it, where the API says so
 */
function fateOf({ to, title }, delivered) {
  if (delivered > 0) return 'Delivered';
  return to && delivered === 0 ? `Sent. ${title} is away, and gets it later.` : 'Sent';
}
