/*
 * The conversation on the page: each message once, ordered by the time the API gave it, then by id. No order of arrival
 * is promised, so a message goes where it belongs, not at the end.
 *
 * Everything is written with textContent: whatever a message holds, it stays text.
 */

const LONGEST = 500;
const SAME_BREATH_MS = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function order(a, b) {
  return a.sentAt - b.sentAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}

/** One colour a name, the same on every screen. */
function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

export class Conversation {
  #entries = []; // in order: { id, sentAt, element, … }
  #list;
  #template;

  constructor(list, template) {
    this.#list = list;
    this.#template = template;
  }

  /** A message that came. Returns false if it had come before. */
  add(message) {
    if (this.#entries.some(({ id }) => id === message.id)) return false;
    this.#place({ ...message, element: this.#draw(message) });
    return true;
  }

  /** An own message on its way: last, until it comes back. */
  addPending(message) {
    const own = { ...message, own: true };
    this.#place({ ...own, id: pendingId(message.key), sentAt: Infinity, element: this.#draw(own, 'Sending…') });
  }

  /** An own message came back. Returns false if it is none, or not (or no longer) on its way. */
  confirm({ key, name, text, id, sentAt }) {
    const own = this.#pending(key);
    // Others see the key once it has travelled: whoever says something else with it says it in their own name.
    if (!own || own.name !== name || own.text !== text) return false;
    this.#settle(own, { id, sentAt }, '');
    showTime(own.element, sentAt);
    return true;
  }

  /** The own message with this key has not come back; it may yet. */
  doubt(key) {
    const own = this.#pending(key);
    if (own) this.#settle(own, { sentAt: this.#afterLast() }, 'Not confirmed: perhaps nobody got this');
  }

  /** A line about the chat itself, below what is there. */
  notice(text) {
    const element = document.createElement('li');
    element.className = 'notice';
    element.textContent = text;
    this.#place({ id: '', sentAt: this.#afterLast(), notice: true, element });
  }

  /** A place in the order, by the API's clock: this window's may be wrong. */
  #afterLast() {
    const last = this.#entries.findLast(({ sentAt }) => sentAt !== Infinity);
    return (last?.sentAt ?? 0) + 0.5;
  }

  #pending(key) {
    return this.#entries.find(({ id }) => id === pendingId(key));
  }

  #settle(entry, place, fate) {
    const index = this.#entries.indexOf(entry);
    this.#entries.splice(index, 1);
    this.#join(index);
    Object.assign(entry, place);
    entry.element.classList.remove('pending');
    entry.element.querySelector('.fate').textContent = fate;
    this.#place(entry);
  }

  #place(entry) {
    // Nearly always the last one: look from the end.
    const index = this.#entries.findLastIndex((other) => order(other, entry) <= 0) + 1;
    const next = this.#entries[index]?.element ?? null;
    // What stands in its place already is left there: screen readers would read it out again.
    if (!entry.element.isConnected || entry.element.nextElementSibling !== next) this.#list.insertBefore(entry.element, next);
    this.#entries.splice(index, 0, entry);
    this.#join(index);
    this.#join(index + 1);
    if (this.#entries.length > LONGEST) this.#entries.shift().element.remove();
  }

  /** What somebody says in one breath stands under one name. */
  #join(index) {
    const [before, entry] = [this.#entries[index - 1], this.#entries[index]];
    const joined = before !== undefined && !before.notice
      && (before.own ? entry?.own : before.name === entry?.name && before.from === entry.from)
      && (entry.sentAt === Infinity || entry.sentAt - before.sentAt < SAME_BREATH_MS);
    entry?.element.classList.toggle('joined', joined === true);
  }

  #draw({ name, from, text, sentAt, own }, fate) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const part = (selector) => element.querySelector(selector);
    element.classList.toggle('own', own === true);
    element.classList.toggle('pending', fate !== undefined);
    element.style.setProperty('--hue', hue(name));
    part('.avatar').textContent = [...name][0].toUpperCase();
    part('.name').textContent = own ? 'You' : name;
    if (from) part('.name').title = `Connection ${from}`;
    part('.text').textContent = text;
    part('.fate').textContent = fate ?? '';
    showTime(element, sentAt ?? Date.now());
    return element;
  }
}

/** No id of API Gateway's has a space. */
function pendingId(key) {
  return `pending ${key}`;
}

function showTime(element, millis) {
  const time = element.querySelector('time');
  time.textContent = clock.format(millis);
  time.dateTime = new Date(millis).toISOString();
}
