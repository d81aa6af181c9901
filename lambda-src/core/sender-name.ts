/*
 * Characters that are invisible, or change how others are shown, are removed: control and formatting characters (zero width, direction of
 * writing), line separators, half surrogate pairs, and blank letters. Two joiners stay: the one within emoji, and the one that separates
 * letters of Persian and similar scripts. The latter never stays after a letter that does not join, where it would be invisible.
 */
const EMOJI = /\p{ExtPict}[\p{EMod}\ufe0f]?(?:\u200d\p{ExtPict}[\p{EMod}\ufe0f]?)*/u;
const PARTED =
  /(?<=[\u0626\u0628\u062a-\u062e\u0633-\u063a\u0641-\u0647\u064a\u067e\u0686\u06a9\u06af\u06cc])\u200c(?=[\u0622-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc])/u;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const UNSHOWABLE = new RegExp(`(${EMOJI.source}|${PARTED.source})|${UNSEEN.source}`, 'gu');

const MAX_CHARACTERS = 128;

/** Returns a sender's name as others see it: the authorizer's value for this key, if any visible character is left. */
export function senderNameOf(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): string | undefined {
  const value = key !== undefined && context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return undefined;
  return [...String(value).replace(UNSHOWABLE, '$1').trim()].slice(0, MAX_CHARACTERS).join('').trim() || undefined;
}
