/* The page: each value that a backend publishes becomes a point of its chart; values of the same time are a row of the table. */
import { draw } from './chart.js';
import { connect } from './vendor/broadcast-client.js';

const KEPT = 120;
/** A new page shows so many minutes: there is a reading of each value every minute. */
const LOADED_MINUTES = 10;

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** @typedef {{ key: string, title: string, unit: string, format: Intl.NumberFormat, scale?: number, step?: boolean, about: string }} Series */

/** @type {Series[]} */
const SERIES = [
  { key: 'watching', title: 'Watching', unit: 'open pages', format: whole, step: true, about: 'Pages that are connected now. Open another one to see the number change.' },
  { key: 'load', title: 'Load', unit: 'processes', format: fine, about: 'Processes that run or wait for a processor, as the average of the last minute.' },
  { key: 'memory', title: 'Memory', unit: '% in use', format: whole, scale: 100, about: 'Share of the memory of the machine that measures.' },
];

const $ = (selector) => document.querySelector(selector);

/** By the time of measuring: `{ sentAt, watching?, load?, memory? }`. */
const readings = [];
SERIES.forEach(addCard);

const address = new URLSearchParams(location.search).get('url') ?? '';
if (/^wss?:\/\//.test(address) && URL.canParse(address)) {
  const client = connect({ url: address, last: LOADED_MINUTES * SERIES.length });
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
}

function showState(state) {
  document.body.dataset.state = state;
  $('#status').textContent = { connecting: 'Connecting', open: 'Live', reconnecting: 'Reconnecting', refused: 'Not let in', kicked: 'Ended', none: 'No address' }[state];
}

function receive(envelope) {
  const measured = read(envelope);
  if (!measured) return;
  const { series, sentAt, value } = measured;
  let reading = readings.find((each) => each.sentAt === sentAt);
  if (!reading) {
    reading = { sentAt };
    readings.push(reading);
    readings.sort((one, other) => one.sentAt - other.sentAt);
    if (readings.length > KEPT) readings.shift();
  }
  reading[series.key] = value * (series.scale ?? 1);
  show(series);
  showTable();
  $('#latest').textContent = `Measured at ${clock.format(readings.at(-1).sentAt)}. ${readings.length} of at most ${KEPT} readings shown.`;
}

/** Only backends publish: see `publishAccess` in app.ts. */
function read({ sentAt, message }) {
  try {
    const { metric, value } = JSON.parse(message);
    const series = SERIES.find(({ key }) => key === metric);
    return series && Number.isFinite(value) ? { series, sentAt, value } : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Series} series */
function show({ key, title, unit, format, step }) {
  const points = readings.filter((reading) => key in reading).map((reading) => ({ at: reading.sentAt, value: reading[key] }));
  const card = document.getElementById(key);
  if (points.length === 0) return;
  card.querySelector('.value').textContent = format.format(points.at(-1).value);
  draw(card.querySelector('.chart'), points, { label: `${title}, ${unit}`, format, step, clock });
}

function showTable() {
  const rows = readings.toReversed().map((reading) => {
    const row = document.createElement('tr');
    const cells = [clock.format(reading.sentAt), ...SERIES.map(({ key, format }) => (key in reading ? format.format(reading[key]) : '–'))];
    row.append(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
    return row;
  });
  $('tbody').replaceChildren(...rows);
}
