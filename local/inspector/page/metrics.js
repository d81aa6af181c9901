/* Shows the metrics that functions printed for CloudWatch. */
import { $, clock, element } from './dom.js';

const UNITS = { Milliseconds: 'ms', Microseconds: 'µs', Seconds: 's', Bytes: 'bytes', Percent: '%' };

const metrics = new Map();

export function addMetrics(changed) {
  for (const metric of changed) metrics.set(JSON.stringify([metric.name, metric.source, metric.dimensions]), metric);
  const sorted = [...metrics].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, metric]) => metric);
  $('metric-table').tBodies[0].replaceChildren(...sorted.map(({ source, name, dimensions, unit, at, count, sum, last }) => {
    const measured = (value) => `${rounded(value)} ${UNITS[unit] ?? ''}`.trim();
    return element('tr', {},
      element('th', { scope: 'row', textContent: `${name} ${dimensions}`.trim() }), element('td', { textContent: source }), element('td', { textContent: measured(last) }),
      element('td', { textContent: measured(sum / count) }), element('td', { textContent: measured(sum) }), element('td', { textContent: String(count) }),
      element('td', {}, clock(at)));
  }));
  $('metric-table').hidden = metrics.size === 0;
  $('no-metrics').hidden = metrics.size > 0;
}

export function clearMetrics() {
  metrics.clear();
  addMetrics([]);
}

function rounded(value) {
  return Number(value.toPrecision(4)).toLocaleString();
}
