/* Helpers that insert data as text, never as markup: messages and rows can hold anything. */

/**
 * Returns an element of the page, of any kind.
 *
 * @param {string} id
 * @returns {any}
 */
export const $ = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {object} properties
 * @param {(Node | string)[]} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Formats a time: with its date, unless that is today. */
export function moment(at) {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? clockOf(date) : DATE_TIME.format(date);
}

/** Formats the time of day of a recent event. */
export function clock(at) {
  const date = new Date(at);
  return element('time', { textContent: clockOf(date), dateTime: date.toISOString(), title: DATE_TIME.format(date) });
}

function clockOf(date) {
  return date.toTimeString().slice(0, 8);
}

export function ago(at) {
  const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

/** Calls the runner. */
export async function call(method, path, input = {}) {
  const response = method === 'GET'
    ? await fetch(`${path}?${new URLSearchParams(input)}`)
    : await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** Whether two values are the same as JSON. */
export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
