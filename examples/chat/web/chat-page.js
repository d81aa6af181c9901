/* Connects the parts of the page. */
import { Composer } from './composer.js';
import { ConnectionView, overheard } from './connection.js';
import { Deliveries } from './deliveries.js';
import { $, set, showBadge } from './dom.js';
import { Marks } from './marks.js';
import { newKey, tidyName } from './messages.js';
import { nameField } from './name.js';
import { peoplePanel, showPeople } from './people.js';
import { Reader } from './reader.js';
import { showRoom } from './room-view.js';
import { directIdOf, EVERYONE, Session } from './session.js';
import { openRoomForm, showList } from './sidebar.js';
import { connect } from './vendor/broadcast-client.js';

const TITLE = document.title;
/** Interval for requesting the list of users, since a frame may be lost. */
const ASK_PEOPLE_MILLIS = 9 * 60_000;
/** A server on this machine is back at once, and has no other clients to protect. */
const ON_THIS_MACHINE = { firstDelay: 1_000, shortestDelay: 250, longestDelay: 2_000 };
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @typedef {import('./room.js').Room} Room */

export class Chat {
  #host;
  /** @type {import('broadcast-websocket-client').BroadcastClient} */
  #client;
  #session;
  #reader = new Reader((room) => this.#read(room));
  #name = nameField(() => this.#renamed());
  #marks = new Marks(() => this.#name());
  #people = peoplePanel();
  #connection;
  #composer;
  #deliveries;
  #isDue = false;

  /**
   * @param {string} url
   * @param {() => void} changeAddress
   */
  constructor(url, changeAddress) {
    const { host, hostname } = new URL(url);
    this.#host = host;
    for (const element of document.getElementsByClassName('address')) element.textContent = host;
    this.#connection = new ConnectionView(host, {
      retry: () => this.#client.retry(),
      change: () => {
        this.#client.close();
        changeAddress();
      },
      changed: () => this.#composer?.look(),
    });
    this.#composer = new Composer(() => this.#connection.isOpen && this.#session.isReady, (text) => this.#say(text));
    this.#client = /** @type {any} */ (connect({
      url: () => withName(url, this.#name()),
      timing: LOOPBACK.test(hostname) ? ON_THIS_MACHINE : {},
      WebSocket: overheard((data) => this.#connection.received(data)),
    }));
    this.#deliveries = new Deliveries(this.#client);
    this.#session = new Session(this.#client, this.#name, {
      message: (room, message) => this.#receive(room, message),
      older: (room, messages) => this.#receiveOlder(room, messages),
      gap: (room) => this.#missed(room),
      opened: () => void this.#follow(),
      changed: () => this.#changed(),
      again: (room, message) => this.#sayAgain(room, message),
    });
    this.#client.on('state', ({ state, retryAt }) => this.#become(state, retryAt));
    this.#client.on('error', ({ code, message }) => {
      this.#deliveries.doubtAll(); // The API does not acknowledge: any pending message may be the refused one.
      if (code !== 'timeout') this.#reader.room.conversation.notice(message); // The client subscribes again by itself.
      this.#changed();
    });
    this.#listen();
    $('app').hidden = false;
    this.#show(this.#session.rooms.get(EVERYONE));
  }

  #listen() {
    addEventListener('hashchange', () => void this.#follow());
    openRoomForm({
      open: async (id) => {
        await this.#session.enter(id);
        location.hash = encodeURIComponent(id);
      },
    });
    $('sidebar').addEventListener('click', ({ target }) => {
      if (target.closest('a')) this.#leaveList();
    });
    $('back').addEventListener('click', () => {
      document.body.classList.add('with-list');
      $('sidebar').querySelector('[aria-current]')?.focus();
    });
    $('leave').addEventListener('click', () => {
      this.#session.leave(this.#reader.room);
      location.hash = '';
    });
    $('older').addEventListener('click', () => void this.#reader.keepPlace(() => this.#session.loadOlder(this.#reader.room)));
    const ask = (age) => {
      const { room } = this.#reader;
      if (Date.now() - room.peopleAt >= age) void this.#session.askPeople(room);
    };
    setInterval(() => ask(ASK_PEOPLE_MILLIS), 60_000);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') ask(60_000);
    });
  }

  async #become(state, retryAt) {
    this.#connection.become(state, retryAt);
    if (state === 'reconnecting') this.#deliveries.doubtAll();
    if (state === 'open') {
      await this.#session.begin();
      this.#composer.look();
      await this.#follow();
    }
    this.#changed();
  }

  /** Shows the conversation in the page's address, or the first one. */
  async #follow() {
    const { rooms } = this.#session;
    let id = '';
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      // Not one of ours.
    }
    if (id.startsWith(directIdOf(''))) id = directIdOf(tidyName(id.slice(directIdOf('').length)));
    const named = id === '' ? undefined : await this.#session.enter(id).catch(() => undefined);
    const room = named ?? this.#listed()[0] ?? rooms.get(EVERYONE);
    if (room !== this.#reader.room) this.#show(room);
    this.#changed();
  }

  /** @param {Room} room */
  #show(room) {
    const { draft } = this.#composer;
    // While the rooms come, the page turns to each that stands before the others: what was typed meanwhile goes with it.
    if (!this.#session.isReady) room.draft ||= draft;
    else if (this.#reader.room) this.#reader.room.draft = draft;
    this.#people.close();
    this.#reader.show(room);
    this.#render();
    this.#composer.draft = room.draft;
    this.#leaveList();
    if (Date.now() - room.peopleAt >= ASK_PEOPLE_MILLIS) void this.#session.askPeople(room);
    // On a phone, the keyboard would cover the conversation.
    if (matchMedia('(pointer: fine)').matches) $('text').focus();
  }

  #leaveList() {
    document.body.classList.remove('with-list');
  }

  #say(text) {
    const { room } = this.#reader;
    const message = { key: newKey(), name: this.#name(), text, isNamed: this.#session.isNamed };
    room.conversation.addPending(message);
    this.#reader.goToEnd();
    void this.#deliveries.send(room, message);
    this.#changed();
  }

  #sayAgain(room, message) {
    if (!this.#connection.isOpen) return this.#client.retry();
    room.conversation.sending(message.key);
    $('text').focus(); // The pressed button is gone.
    void this.#deliveries.send(room, message, true);
  }

  #receive(room, message) {
    this.#connection.read();
    this.#changed();
    if (room.conversation.has(message.id)) return; // The message was in the history that was loaded meanwhile.
    room.latest = Math.max(room.latest, message.sentAt);
    if (room.conversation.confirm(message)) return this.#deliveries.arrived(message.key);
    room.conversation.add(message);
    if (this.#reader.isReading(room)) this.#read(room);
    else if (!message.own) this.#addUnread(room, [message]);
  }

  #receiveOlder(room, messages) {
    const unread = messages.filter((message) => !message.own && !room.conversation.has(message.id) && !this.#marks.hasRead(room, message));
    room.conversation.addOlder(messages);
    room.latest = Math.max(room.latest, ...messages.map(({ sentAt }) => sentAt));
    if (this.#reader.isReading(room)) this.#read(room);
    else if (unread.length > 0) this.#addUnread(room, unread);
    this.#connection.read();
    this.#changed();
  }

  #addUnread(room, messages) {
    if (room.unread === 0) room.conversation.markUnread(messages[0].id);
    room.unread += messages.length;
    this.#reader.look();
  }

  #read(room) {
    this.#marks.read(room, room.conversation.newest);
    if (room.unread === 0) return;
    room.unread = 0;
    this.#changed();
  }

  #missed(room) {
    room.conversation.breakOff();
    room.conversation.notice('Connected again. Messages in between were not kept.');
    this.#changed();
  }

  /** An API with users knows this one by the name: the page starts again under the new name. */
  #renamed() {
    if (this.#session.isNamed) location.reload();
  }

  /** Combines many changes of a moment. */
  #changed() {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#render());
  }

  #render() {
    this.#isDue = false;
    const session = this.#session;
    const { room } = this.#reader;
    const { hasRooms } = session;
    if (hasRooms) this.#offerRooms();
    const all = [...session.rooms.values()];
    const direct = all.filter(({ kind }) => kind === 'direct').sort((a, b) => b.latest - a.latest || a.title.localeCompare(b.title));
    showList(this.#listed(), direct, room, ({ title }) => session.isHere(title));
    showPeople(room, this.#name(), session.hasDirect);
    showRoom(room, {
      host: this.#host,
      hasRooms,
      isReady: session.isReady,
      isConnected: this.#client.state === 'open',
      keepsHistory: this.#client.layers.includes('history'),
      isHere: session.isHere(room.title),
    });
    const unread = all.reduce((sum, each) => sum + each.unread, 0);
    set(document, { title: unread > 0 ? `(${unread}) ${TITLE}` : TITLE });
    const icon = unread > 0 ? 'icon-unread.svg' : 'icon.svg';
    if ($('icon').getAttribute('href') !== icon) $('icon').href = icon;
    showBadge($('back').querySelector('.badge'), unread - room.unread);
  }

  /** Returns the rooms, and the conversation of all once it has a message. */
  #listed() {
    const { rooms, hasRooms } = this.#session;
    const all = [...rooms.values()];
    const everyone = all.filter((room) => room.kind === 'everyone' && (!room.conversation.isEmpty || room === this.#reader.room));
    return hasRooms ? [...all.filter(({ kind }) => kind === 'room').sort(byPlace), ...everyone] : everyone;
  }

  #offerRooms() {
    const { rooms, isNamed, hasDirect } = this.#session;
    rooms.get(EVERYONE).title = 'Announcements';
    document.body.classList.add('with-rooms');
    for (const id of ['sidebar', 'back']) set($(id), { hidden: false });
    set($('direct-messages'), { hidden: !hasDirect });
    set($('unproven'), { hidden: !isNamed });
    if ($('speaker').parentElement !== $('me')) $('me').prepend($('speaker'));
  }
}

/** Orders rooms: the public ones come first. */
function byPlace(a, b) {
  return a.place === b.place ? a.title.localeCompare(b.title) : a.place - b.place;
}

/** Adds the name to the address: the chat's authorizer reads it there, and other APIs ignore it. */
function withName(url, name) {
  const { origin, pathname, search } = new URL(url);
  const others = search.slice(1).split('&').filter((pair) => pair !== '' && !pair.startsWith('name='));
  return `${origin}${pathname}?${[...others, `name=${encodeURIComponent(name)}`].join('&')}`;
}
