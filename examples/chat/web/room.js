/* One conversation of the page, and what belongs to it: everybody's, a room, or that of two people. */
import { Conversation } from './conversation.js';

/**
 * @typedef {object} About
 * @property {'everyone' | 'room' | 'direct'} kind
 * @property {string} title
 * @property {string} [topic]
 * @property {number} [place] in the list, for those that are there for all
 * @property {boolean} [canLeave]
 * @property {import('./stream.js').Stream} stream
 * @property {import('broadcast-websocket-client').Channel} [to] the channel of the other one, for direct messages
 */

export class Room {
  /** The messages that came while the reader was elsewhere. */
  unread = 0;
  /** What was typed and not sent. */
  draft = '';
  /** @type {{ count: number, members?: readonly { id: string, name?: string }[] } | undefined} Who is there, where the API says so. */
  people;
  /** When it said so last. */
  peopleAt = 0;
  /** When something was said last, by which direct messages are sorted. */
  latest = 0;
  /** Own messages that were not sent. */
  failures = 0;

  /**
   * @param {string} id what stands behind the # of the page's address
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

  /** Whether somebody of this name is there, as far as the API says. */
  has(name) {
    return this.people?.members?.some((member) => member.name === name) === true;
  }
}
