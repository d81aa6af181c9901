/*
 * Format of messages. A client sends its words as JSON text; the API wraps that text into an envelope,
 * {"type":"message","id","from","sentAt","message"}, and sends it to all recipients, including the sender.
 *
 * Only `from` is verified by the API. If it knows its users, `from` is the sender's name. If not, it is a connection id, and the name in the
 * words is only a claim: any client can send any name.
 */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} sentAt epoch milliseconds
 * @property {string} from
 * @property {string} name
 * @property {string} text
 * @property {number} [position] in the history
 * @property {string} [key] key of a message from this page
 * @property {string} [to] recipient of a direct message, according to the sender
 */

const NAME_LENGTH = 40;
/** Longest user id. It is the name, with each byte that is not ASCII written as three characters. */
const ID_LENGTH = 128;
/** Last time that a Date can hold, in epoch milliseconds. */
const LAST_INSTANT = 8.64e15;
/** Invisible characters, which a name cannot have. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+/gu;
/** Characters between words: all that are no letters, digits, marks, punctuation or symbols. */
const BETWEEN = /[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu;

/** Returns the valid name nearest to the typed one; empty if there is none. */
export function tidyName(typed) {
  let name = typed.normalize().replace(UNSEEN, '').normalize().replace(BETWEEN, ' ').trim();
  name = [...name].slice(0, NAME_LENGTH).join('').trimEnd();
  while (encodeURIComponent(name).length > ID_LENGTH) name = [...name].slice(0, -1).join('').trimEnd();
  return name;
}

/** Returns the channel for direct messages to a user: it contains the user id, which names.lambda.ts derives from the name. */
export function personalChannel(name) {
  const hex = (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `user:${encodeURIComponent(name).replace(/[^A-Za-z0-9.-]/g, hex)}`;
}

/**
 * Returns a key by which the sender recognises its own message when it comes back. Nobody can guess it. `crypto.randomUUID` would do, but
 * pages served over plain http have none.
 */
export function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** @param {{ key: string, name?: string, to?: string, text: string }} words */
export function encode({ key, name, to, text }) {
  return JSON.stringify({ key, name, to, text });
}

/**
 * Reads an envelope. Never throws, whatever the sender wrote into it.
 *
 * @param {import('broadcast-websocket-client').Message} envelope
 * @param {boolean} isNamed whether the API knows its users, so that `from` is a name
 * @returns {Message}
 */
export function decode({ id, from, sentAt, message, position }, isNamed = false) {
  const words = parse(message);
  const { key, to, text } = words ?? {};
  const claim = typeof words?.name === 'string' ? tidyName(words.name) : '';
  const isFromClient = typeof from === 'string' && from !== '';
  const isVouched = isNamed && isFromClient;
  // Other text comes from a terminal or a backend, for example, and is shown as it is.
  const isOurs = typeof text === 'string' && (isVouched || claim !== '');
  const stranger = isFromClient ? `guest ${from.slice(-5, -1)}` : 'backend';
  return {
    id,
    sentAt: Number.isFinite(sentAt) ? Math.max(-LAST_INSTANT, Math.min(sentAt, LAST_INSTANT)) : 0,
    from: isFromClient ? from : '',
    name: isVouched ? from : (isOurs && claim) || stranger,
    ...(position !== undefined && { position }),
    ...(isOurs ? { key: textOf(key), to: textOf(to), text } : { text: message }),
  };
}

function textOf(value) {
  return typeof value === 'string' ? value : undefined;
}

/** Returns the object in a text; undefined if it is none. */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
