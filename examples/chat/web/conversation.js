/*
 * The messages of one conversation. Their order is that of the history, if the API keeps one; otherwise the time that the API gave each message,
 * then its id. A message goes to its place, not to the end. Own messages on their way, or failed, stay at the end.
 */
import { write } from './words.js';
import { copyOf, hue, initial } from './dom.js';
import { bySentAt } from './vendor/broadcast-client.js';

/** Number of messages that a browser still scrolls easily; older ones are removed. */
const LONGEST = 5_000;
const SAME_BREATH_MILLIS = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const both = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** @typedef {import('./messages.js').Message} Message */

export class Conversation {
  /** List element of the page. */
  element = document.createElement('ol');
  #entries = []; // Entries in order: { id, order, element, … }
  #unsettled = new Map(); // Own messages that have not come back, by key.
  #typed = 0;
  #ids = new Set();
  /** Latest order of a message with a position: such messages come in order. */
  #latest = 0;
  /** Start of the order after messages were missed: earlier positions no longer count. */
  #floor = 0;
  #on;

  /**
   * @param {object} on
   * @param {(message: object) => void} on.again
   * @param {() => void} on.failed the number of failed messages has changed
   */
  constructor(on) {
    this.#on = on;
    this.element.className = 'log';
  }

  get isEmpty() {
    return this.#entries.length === 0;
  }

  get length() {
    return this.#entries.length;
  }

  /** The position of the newest message that has one. */
  get newest() {
    return this.#entries.findLast(({ position }) => position !== undefined)?.position;
  }

  get isFull() {
    return this.length >= LONGEST;
  }

  has(id) {
    return this.#ids.has(id);
  }

  get failures() {
    return [...this.#unsettled.values()].filter(({ element }) => element.dataset.fate === 'failed').length;
  }

  /**
   * Adds a message that came.
   *
   * @param {Message & { own?: boolean }} message
   */
  add(message) {
    this.#place({ ...message, order: this.#orderOf(message), element: this.#draw(message) });
  }

  /**
   * Adds messages of the history, in order. They are older than the messages that came, and may include some of them.
   *
   * @param {(Message & { own?: boolean })[]} messages
   */
  addOlder(messages) {
    for (const message of messages.toReversed()) {
      if (this.has(message.id) || this.confirm(message)) continue;
      const order = Math.max(this.#floor, Math.min(message.sentAt, this.#first?.order ?? Infinity));
      this.#latest = Math.max(this.#latest, order);
      this.#place({ ...message, order, element: this.#draw(message) });
    }
  }

  /** Starts a new part after missed messages: new messages go below the present ones, at any position. */
  breakOff() {
    this.#floor = this.#latest = this.#afterLast();
  }

  /** Adds an own message on its way: last, until it comes back. */
  addPending(message) {
    const own = { ...message, own: true };
    const entry = { ...own, id: '', order: Infinity, typed: this.#typed++, element: this.#draw(own) };
    this.#unsettled.set(message.key, entry);
    setFate(entry.element, 'sending', 'Sending…');
    this.#place(entry);
  }

  /**
   * Replaces an own message that came back. Returns false if there is none.
   *
   * @param {Message} message
   */
  confirm(message) {
    const { key, text, id, sentAt, position } = message;
    const own = this.#unsettled.get(key);
    // Others see the key once the message has travelled: a message with other words or another name is not this one.
    if (!own || own.name !== message.name || own.text !== text) return false;
    this.#unsettled.delete(key);
    if (own.element.dataset.fate !== 'sent') setFate(own.element, 'sent', 'Sent');
    showTime(own.element, sentAt);
    this.#move(own, { id, order: this.#orderOf(message), position, typed: undefined });
    this.#on.failed();
    return true;
  }

  isUnsettled(key) {
    return this.#unsettled.has(key);
  }

  /** Keeps the own message with this key in its place: it does not come back. */
  settle(key) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    this.#unsettled.delete(key);
    this.#move(own, { order: this.#afterLast(), typed: undefined });
  }

  /** The API has acknowledged the own message with this key; it comes back by itself. */
  acknowledge(key, fate = 'Sent') {
    const own = this.#unsettled.get(key) ?? this.#entries.findLast((entry) => entry.own && entry.key === key);
    if (own) setFate(own.element, 'sent', fate);
  }

  /** The own message with this key is sent again. */
  sending(key) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    setFate(own.element, 'sending', 'Sending…');
    this.#on.failed();
  }

  /** The own message with this key was refused, or has not come back yet. It stays visible at the end. */
  fail(key, reason) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    setFate(own.element, 'failed', reason);
    own.element.querySelector('.fate').append(
      ' ', button('Try again', () => this.#on.again(own)), ' ', button('Discard', () => this.#discard(own)),
    );
    this.#on.failed();
  }

  /** Adds a note about the conversation itself at the end. */
  notice(text) {
    const element = document.createElement('li');
    element.className = 'notice';
    element.textContent = text;
    this.#place({ id: '', order: this.#afterLast(), notice: true, element });
  }

  /** Marks the first unread message with a line above it; there is only one such line. */
  markUnread(id) {
    this.element.querySelector('.unread')?.classList.remove('unread');
    this.#entries.findLast((entry) => entry.id === id)?.element.classList.add('unread');
  }

  /**
   * Returns the order of a message. Messages with positions come in order, although their times may not be.
   *
   * @param {Message} message
   */
  #orderOf({ sentAt, position }) {
    if (position === undefined) return sentAt;
    return (this.#latest = Math.max(this.#latest, sentAt));
  }

  /** Position of the oldest message since the last break. */
  get #first() {
    return this.#entries.find(({ position, order }) => position !== undefined && order >= this.#floor);
  }

  /** Returns the next order by the API's clock: the clock of this browser may be wrong. */
  #afterLast() {
    const last = this.#entries.findLast(({ order }) => order !== Infinity);
    return (last?.order ?? 0) + 0.5;
  }

  #discard(own) {
    this.#unsettled.delete(own.key);
    this.#take(own);
    own.element.remove();
    this.#on.failed();
  }

  #move(entry, place) {
    this.#take(entry);
    Object.assign(entry, place);
    this.#place(entry);
  }

  #take(entry) {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return;
    this.#entries.splice(index, 1);
    this.#join(index);
  }

  #place(entry) {
    // The place is nearly always at the end, so search from there.
    const index = this.#entries.findLastIndex((other) => compare(other, entry) <= 0) + 1;
    const next = this.#entries[index]?.element ?? null;
    // An element in its place is not moved: screen readers would read it again.
    if (!entry.element.parentNode || entry.element.nextElementSibling !== next) this.element.insertBefore(entry.element, next);
    this.#entries.splice(index, 0, entry);
    if (entry.id) this.#ids.add(entry.id);
    this.#join(index);
    this.#join(index + 1);
    if (this.#entries.length <= LONGEST) return;
    const gone = this.#entries.shift();
    gone.element.remove();
    this.#ids.delete(gone.id);
    this.#join(0);
  }

  /** Groups successive messages of one sender under one name; a new day begins with its date. */
  #join(index) {
    const [before, entry] = [this.#entries[index - 1], this.#entries[index]];
    if (!entry) return;
    const joined = before !== undefined && !before.notice
      && (before.own ? entry.own : before.name === entry.name && before.from === entry.from)
      && (entry.order === Infinity || entry.order - before.order < SAME_BREATH_MILLIS);
    entry.element.classList.toggle('joined', joined === true);
    const day = dayOf(entry);
    if (day !== undefined && day !== this.#dayBefore(index)) entry.element.dataset.day = day;
    else delete entry.element.dataset.day;
  }

  #dayBefore(index) {
    let day;
    for (let before = index - 1; before >= 0 && day === undefined; before--) day = dayOf(this.#entries[before]);
    return day;
  }

  /** @param {{ name: string, text: string, from?: string, sentAt?: number, own?: boolean }} message */
  #draw({ name, from, text, sentAt, own }) {
    const { element, part } = copyOf('message');
    element.classList.toggle('own', own === true);
    element.style.setProperty('--hue', hue(name));
    part('.avatar').textContent = initial(name);
    part('.name').textContent = own ? 'You' : name;
    if (from && from !== name) part('.name').title = `Connection ${from}`;
    write(part('.text'), text);
    showTime(element, sentAt ?? Date.now());
    return element;
  }
}

function compare(a, b) {
  if (a.order !== b.order) return a.order - b.order;
  if (a.typed !== undefined && b.typed !== undefined) return a.typed - b.typed;
  const byPosition = a.position === undefined || b.position === undefined ? 0 : a.position - b.position;
  return byPosition || bySentAt({ sentAt: 0, id: a.id }, { sentAt: 0, id: b.id });
}

/** Returns the day of a message with a time; notes and pending messages have none. */
function dayOf(entry) {
  if (!entry || entry.notice || !(entry.order > 0 && entry.order < Infinity)) return undefined;
  return calendar.format(entry.order);
}

function button(text, press) {
  const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
  made.addEventListener('click', press);
  return made;
}

function setFate(element, fate, text) {
  element.dataset.fate = fate;
  element.querySelector('.fate').textContent = text;
}

function showTime(element, millis) {
  const time = element.querySelector('time');
  time.textContent = clock.format(millis);
  time.title = both.format(millis);
  time.dateTime = new Date(millis).toISOString();
}
