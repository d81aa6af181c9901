/* Formats JSON for people: short values on one line, times as dates, and JSON inside strings as JSON. */
import { element, moment } from './dom.js';

const LINE_LENGTH = 72;
const MAX_DEPTH = 12;
const YEAR_MILLIS = 365 * 24 * 3600 * 1000;

/** Returns the object or list in a text if it is JSON; undefined otherwise. */
export function parsed(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @returns {Node[]} */
export function jsonNodes(value, indent = '') {
  if (Array.isArray(value)) return group('[', value.map((item) => jsonNodes(item, `${indent}  `)), ']', value, indent);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, item]) => [span('key', JSON.stringify(name)), plain(': '), ...jsonNodes(item, `${indent}  `)]);
    return group('{', members, '}', value, indent);
  }
  if (typeof value === 'string') {
    const inner = indent.length / 2 < MAX_DEPTH ? parsed(value) : undefined;
    return inner === undefined ? [span('string', JSON.stringify(value))] : [span('note', 'text of '), ...jsonNodes(inner, indent)];
  }
  const at = typeof value === 'number' ? timeOf(value) : undefined;
  return [span('other', JSON.stringify(value)), ...at === undefined ? [] : [span('note', ` ${moment(at)}`)]];
}

/** Returns a number as milliseconds if it can only be a time: within some years of now. */
export function timeOf(number) {
  return [number, number * 1000].find((at) => Math.abs(at - Date.now()) < 10 * YEAR_MILLIS);
}

function group(begin, items, end, value, indent) {
  if (items.length === 0) return [plain(begin + end)];
  const isShort = indent.length + JSON.stringify(value).length <= LINE_LENGTH;
  const [first, between, last] = isShort ? [' ', ', ', ' '] : [`\n${indent}  `, `,\n${indent}  `, `\n${indent}`];
  return [plain(begin + first), ...items.flatMap((item, index) => (index === 0 ? item : [plain(between), ...item])), plain(last + end)];
}

function span(className, content) {
  return element('span', { className: `json-${className}`, textContent: content });
}

function plain(content) {
  return document.createTextNode(content);
}
