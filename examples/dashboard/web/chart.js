/* A line over time, as SVG: points are { at, value }, in order. */

const WIDTH = 320;
const HEIGHT = 130;
const PLOT = { left: 34, right: 8, top: 10, bottom: 20 };

export function draw(parent, points, { label, format, step, clock }) {
  const top = niceTop(Math.max(...points.map(({ value }) => value)));
  const [first, last] = [points[0].at, points.at(-1).at];
  const x = (at) => PLOT.left + (last === first ? 1 : (at - first) / (last - first)) * (WIDTH - PLOT.left - PLOT.right);
  const y = (value) => HEIGHT - PLOT.bottom - (value / top) * (HEIGHT - PLOT.top - PLOT.bottom);
  const line = points.map(({ at, value }, i) => `${i === 0 ? 'M' : step ? `H${x(at)}V` : 'L'}${i > 0 && step ? y(value) : `${x(at)} ${y(value)}`}`).join('');
  const newest = points.at(-1);

  const svg = element('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' });
  svg.setAttribute('aria-label', `${label}: ${points.length} readings, now ${format.format(newest.value)}, `
    + `highest ${format.format(Math.max(...points.map(({ value }) => value)))}`);
  for (const value of [0, top / 2, top]) {
    svg.append(element('line', { class: 'grid', x1: PLOT.left, x2: WIDTH - PLOT.right, y1: y(value), y2: y(value) }));
    svg.append(text(PLOT.left - 6, y(value) + 3.5, 'end', Number(value.toPrecision(2)).toLocaleString()));
  }
  svg.append(text(PLOT.left, HEIGHT - 4, 'start', clock.format(first)), text(WIDTH - PLOT.right, HEIGHT - 4, 'end', clock.format(last)));
  svg.append(element('path', { class: 'area', d: `${line}V${y(0)}H${x(first)}Z` }), element('path', { class: 'line', d: line }));
  svg.append(element('circle', { class: 'newest', cx: x(newest.at), cy: y(newest.value), r: 3.5 }));
  parent.replaceChildren(svg);
}

/** Returns the smallest of 1, 2, 4, 5, 10, 20, … that is not below a value: half of it is round as well. */
function niceTop(highest) {
  const magnitude = 10 ** Math.floor(Math.log10(highest || 1));
  return [1, 2, 4, 5, 10].map((factor) => factor * magnitude).find((top) => top >= highest);
}

function element(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function text(x, y, anchor, content) {
  const made = element('text', { 'x': x, 'y': y, 'text-anchor': anchor, 'aria-hidden': 'true' });
  made.textContent = content;
  return made;
}
