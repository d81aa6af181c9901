/* The list of conversations: rooms, and direct ones. Each is a link, so that the browser's back button works. */
import { $, copyOf, hue, initial, set, showBadge } from './dom.js';
import { roomIdOf } from './session.js';

/** @typedef {import('./room.js').Room} Room */

/**
 * @param {object} on
 * @param {(id: string) => Promise<void>} on.open rejects when there is no such room
 */
export function openRoomForm({ open }) {
  const field = $('room-name');
  const say = (problem) => {
    $('room-problem').textContent = problem;
  };
  field.addEventListener('input', () => say(''));
  $('open-room').addEventListener('submit', async (event) => {
    event.preventDefault();
    if (field.value.trim() === '') return;
    const id = roomIdOf(field.value);
    if (!id) return say('Use letters from a to z, digits, and . _ - in between.');
    try {
      await open(id);
      field.value = '';
    } catch (error) {
      say(error.code === 'too_many' ? 'You have reached the limit of rooms: leave one first.' : 'This chat has no such room.');
    }
  });
}

/**
 * Shows the conversations.
 *
 * @param {readonly Room[]} rooms in order
 * @param {readonly Room[]} direct
 * @param {Room | undefined} current
 * @param {(room: Room) => boolean} isHere whether the other user is in a room
 */
export function showList(rooms, direct, current, isHere) {
  fill($('rooms'), rooms.map((room) => ({ room, mark: room.kind === 'everyone' ? '✦' : '#' })), current);
  fill($('direct'), direct.map((room) => ({ room, mark: initial(room.title), isHere: isHere(room) })), current);
  set($('no-direct'), { hidden: direct.length > 0 });
}

/** Keeps existing entries, and with them the focus. */
function fill(list, entries, current) {
  const had = new Map([...list.children].map((each) => [each.dataset.id, each]));
  for (const [index, { room, mark, isHere }] of entries.entries()) {
    const entry = had.get(room.id) ?? newEntry(room);
    had.delete(room.id);
    if (list.children[index] !== entry) list.insertBefore(entry, list.children[index] ?? null);
    const part = (selector) => entry.querySelector(selector);
    set(part('a'), { ariaCurrent: room === current ? 'page' : null, title: room.failures > 0 ? 'A message was not sent' : '' });
    set(part('.label'), { textContent: room.title });
    set(part('.mark'), { textContent: mark });
    entry.classList.toggle('here', isHere === true);
    entry.classList.toggle('failed', room.failures > 0);
    showBadge(part('.badge'), room.unread);
  }
  for (const gone of had.values()) gone.remove();
}

function newEntry({ id, kind, title }) {
  const { element, part } = copyOf('entry');
  element.dataset.id = id;
  element.classList.add(kind);
  element.style.setProperty('--hue', hue(title));
  part('a').href = `#${encodeURIComponent(id)}`;
  return element;
}
