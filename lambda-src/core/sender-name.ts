/** Control characters, line separators, what changes the direction of writing, and halves of characters. */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const MAX_CHARACTERS = 128;

/** What others see of a sender: the value that its authorizer gave for this key, if any is left of it. */
export function senderNameOf(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): string | undefined {
  const value = key !== undefined && context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return undefined;
  return [...String(value).replace(UNSHOWABLE, '').trim()].slice(0, MAX_CHARACTERS).join('').trim() || undefined;
}
