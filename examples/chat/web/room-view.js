/* The shown conversation: its heading, a text while it has no messages, and whether one can write. */
import { $, set } from './dom.js';

/** @typedef {import('./room.js').Room} Room */

/**
 * @param {Room} room
 * @param {object} now
 * @param {string} now.host
 * @param {boolean} now.hasRooms
 * @param {boolean} now.isReady whether it is known where a message would go
 * @param {boolean} now.isConnected
 * @param {boolean} now.keepsHistory
 * @param {boolean} now.isHere whether the other user of a direct conversation is connected
 */
export function showRoom(room, { host, hasRooms, isReady, isConnected, keepsHistory, isHere }) {
  const isReadOnly = room.kind === 'everyone' && hasRooms;
  set($('title'), { textContent: room.title });
  set($('about'), { textContent: aboutOf(room, hasRooms, isHere) ?? host });
  set($('logo'), { hidden: hasRooms });
  set($('leave'), { hidden: !room.canLeave });
  set($('read-only'), { hidden: !isReadOnly });
  set($('composer'), { hidden: isReadOnly });
  set($('text'), { placeholder: placeholderOf(room, isReady) });
  set($('older'), { hidden: !room.stream.hasOlder || room.conversation.isFull });
  set($('empty'), { hidden: !room.conversation.isEmpty });
  if (room.conversation.isEmpty) showEmpty(room, { isReadOnly, isLoaded: isConnected && room.stream.isLoaded, keepsHistory });
}

function placeholderOf({ kind, title }, isReady) {
  if (!isReady) return 'Write a message';
  return kind === 'everyone' ? 'Write to everyone' : `Write to ${title}`;
}

function aboutOf({ kind, topic, id }, hasRooms, isHere) {
  if (kind === 'direct') return isHere ? 'Here now' : 'Away: gets your messages later';
  if (kind === 'room') return topic || `#${id.replace(/^room:/, '')}`;
  return hasRooms ? 'From backends, to all who are connected' : undefined;
}

function showEmpty(room, state) {
  const [title, text, invites] = emptyOf(room, state);
  set($('empty-title'), { textContent: title });
  set($('empty-text'), { textContent: text });
  set($('second'), { hidden: !invites, href: location.href });
}

/** Returns a title, a text, and whether to suggest a second window. It never says "quiet" before that is known. */
function emptyOf({ kind, title }, { isReadOnly, isLoaded, keepsHistory }) {
  if (!isLoaded) return ['One moment', 'Earlier messages are loading.', false];
  if (isReadOnly) return ['No announcements yet', 'Messages from backends to everybody appear here.', false];
  if (kind === 'direct') return [`Only you and ${title}`, 'Nobody else gets what you write here.', false];
  if (!keepsHistory) return ['Nothing since you came', 'This chat keeps no history: messages begin now. Say hello.', true];
  return ['It is quiet in here', 'Say hello, or talk to yourself.', true];
}
