/* Short cuts to the page. */

/**
 * An element of the page, of whichever kind it is there.
 *
 * @param {string} id
 * @returns {any}
 */
export const $ = (id) => document.getElementById(id);

/**
 * Sets properties of an element, those that are others than before: the browser need not look at it again for the rest.
 *
 * @param {any} element
 * @param {Readonly<Record<string, unknown>>} properties
 */
export function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) if (element[name] !== value) element[name] = value;
}

/**
 * A copy of what a template holds, and a way to its parts.
 *
 * @param {string} template
 * @returns {{ element: any, part: (selector: string) => any }}
 */
export function copyOf(template) {
  const element = $(template).content.firstElementChild.cloneNode(true);
  return { element, part: (selector) => element.querySelector(selector) };
}

/** One colour a name, the same on every screen. */
export function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

/** The letter, or the sign, that stands for somebody. */
export function initial(name) {
  return [...name][0].toUpperCase();
}

/** A count of what has not been read, in a badge; what a screen reader says of it as well. */
export function showBadge(badge, count) {
  set(badge, { hidden: count === 0, textContent: count > 99 ? '99+' : String(count), ariaLabel: `${count} unread`, role: 'img' });
}
