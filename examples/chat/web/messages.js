/*
 * What travels. A client sends its words as JSON text; the API wraps that text into an envelope,
 * {"type":"message","id","from","sentAt","message"}, and sends it to everyone whom it is for, the sender included.
 *
 * What the API vouches for is `from`. If it knows its users, that is the sender's name. If not, it is a connection id, and the words
 * bring a name with them, which is a claim: any client can send any name.
 */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} sentAt epoch milliseconds
 * @property {string} from
 * @property {string} name
 * @property {string} text
 * @property {number} [position] in the history
 * @property {string} [key] of the messages that this page has sent
 * @property {string} [to] the user whom a direct message is for, by the sender
 */

const NAME_LENGTH = 40;
/** The id of a user has so many characters at most, and is the name with what is not ASCII written as three characters a byte. */
const ID_LENGTH = 128;
/** The last instant, in epoch milliseconds, that a Date can hold. */
const LAST_INSTANT = 8.64e15;
/** What nobody sees, and a name cannot have. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+/gu;
/** What parts words: all that is no sign. */
const BETWEEN = /[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu;

/** The name that is nearest to what was typed; empty if there is none. */
export function tidyName(typed) {
  let name = typed.normalize().replace(UNSEEN, '').normalize().replace(BETWEEN, ' ').trim();
  name = [...name].slice(0, NAME_LENGTH).join('').trimEnd();
  while (encodeURIComponent(name).length > ID_LENGTH) name = [...name].slice(0, -1).join('').trimEnd();
  return name;
}

/** The channel in which somebody gets direct messages: made of the user id, which names.lambda.ts makes of the name. */
export function personalChannel(name) {
  const hex = (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `user:${encodeURIComponent(name).replace(/[^A-Za-z0-9.-]/g, hex)}`;
}

/**
 * Lets the sender recognise its own message when it comes back. Nobody can guess it before. `crypto.randomUUID` would do,
 * but pages served over plain http have none.
 */
export function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** @param {{ key: string, name?: string, to?: string, text: string }} words */
export function encode({ key, name, to, text }) {
  return JSON.stringify({ key, name, to, text });
}

/**
 * What an envelope says, and who says it. Never throws, whatever a sender has put into it.
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
  // Not this page's JSON: a person at a terminal, say, or a backend. Their words are shown as they came.
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

/** An object, or undefined. */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
