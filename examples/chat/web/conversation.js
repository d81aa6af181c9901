/*
 * The messages of one conversation: in the order of the history, if the API keeps one; otherwise by the time the API gave each message,
 * then by id. A message goes where it belongs, not at the end. Own ones that are not there yet, or failed, stand at the end until they are.
 */
import { write } from './words.js';
import { copyOf, hue, initial } from './dom.js';
import { bySentAt } from './vendor/broadcast-client.js';

/** What a browser scrolls with ease; the oldest go first. */
const LONGEST = 5_000;
const SAME_BREATH_MILLIS = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const both = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** @typedef {import('./messages.js').Message} Message */

export class Conversation {
  /** What the page shows of it. */
  element = document.createElement('ol');
  #entries = []; // in order: { id, order, element, … }
  #unsettled = new Map(); // own messages that have not come back, by their keys
  #typed = 0;
  #ids = new Set();
  /** The latest order of a message with a position: those come in their order. */
  #latest = 0;
  /** Where the order goes on after messages were missed: positions from before do not count any more. */
  #floor = 0;
  #on;

  /**
   * @param {object} on
   * @param {(message: object) => void} on.again
   * @param {() => void} on.failed how many have failed has changed
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
   * A message that came.
   *
   * @param {Message & { own?: boolean }} message
   */
  add(message) {
    this.#place({ ...message, order: this.#orderOf(message), element: this.#draw(message) });
  }

  /**
   * Messages of the history, in their order: from before those that came, and perhaps some of these.
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

  /** Messages were missed that cannot be had: what comes now stands below what is there, whatever its position. */
  breakOff() {
    this.#floor = this.#latest = this.#afterLast();
  }

  /** An own message on its way: last, until it comes back. */
  addPending(message) {
    const own = { ...message, own: true };
    const entry = { ...own, id: '', order: Infinity, typed: this.#typed++, element: this.#draw(own) };
    this.#unsettled.set(message.key, entry);
    setFate(entry.element, 'sending', 'Sending…');
    this.#place(entry);
  }

  /**
   * An own message came back. Returns false if it is none.
   *
   * @param {Message} message
   */
  confirm(message) {
    const { key, text, id, sentAt, position } = message;
    const own = this.#unsettled.get(key);
    // Others see the key once it has travelled: who says something else with it says it in their own name.
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

  /** The own message with this key does not come back: it stays where it is said. */
  settle(key) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    this.#unsettled.delete(key);
    this.#move(own, { order: this.#afterLast(), typed: undefined });
  }

  /** The API has the own message with this key; it comes back by itself. */
  acknowledge(key, fate = 'Sent') {
    const own = this.#unsettled.get(key) ?? this.#entries.findLast((entry) => entry.own && entry.key === key);
    if (own) setFate(own.element, 'sent', fate);
  }

  /** The own message with this key is on its way again. */
  sending(key) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    setFate(own.element, 'sending', 'Sending…');
    this.#on.failed();
  }

  /** The own message with this key was refused, or has not come back, which it may yet. It stays at the end, where it is seen. */
  fail(key, reason) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    setFate(own.element, 'failed', reason);
    own.element.querySelector('.fate').append(
      ' ', button('Try again', () => this.#on.again(own)), ' ', button('Discard', () => this.#discard(own)),
    );
    this.#on.failed();
  }

  /** A line about the conversation itself, below what is there. */
  notice(text) {
    const element = document.createElement('li');
    element.className = 'notice';
    element.textContent = text;
    this.#place({ id: '', order: this.#afterLast(), notice: true, element });
  }

  /** The first message that has not been read: a line stands above it, and above no other. */
  markUnread(id) {
    this.element.querySelector('.unread')?.classList.remove('unread');
    this.#entries.findLast((entry) => entry.id === id)?.element.classList.add('unread');
  }

  /**
   * Messages with positions come in order, and their times may not be: each goes behind those before it.
   *
   * @param {Message} message
   */
  #orderOf({ sentAt, position }) {
    if (position === undefined) return sentAt;
    return (this.#latest = Math.max(this.#latest, sentAt));
  }

  /** The oldest message since the last break that has a position. */
  get #first() {
    return this.#entries.find(({ position, order }) => position !== undefined && order >= this.#floor);
  }

  /** A place in the order, by the API's clock: this window's may be wrong. */
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
    // Nearly always the last one: look from the end.
    const index = this.#entries.findLastIndex((other) => compare(other, entry) <= 0) + 1;
    const next = this.#entries[index]?.element ?? null;
    // What stands in its place already is left there: screen readers would read it out again.
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

  /** What somebody says in one breath stands under one name; a new day begins with its date. */
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

/** The day of a message that has a time; notices and what has not come back belong to none. */
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
