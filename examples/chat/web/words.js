/* The words of a message: addresses become links, all other text stays text. */

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\\^{|}]+/gi;
/** Punctuation after an address in a sentence, which seldom belongs to it. */
const BEHIND = /[.,;:!?*_~…»“”’]+$/;
const BRACKETS = { ')': '(', ']': '[' };

/**
 * Splits a text into parts that together are the text. Addresses have a `href`.
 *
 * @param {string} text
 * @returns {{ text: string, href?: string }[]}
 */
export function partsOf(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTail(found);
    if (!URL.canParse(address)) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: address, href: new URL(address).href });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Removes the end of the sentence, and a bracket that was opened before the address. */
function withoutTail(address) {
  const shorter = address.replace(BEHIND, '');
  const bracket = shorter.at(-1);
  const opening = BRACKETS[bracket];
  const count = (character) => shorter.split(character).length;
  return opening && count(bracket) > count(opening) ? withoutTail(shorter.slice(0, -1)) : shorter;
}

/** Writes a text into an element. It never becomes markup, and each link leads to the address that it shows. */
export function write(element, text) {
  element.replaceChildren(...partsOf(text).map((part) => {
    if (!part.href) return part.text;
    return Object.assign(document.createElement('a'), { textContent: part.text, href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow' });
  }));
}
