/* One conversation of the page with its state: everybody's, a room, or one between two users. */
import { Conversation } from './conversation.js';

/**
 * @typedef {object} About
 * @property {'everyone' | 'room' | 'direct'} kind
 * @property {string} title
 * @property {string} [topic]
 * @property {number} [place] in the list, for public rooms
 * @property {boolean} [canLeave]
 * @property {import('./stream.js').Stream} stream
 * @property {import('broadcast-websocket-client').Channel} [to] channel of the other user, for direct messages
 */

export class Room {
  /** Messages that came while the reader was elsewhere. */
  unread = 0;
  /** Text that was typed and not sent. */
  draft = '';
  /** @type {{ count: number, members?: readonly { id: string, name?: string }[] } | undefined} Who is there, where the API says so. */
  people;
  /** Time of the last list. */
  peopleAt = 0;
  /** Time of the last message, by which direct conversations are sorted. */
  latest = 0;
  /** Own messages that were not sent. */
  failures = 0;

  /**
   * @param {string} id part of the page's address after the #
   * @param {About} about
   * @param {object} on
   * @param {(room: Room, message: object) => void} on.again
   * @param {() => void} on.changed
   */
  constructor(id, { kind, title, topic = '', place = Infinity, canLeave = false, stream, to }, on) {
    this.id = id;
    this.kind = kind;
    this.title = title;
    this.topic = topic;
    this.place = place;
    this.canLeave = canLeave;
    this.stream = stream;
    this.to = to;
    this.conversation = new Conversation({
      again: (message) => on.again(this, message),
      failed: () => {
        this.failures = this.conversation.failures;
        on.changed();
      },
    });
  }

  /** Whether a user of this name is connected, as far as the API says. */
  has(name) {
    return this.people?.members?.some((member) => member.name === name) === true;
  }
}
