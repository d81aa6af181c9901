/* The page: each reading from a backend becomes a point of three charts and a row of a table. */
import { draw } from './chart.js';
import { bySentAt, connect } from './vendor/broadcast-client.js';

const KEPT = 120;
/** Earlier readings that are loaded: there is one a minute. */
const LOADED = 10;

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** @typedef {{ key: string, title: string, unit: string, format: Intl.NumberFormat, step?: boolean, about: string }} Series */

/** @type {Series[]} */
const SERIES = [
  { key: 'watching', title: 'Watching', unit: 'open pages', format: whole, step: true, about: 'Connections in the table. Open this page once more, and see.' },
  { key: 'load', title: 'Load', unit: 'processes that want to run', format: fine, about: 'Average of a minute, on the machine that measures.' },
  { key: 'memory', title: 'Memory', unit: '% in use', format: whole, about: 'On the machine that measures.' },
];

const $ = (selector) => document.querySelector(selector);

const readings = []; // By the time of sending.
const cards = SERIES.map(addCard);

const address = new URLSearchParams(location.search).get('url') ?? '';
if (/^wss?:\/\//.test(address) && URL.canParse(address)) {
  const client = connect({ url: address, last: LOADED });
  client.on('message', receive);
  client.on('state', ({ state }) => showState(state));
} else {
  $('#latest').textContent = 'Open this page with ?url= and the WebSocket address, which begins with ws:// or wss://.';
  showState('none');
}

function addCard({ title, unit, about, key }) {
  const card = $('#card').content.firstElementChild.cloneNode(true);
  card.id = key;
  card.querySelector('h2').textContent = title;
  card.querySelector('.unit').textContent = unit;
  card.querySelector('.about').textContent = about;
  $('#cards').append(card);
  const column = document.createElement('th');
  column.scope = 'col';
  column.textContent = `${title} (${unit})`;
  $('thead tr').append(column);
  return card;
}

function showState(state) {
  document.body.dataset.state = state;
  $('#status').textContent = { connecting: 'Connecting', open: 'Live', reconnecting: 'Reconnecting', refused: 'Not let in', kicked: 'Ended', none: 'No address' }[state];
}

function receive(envelope) {
  const reading = read(envelope);
  if (!reading) return;
  readings.push(reading);
  readings.sort(bySentAt);
  if (readings.length > KEPT) readings.shift();
  SERIES.forEach(show);
  showTable();
  const latest = readings.at(-1);
  $('#latest').textContent = `Reading ${readings.length} of at most ${KEPT}, at ${clock.format(latest.sentAt)}`;
}

/** Only backends publish: see `publishAccess` in app.ts. */
function read({ id, sentAt, message }) {
  try {
    const { watching, load, memory } = JSON.parse(message);
    return [watching, load, memory].every(Number.isFinite) ? { id, sentAt, watching, load, memory: 100 * memory } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {Series} series
 * @param {number} index
 */
function show({ key, title, unit, format, step }, index) {
  const points = readings.map((reading) => ({ at: reading.sentAt, value: reading[key] }));
  cards[index].querySelector('.value').textContent = format.format(points.at(-1).value);
  draw(cards[index].querySelector('.chart'), points, { label: `${title}, ${unit}`, format, step, clock });
}

function showTable() {
  const rows = readings.toReversed().map((reading) => {
    const row = document.createElement('tr');
    const cells = [clock.format(reading.sentAt), ...SERIES.map(({ key, format }) => format.format(reading[key]))];
    row.append(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
    return row;
  });
  $('tbody').replaceChildren(...rows);
}
