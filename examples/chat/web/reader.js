/*
 * The reader's place. At the end of the conversation, new messages scroll in. Elsewhere, or in a hidden window, they count as unread: a line
 * marks the first of them, and a button leads to the end.
 */
import { $, set } from './dom.js';

const AT_END_PX = 40;

export class Reader {
  /** @type {import('./room.js').Room | undefined} The room that is shown. */
  room;
  #following = true;
  #lastTop = 0;
  #onRead;
  #resized = new ResizeObserver(() => {
    // Once per frame, for any number of messages.
    if (this.#following) this.#toEnd();
  });

  /** @param {(room: import('./room.js').Room) => void} onRead all of a room is read */
  constructor(onRead) {
    this.#onRead = onRead;
    $('newest').addEventListener('click', () => {
      this.goToEnd();
      $('text').focus();
    });
    $('scroller').addEventListener('scroll', () => this.#scrolled());
    for (const event of ['focus', 'blur']) addEventListener(event, () => this.look());
    document.addEventListener('visibilitychange', () => this.look());
    this.#resized.observe($('scroller'));
  }

  /** Shows another room at the first unread message, or at the end. */
  show(room) {
    const scroller = $('scroller');
    if (this.room) {
      this.#resized.unobserve(this.room.conversation.element);
      this.room.conversation.element.remove();
    }
    this.room = room;
    // A screen reader must not read the whole room.
    scroller.setAttribute('aria-live', 'off');
    scroller.append(room.conversation.element);
    setTimeout(() => scroller.setAttribute('aria-live', 'polite'));
    this.#resized.observe(room.conversation.element);
    this.#following = true;
    const line = room.unread > 0 ? room.conversation.element.querySelector('.unread') : null;
    this.#toEnd();
    if (line && line.offsetTop < scroller.scrollTop) {
      scroller.scrollTop = line.offsetTop;
      this.#following = false;
    }
    this.#lastTop = scroller.scrollTop;
    this.#onRead(room);
    this.look();
  }

  /** Whether the reader sees a new message of this room at once. */
  isReading(room) {
    return room === this.room && this.#following && document.visibilityState === 'visible' && document.hasFocus();
  }

  goToEnd() {
    this.#following = true;
    this.#toEnd();
    this.look();
  }

  /** Runs a change that adds messages above the visible ones, which stay in place. */
  async keepPlace(change) {
    const scroller = $('scroller');
    const below = scroller.scrollHeight - scroller.scrollTop;
    await change();
    if (!this.#following) scroller.scrollTop = scroller.scrollHeight - below;
  }

  look() {
    if (!this.room) return;
    if (this.isReading(this.room)) this.#onRead(this.room);
    const count = this.room.unread;
    const textContent = count > 0 ? `${count} new ${count === 1 ? 'message' : 'messages'} ↓` : 'To the end ↓';
    set($('newest'), { textContent, hidden: this.#following });
  }

  #toEnd() {
    $('scroller').scrollTop = $('scroller').scrollHeight;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = $('scroller');
    const atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    // New messages below move the end, not the reader.
    this.#following = atEnd || (this.#following && scrollTop >= this.#lastTop);
    this.#lastTop = scrollTop;
    this.look();
  }
}
