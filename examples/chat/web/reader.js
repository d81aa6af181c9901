/*
 * Where the reader is. At the end of the conversation, new messages scroll in; elsewhere, or in another window, they count as unread: a line
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
    // Once a frame, however many messages came in it.
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

  /** Shows another room: at the first message that was not read, or at the end. */
  show(room) {
    const scroller = $('scroller');
    if (this.room) {
      this.#resized.unobserve(this.room.conversation.element);
      this.room.conversation.element.remove();
    }
    this.room = room;
    // Nobody wants the whole of a room read out.
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

  /** Whether a message of this room is seen when it comes. */
  isReading(room) {
    return room === this.room && this.#following && document.visibilityState === 'visible' && document.hasFocus();
  }

  goToEnd() {
    this.#following = true;
    this.#toEnd();
    this.look();
  }

  /** Runs something that adds messages above those that are seen, which stay where they are. */
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
    // What is added below moves the end away, not the reader.
    this.#following = atEnd || (this.#following && scrollTop >= this.#lastTop);
    this.#lastTop = scrollTop;
    this.look();
  }
}
