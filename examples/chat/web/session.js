/*
 * The API's features for this page. Every API has the conversation of all connections; one with channels has rooms, and one with users has
 * direct messages. The API announces its features after the connection.
 */
import { decode, personalChannel } from './messages.js';
import { Room } from './room.js';
import { Stream } from './stream.js';

/** Public rooms. The API decides about their names: see `addChannels` in app.ts. */
const PUBLIC = [
  { id: 'room:lobby', title: 'Lobby', topic: 'Where everybody begins' },
  { id: 'room:help', title: 'Help', topic: 'Ask, and somebody may know' },
  { id: 'room:random', title: 'Random', topic: 'Everything else' },
];
export const EVERYONE = 'everyone';
const ROOM = 'room:';
const DIRECT = 'dm:';
/** Part of a channel's name that names the room. */
const SLUG = /^[a-z0-9][a-z0-9_.-]*$/;

/** Rooms that were opened by hand, kept over a reload. */
const opened = {
  get: () => JSON.parse(sessionStorage.getItem('rooms') ?? '[]'),
  set: (ids) => sessionStorage.setItem('rooms', JSON.stringify(ids)),
};

/** @typedef {import('./messages.js').Message & { own: boolean }} ReadMessage */

export class Session {
  /** @type {Map<string, Room>} by id */
  rooms = new Map();
  /** Whether the API knows its users, so that names are verified. */
  isNamed = false;
  /** Whether the rooms are known, and so where a message would go. Before that, an API with rooms looks like one without. */
  isReady = false;
  #client;
  #me;
  #on;
  #hasBegun = false;
  /** Rooms that are being opened, by id. */
  #opening = new Map();
  /** @type {Stream | undefined} direct messages to the user, with copies of those that the user sent */
  #inbox;

  /**
   * @param {import('broadcast-websocket-client').BroadcastClient} client
   * @param {() => string} me name of this page's user
   * @param {object} on
   * @param {(room: Room, message: ReadMessage) => void} on.message
   * @param {(room: Room, messages: ReadMessage[]) => void} on.older messages of the history
   * @param {(room: Room) => void} on.gap messages of a room were missed, and cannot be recovered
   * @param {(room: Room) => void} on.opened
   * @param {() => void} on.changed the state of a room has changed
   * @param {(room: Room, message: any) => void} on.again
   */
  constructor(client, me, on) {
    this.#client = client;
    this.#me = me;
    this.#on = on;
    const everyone = this.#make(EVERYONE, {
      kind: 'everyone',
      title: 'Broadcast chat',
      stream: this.#streamOf({
        publish: (message, options) => client.send(message, options),
        history: (options) => client.history(options),
        get position() {
          return client.position;
        },
      }, () => everyone),
    });
    this.#add(everyone);
    client.on('message', (envelope) => this.#receive(envelope, () => everyone));
    client.on('gap', ({ channel }) => {
      if (channel === undefined) this.#missed([everyone]);
    });
  }

  get hasRooms() {
    return this.rooms.size > 1;
  }

  get hasDirect() {
    return this.#inbox !== undefined;
  }

  /** Starts when the API is ready, also after a reconnect. Settles once all conversations are open. */
  async begin() {
    const { layers } = this.#client;
    this.isNamed = layers.includes('people');
    for (const stream of new Set([...this.rooms.values()].map((room) => room.stream))) if (!stream.isLoaded) void this.#load(stream);
    if (!layers.includes('channels')) this.isReady = true;
    if (this.#hasBegun || this.isReady) return;
    this.#hasBegun = true;
    const ids = opened.get().filter((id) => !PUBLIC.some((room) => room.id === id));
    const absent = () => undefined; // The API has no such room.
    await Promise.all([
      ...PUBLIC.map((room, place) => this.#join({ ...room, place }).catch(absent)),
      ...ids.map((id) => this.enter(id).catch(absent)),
      this.isNamed && this.#openInbox().catch(absent),
    ]);
    this.isReady = true;
  }

  /**
   * Returns the conversation with this id, and opens it if needed. Rejects when the API has no such room.
   *
   * @returns {Promise<Room>}
   */
  async enter(id) {
    const room = this.rooms.get(id);
    if (room) return room;
    if (id.startsWith(DIRECT) && this.#inbox) return this.#direct(id.slice(DIRECT.length));
    if (!id.startsWith(ROOM)) throw new Error('there is no such room');
    const joined = await this.#join({ id, title: id.slice(ROOM.length), canLeave: true });
    opened.set([...new Set([...opened.get(), id])]);
    return joined;
  }

  /** Leaves a room that was opened by hand. */
  leave({ id }) {
    this.rooms.delete(id);
    opened.set(opened.get().filter((other) => other !== id));
    void this.#client.channel(id).unsubscribe().catch(() => undefined); // The connection that was subscribed is gone.
    this.#on.changed();
  }

  /** Loads earlier messages of a room. */
  async loadOlder({ stream, conversation }) {
    const { length } = conversation;
    // All direct messages to one user are one history: a page of it may have none of this conversation.
    while (stream.hasOlder && !conversation.isFull && conversation.length === length && await stream.loadOlder());
    this.#on.changed();
  }

  /** Requests the list of a room's users. The API sends it on every change, but a frame may be lost. */
  async askPeople(room) {
    if (room.kind !== 'room' || !this.#client.layers.includes('presence')) return;
    room.peopleAt = Date.now();
    const people = await this.#client.channel(room.id).presence().catch(() => undefined); // Not every room has a list.
    if (people) this.#showPeople(room, people);
  }

  /** Whether a user is in one of the rooms. */
  isHere(name) {
    return [...this.rooms.values()].some((room) => room.has(name));
  }

  /** @param {import('./room.js').About} about */
  #make(id, about) {
    return new Room(id, about, { again: (room, message) => this.#on.again(room, message), changed: () => this.#on.changed() });
  }

  #add(room) {
    this.rooms.set(room.id, room);
    return room;
  }

  /** @param {(message: ReadMessage) => Room} roomOf */
  #streamOf(source, roomOf) {
    return new Stream(source, () => this.#client.layers.includes('history'), (envelopes) => {
      const filed = new Map();
      for (const message of envelopes.map((envelope) => this.#read(envelope))) {
        const room = roomOf(message);
        filed.set(room, [...filed.get(room) ?? [], message]);
      }
      for (const [room, messages] of filed) this.#on.older(room, messages);
    });
  }

  async #load(stream) {
    await stream.loadNewest();
    this.#on.changed();
  }

  /** @returns {Promise<Room>} */
  #join(about) {
    const { id } = about;
    const opening = this.#opening.get(id) ?? this.#subscribe(about).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opening);
    return opening;
  }

  /** @param {Omit<import('./room.js').About, 'kind' | 'stream'> & { id: string }} about */
  async #subscribe({ id, ...about }) {
    const channel = this.#client.channel(id);
    const stream = this.#streamOf(channel, () => room);
    const room = this.#make(id, { kind: 'room', stream, ...about });
    const offs = [
      channel.on('message', (envelope) => this.#receive(envelope, () => room)),
      channel.on('presence', (people) => this.#showPeople(room, people)),
      channel.on('gap', () => this.#missed([room])),
    ];
    try {
      await channel.subscribe();
    } catch (error) {
      offs.forEach((off) => off());
      throw error;
    }
    this.#add(room);
    this.#on.opened(room);
    void this.#load(stream);
    return room;
  }

  async #openInbox() {
    const channel = this.#client.channel(personalChannel(this.#me()));
    const roomOf = (message) => this.#direct(this.#partner(message));
    const stream = this.#streamOf(channel, roomOf);
    channel.on('message', (envelope) => this.#receive(envelope, roomOf));
    channel.on('gap', () => this.#missed([...this.rooms.values()].filter((room) => room.stream === stream)));
    this.#inbox = stream;
    try {
      await channel.subscribe();
    } catch (error) {
      this.#inbox = undefined;
      throw error;
    }
    void this.#load(stream);
  }

  #direct(name) {
    const id = DIRECT + name;
    const to = name === this.#me() ? undefined : this.#client.channel(personalChannel(name));
    return this.rooms.get(id) ?? this.#add(this.#make(id, { kind: 'direct', title: name, stream: this.#inbox, to }));
  }

  /** Returns the other user of a direct message: for a received one the sender, for the user's own the recipient. */
  #partner({ own, name, to }) {
    return own && to !== undefined ? to : name;
  }

  /** @returns {ReadMessage} */
  #read(envelope) {
    this.isNamed ||= this.#client.layers.includes('people'); // Messages may come before the features are known.
    const message = decode(envelope, this.isNamed);
    return { ...message, own: this.isNamed && message.from === this.#me() };
  }

  #receive(envelope, roomOf) {
    const message = this.#read(envelope);
    this.#on.message(roomOf(message), message);
  }

  #missed(rooms) {
    for (const room of rooms) this.#on.gap(room);
    for (const stream of new Set(rooms.map((room) => room.stream))) void this.#load(stream);
  }

  #showPeople(room, people) {
    room.people = people;
    room.peopleAt = Date.now();
    this.#on.changed();
  }
}

/** Returns the room id for a typed name; undefined if no room can have that name. */
export function roomIdOf(typed) {
  const slug = typed.trim().toLowerCase().replace(/^#/, '').replace(/\s+/g, '-');
  return SLUG.test(slug) ? ROOM + slug : undefined;
}

/** Returns the id of the conversation with a user. */
export const directIdOf = (name) => DIRECT + name;
