import { CHANNEL_NAME } from '../../../src/private/layer-contract';

const NAME = new RegExp(CHANNEL_NAME.pattern);
/** A personal channel may have a longer name: each byte of the id may take three characters. */
const PERSONAL_NAME = new RegExp(CHANNEL_NAME.personalPattern);
const USER_ID = new RegExp(CHANNEL_NAME.userIdPattern);

/** Whether a name is a valid channel name. */
export function isChannelName(name: string): boolean {
  return NAME.test(name) || PERSONAL_NAME.test(name);
}

/** Whether a channel belongs to a user. */
export function isPersonalName(channel: string): boolean {
  return channel.startsWith(CHANNEL_NAME.personalPrefix);
}

export function isUserId(userId: string): boolean {
  return USER_ID.test(userId);
}

/**
 * Encodes a user's id for channel names.
 *
 * Invariant: two ids never have the same text, since the underscore is written as its hex digits.
 */
export function encodeUserId(userId: string): string {
  return userId.replace(/[^A-Za-z0-9.-]/g, (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Name of the channel of which every connection of a user is a member. */
export function personalChannelOf(userId: string): string {
  return `${CHANNEL_NAME.personalPrefix}${encodeUserId(userId)}`;
}
