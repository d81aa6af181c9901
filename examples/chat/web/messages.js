/*
 * What travels. A client sends its words as JSON text, {"key","name","text"}; the API wraps that text into an envelope,
 * {"type":"message","id","from","sentAt","message"}, and sends it to everyone, the sender included.
 *
 * The name is a claim, not an identity: any client can send any name. What the API vouches for is `from`, the
 * sender's connection id. A chat between strangers needs an authorizer, and names taken from it.
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
 */

const NAME_LENGTH = 40;
/** The last instant, in epoch milliseconds, that a Date can hold. */
const LAST_INSTANT = 8.64e15;

export function tidyName(name) {
  return name.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim().slice(0, NAME_LENGTH).trimEnd();
}

/**
 * Lets the sender recognise its own message when it comes back. Nobody can guess it before. `crypto.randomUUID` would do,
 * but pages served over plain http have none.
 */
export function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

export function encode(key, name, text) {
  return JSON.stringify({ key, name, text });
}

/**
 * What an envelope says, and who claims to say it. Never throws, whatever a sender has put into it.
 *
 * @returns {Message}
 */
export function decode({ id, from, sentAt, message, position }) {
  const claim = parse(message);
  const own = typeof claim?.text === 'string' && typeof claim.name === 'string' && tidyName(claim.name) !== '';
  const sender = typeof from === 'string' ? { from, name: `guest ${from.slice(-5, -1)}` } : { from: '', name: 'backend' };
  return {
    id,
    sentAt: Number.isFinite(sentAt) ? Math.max(-LAST_INSTANT, Math.min(sentAt, LAST_INSTANT)) : 0,
    ...sender,
    ...(position !== undefined && { position }),
    // Not this page's JSON: a person at a terminal, say, or a backend. Their words are shown as they came.
    ...(own ? { key: keyOf(claim), name: tidyName(claim.name), text: claim.text } : { text: message }),
  };
}

function keyOf({ key }) {
  return typeof key === 'string' ? key : undefined;
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
