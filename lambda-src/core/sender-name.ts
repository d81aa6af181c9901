/*
 * What nobody sees, and what changes how others are seen: control and formatting characters (those of no width, those that turn the
 * direction of writing), line separators, halves of characters, and letters that are blank. Kept is what joins emoji, and what parts two
 * letters of Persian and its like that would join (never after one that does not: there, nobody would see it).
 */
const EMOJI = /\p{ExtPict}[\p{EMod}\ufe0f]?(?:\u200d\p{ExtPict}[\p{EMod}\ufe0f]?)*/u;
const PARTED =
  /(?<=[\u0626\u0628\u062a-\u062e\u0633-\u063a\u0641-\u0647\u064a\u067e\u0686\u06a9\u06af\u06cc])\u200c(?=[\u0622-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc])/u;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const UNSHOWABLE = new RegExp(`(${EMOJI.source}|${PARTED.source})|${UNSEEN.source}`, 'gu');

const MAX_CHARACTERS = 128;

/** What others see of a sender: the value that its authorizer gave for this key, if any is left of it. */
export function senderNameOf(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): string | undefined {
  const value = key !== undefined && context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return undefined;
  return [...String(value).replace(UNSHOWABLE, '$1').trim()].slice(0, MAX_CHARACTERS).join('').trim() || undefined;
}
