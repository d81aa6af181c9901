/* Shows the rows of a table. */
import { $, call, element, isSame, moment } from './dom.js';
import { jsonNodes, parsed, timeOf } from './json.js';
import { state } from './state.js';

let next;
let items = [];

/** Offers the current tables. */
export function showTables() {
  const { value, options } = $('table');
  if (isSame([...options].map((option) => option.value), state.tables.map(({ name }) => name))) return;
  $('table').replaceChildren(...state.tables.map(({ name, path }) => new Option(path, name)));
  if (state.tables.some(({ name }) => name === value)) $('table').value = value;
  void readRows();
}

export async function readRows(start) {
  if (state.tables.length === 0) return;
  try {
    const page = await call('GET', '/rows', { table: $('table').value, start: start ? JSON.stringify(start) : '' });
    items = start ? [...items, ...page.items] : page.items;
    next = page.next;
    showRows(page.keys);
  } catch (error) {
    $('row-count').textContent = error.message;
  }
}

function showRows(keys) {
  const names = [...new Set([...keys, ...items.flatMap((item) => Object.keys(item)).sort()])];
  $('row-table').tHead.replaceChildren(element('tr', {}, ...names.map((name) => element('th', { scope: 'col', textContent: name }))));
  $('row-table').tBodies[0].replaceChildren(...items.map((item) => element('tr', {}, ...names.map((name) => cell(item[name])))));
  $('row-table').hidden = $('more').hidden = items.length === 0;
  $('no-rows').hidden = items.length > 0;
  $('more').hidden = next === undefined;
  $('row-count').textContent = `${items.length}${next ? '+' : ''} rows, read at ${moment(Date.now())}`;
}

function cell(attribute) {
  if (attribute === undefined) return element('td');
  const value = valueOf(attribute);
  const json = typeof value === 'string' ? parsed(value) : typeof value === 'object' ? value : undefined;
  if (json !== undefined) return element('td', {}, element('pre', {}, ...jsonNodes(json)));
  const at = typeof value === 'number' ? timeOf(value) : undefined;
  const node = element('td', { textContent: 'N' in attribute ? attribute.N : String(value), className: 'N' in attribute ? 'number' : '' });
  if (at !== undefined) node.append(element('small', { textContent: moment(at) }));
  return node;
}

/** Returns the value of an attribute without its DynamoDB type. */
function valueOf(attribute) {
  const [[type, content]] = Object.entries(attribute);
  switch (type) {
    case 'N': return Number(content);
    case 'NULL': return null;
    case 'L': return content.map(valueOf);
    case 'M': return Object.fromEntries(Object.entries(content).map(([name, item]) => [name, valueOf(item)]));
    case 'NS': return content.map(Number);
    default: return content;
  }
}

$('table').onchange = () => readRows();
$('refresh').onclick = () => readRows();
$('more').onclick = () => readRows(next);
