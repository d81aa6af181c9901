/* Read positions of conversations, kept over a reload by the reader's name. */

const KEY = 'read';

export class Marks {
  #me;
  #all = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saving;

  /** @param {() => string} me */
  constructor(me) {
    this.#me = me;
    try {
      this.#all = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    } catch {
      // Written by another version, or the browser keeps nothing: then nothing counts as read.
    }
    addEventListener('pagehide', () => this.#save());
  }

  /**
   * Whether a message of the history was read in an earlier window. A room that is new to the reader has no unread messages.
   *
   * @param {import('./room.js').Room} room
   */
  hasRead(room, { position }) {
    const mark = this.#all[this.#me()]?.[room.id];
    if (!mark) return room.kind !== 'direct';
    return mark.epoch === room.stream.source.position?.epoch && position <= mark.position;
  }

  /** Records that a room is read up to a position. */
  read(room, position) {
    const epoch = room.stream.source.position?.epoch;
    if (position === undefined || epoch === undefined) return;
    (this.#all[this.#me()] ??= {})[room.id] = { epoch, position };
    if (this.#saving === undefined) this.#saving = setTimeout(() => this.#save(), 500);
  }

  #save() {
    this.#saving = undefined;
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#all));
    } catch {
      // Private windows may keep nothing.
    }
  }
}
