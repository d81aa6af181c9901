/*
 * What nobody sees, and what changes how others are seen: control and formatting characters (those of no width, those that turn the
 * direction of writing), line separators, halves of characters, and letters that are blank. Kept is what joins emoji.
 */
const UNSHOWABLE =
  /(\p{ExtPict}[\p{EMod}\ufe0f]?(?:\u200d\p{ExtPict}[\p{EMod}\ufe0f]?)*)|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

const MAX_CHARACTERS = 128;

/** What others see of a sender: the value that its authorizer gave for this key, if any is left of it. */
export function senderNameOf(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): string | undefined {
  const value = key !== undefined && context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return undefined;
  return [...String(value).replace(UNSHOWABLE, '$1').trim()].slice(0, MAX_CHARACTERS).join('').trim() || undefined;
}
