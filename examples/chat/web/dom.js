/* Helpers for the page's elements. */

/**
 * Returns an element of the page, of any kind.
 *
 * @param {string} id
 * @returns {any}
 */
export const $ = (id) => document.getElementById(id);

/**
 * Sets properties of an element that have changed, so that the browser does not process the others again.
 *
 * @param {any} element
 * @param {Readonly<Record<string, unknown>>} properties
 */
export function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) if (element[name] !== value) element[name] = value;
}

/**
 * Copies the content of a template, and finds its parts.
 *
 * @param {string} template
 * @returns {{ element: any, part: (selector: string) => any }}
 */
export function copyOf(template) {
  const element = $(template).content.firstElementChild.cloneNode(true);
  return { element, part: (selector) => element.querySelector(selector) };
}

/** Returns the colour of a name, the same on every screen. */
export function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

/** Returns the letter or symbol of a name. */
export function initial(name) {
  return [...name][0].toUpperCase();
}

/** Shows the number of unread messages in a badge, also to screen readers. */
export function showBadge(badge, count) {
  set(badge, { hidden: count === 0, textContent: count > 99 ? '99+' : String(count), ariaLabel: `${count} unread`, role: 'img' });
}
