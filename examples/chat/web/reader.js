/*
 * Where the reader is. At the end of the conversation, new messages scroll in; elsewhere, or in another window, they count as
 * unread: a line marks the first of them, the title and the icon tell how many, a button leads to the end.
 */

/**
 * An element of the page, of whichever kind it is there.
 *
 * @param {string} id
 * @returns {any}
 */
const $ = (id) => document.getElementById(id);

const TITLE = document.title;
const AT_END_PX = 40;

export class Reader {
  #conversation;
  #unread = 0;
  #following = true;
  #lastTop = 0;

  constructor(conversation) {
    this.#conversation = conversation;
    $('newest').addEventListener('click', () => {
      this.goToEnd();
      $('text').focus();
    });
    $('scroller').addEventListener('scroll', () => this.#scrolled());
    for (const event of ['focus', 'blur']) addEventListener(event, () => this.#look());
    document.addEventListener('visibilitychange', () => this.#look());
    // Once a frame, however many messages came in it.
    const resized = new ResizeObserver(() => {
      if (this.#following) this.#toEnd();
    });
    resized.observe($('scroller'));
    resized.observe($('log'));
  }

  /** A message of somebody else has been shown. */
  received(message) {
    if (this.#isReading) return;
    if (this.#unread === 0) this.#conversation.markUnread(message.id);
    this.#unread++;
    this.#tell();
  }

  goToEnd() {
    this.#following = true;
    this.#toEnd();
    this.#look();
  }

  get #isReading() {
    return this.#following && document.visibilityState === 'visible' && document.hasFocus();
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
    this.#look();
  }

  #look() {
    if (this.#isReading) this.#unread = 0;
    this.#tell();
  }

  #tell() {
    const count = this.#unread;
    document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE;
    $('icon').href = count > 0 ? 'icon-unread.svg' : 'icon.svg';
    $('newest').textContent = count > 0 ? `${count} new ${count === 1 ? 'message' : 'messages'} ↓` : 'To the end ↓';
    $('newest').hidden = this.#following;
  }
}
