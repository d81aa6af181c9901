/*
 * The conversation on the page: in the order of the history, if the API keeps one; otherwise by the time the API gave each message, then
 * by id. A message goes where it belongs, not at the end.
 *
 * Everything is written with textContent: whatever a message holds, it stays text.
 */
import { bySentAt } from './vendor/broadcast-client.js';

/** What a browser scrolls with ease; the oldest go first. */
const LONGEST = 5_000;
const SAME_BREATH_MILLIS = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const both = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** One colour a name, the same on every screen. */
function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

export class Conversation {
  #entries = []; // in order: { id, sentAt, element, … }
  #unsettled = new Map(); // own messages that have not come back, by their keys
  /** The latest time of a message with a position: those come in their order. */
  #latest = 0;
  #list;
  #template;
  #on;

  /**
   * @param {object} on
   * @param {(message: { key: string, name: string, text: string }) => void} on.sayAgain
   */
  constructor(list, template, on) {
    this.#list = list;
    this.#template = template;
    this.#on = on;
  }

  /** A message that came. */
  add(message) {
    this.#place({ ...message, sentAt: this.#ordered(message), element: this.#draw(message) });
  }

  /** An own message on its way: last, until it comes back. */
  addPending(message) {
    const own = { ...message, own: true };
    const entry = { ...own, id: pendingId(message.key), sentAt: Infinity, element: this.#draw(own) };
    this.#unsettled.set(message.key, entry);
    setFate(entry.element, 'sending', 'Sending…');
    this.#place(entry);
  }

  /**
   * An own message came back. Returns false if it is none.
   *
   * @param {import('./messages.js').Message} message
   */
  confirm(message) {
    const { key, name, text, id, sentAt } = message;
    const own = this.#unsettled.get(key);
    // Others see the key once it has travelled: whoever says something else with it says it in their own name.
    if (!own || own.name !== name || own.text !== text) return false;
    this.#unsettled.delete(key);
    setFate(own.element, 'sent', 'Sent');
    showTime(own.element, sentAt);
    this.#move(own, { id, sentAt: this.#ordered(message), position: message.position });
    return true;
  }

  isUnsettled(key) {
    return this.#unsettled.has(key);
  }

  /** The API has the own message with this key; it comes back by itself. */
  acknowledge(key) {
    const own = this.#unsettled.get(key);
    if (own) setFate(own.element, 'sent', 'Sent');
  }

  /** The own message with this key is on its way again. */
  sending(key) {
    const own = this.#unsettled.get(key);
    if (!own) return;
    setFate(own.element, 'sending', 'Sending…');
    this.#move(own, { sentAt: Infinity });
  }

  /** The own message with this key has not come back; it may yet. */
  doubt(key, reason = 'Not confirmed: perhaps nobody got this.') {
    const own = this.#unsettled.get(key);
    if (!own) return;
    setFate(own.element, 'doubtful', reason);
    const again = document.createElement('button');
    again.type = 'button';
    again.textContent = 'Try again';
    again.addEventListener('click', () => this.#on.sayAgain(own));
    own.element.querySelector('.fate').append(' ', again);
    this.#move(own, { sentAt: this.#afterLast() });
  }

  /** A line about the chat itself, below what is there. */
  notice(text) {
    const element = document.createElement('li');
    element.className = 'notice';
    element.textContent = text;
    this.#place({ id: '', sentAt: this.#afterLast(), notice: true, element });
  }

  /** The first message that has not been read: a line stands above it, and above no other. */
  markUnread(id) {
    this.#list.querySelector('.unread')?.classList.remove('unread');
    this.#entries.findLast((entry) => entry.id === id)?.element.classList.add('unread');
  }

  /**
   * Messages with positions come in order, and their times may not be: each goes behind those before it.
   *
   * @param {import('./messages.js').Message} message
   */
  #ordered({ sentAt, position }) {
    if (position === undefined) return sentAt;
    return (this.#latest = Math.max(this.#latest, sentAt));
  }

  /** A place in the order, by the API's clock: this window's may be wrong. */
  #afterLast() {
    const last = this.#entries.findLast(({ sentAt }) => sentAt !== Infinity);
    return (last?.sentAt ?? 0) + 0.5;
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
    if (!entry.element.isConnected || entry.element.nextElementSibling !== next) this.#list.insertBefore(entry.element, next);
    this.#entries.splice(index, 0, entry);
    this.#join(index);
    this.#join(index + 1);
    if (this.#entries.length <= LONGEST) return;
    this.#entries.shift().element.remove();
    this.#join(0);
  }

  /** What somebody says in one breath stands under one name; a new day begins with its date. */
  #join(index) {
    const [before, entry] = [this.#entries[index - 1], this.#entries[index]];
    if (!entry) return;
    const joined = before !== undefined && !before.notice
      && (before.own ? entry.own : before.name === entry.name && before.from === entry.from)
      && (entry.sentAt === Infinity || entry.sentAt - before.sentAt < SAME_BREATH_MILLIS);
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

  #draw({ name, from, text, sentAt, own }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const part = (selector) => element.querySelector(selector);
    element.classList.toggle('own', own === true);
    element.style.setProperty('--hue', hue(name));
    part('.avatar').textContent = [...name][0].toUpperCase();
    part('.name').textContent = own ? 'You' : name;
    if (from) part('.name').title = `Connection ${from}`;
    part('.text').textContent = text;
    showTime(element, sentAt ?? Date.now());
    return element;
  }
}

function compare(a, b) {
  const byPosition = a.position === undefined || b.position === undefined ? 0 : a.position - b.position;
  return a.sentAt === b.sentAt && byPosition !== 0 ? byPosition : bySentAt(a, b);
}

/** No id of API Gateway's has a space. */
function pendingId(key) {
  return `pending ${key}`;
}

/** The day of a message that has a time; notices and what has not come back belong to none. */
function dayOf(entry) {
  if (!entry || entry.notice || !(entry.sentAt > 0 && entry.sentAt < Infinity)) return undefined;
  return calendar.format(entry.sentAt);
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
