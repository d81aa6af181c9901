/* The chart of shared frames, drawn from the rows of docs/bench-batches.md. */

const RECIPIENTS = '1000';
const [WIDTH, HEIGHT] = [480, 320];
const PLOT = { left: 90, right: 28, top: 50, bottom: 52 };
const ARRIVALS = { lowest: 1, highest: 5_000, ticks: [1, 10, 100, 1_000, 5_000] };
const DELIVERED = { lowest: 500, highest: 1_000_000, ticks: [1_000, 10_000, 100_000, 1_000_000] };

/** The settings of the bench, and their names in the chart. */
const SERIES = [
  { mode: 'frames of 1,000, window 1 s', name: 'batches, window of 1 s', id: 'window', nameBelow: -12 },
  { mode: 'frames of 10, no window', name: 'batches', id: 'busy', nameBelow: 21 },
  { mode: 'a frame each', name: 'a frame each', id: 'alone', nameBelow: 21 },
] as const;

const STYLE = `
svg { --page: #ffffff; --text: #1f2328; --muted: #59636e; --grid: #d8dee4; --window: #0b6e66; --busy: #2f64c1; --alone: #9a4a00; background: var(--page) }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --text: #e6edf3; --muted: #9198a1; --grid: #2a313c; --window: #4fc3b4; --busy: #7aa7ff; --alone: #e8a15c }
}
text { font: 15px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; fill: var(--muted) }
.title { font-weight: 600; fill: var(--text) }
.name { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 5px }
.grid { stroke: var(--grid) }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
${SERIES.map(({ id }) => `.line.${id} { stroke: var(--${id}) } .dot.${id}, .name.${id} { fill: var(--${id}) }`).join('\n')}`;

interface Point {
  readonly arrivals: number;
  readonly delivered: number;
}

/** Returns the report's figures for a setting, with 1,000 recipients. */
function pointsOf(report: string, mode: string): Point[] {
  const rows = report.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const points = rows.filter(([, recipients, , name]) => recipients === RECIPIENTS && name === mode)
    .map(([, , arrivals, , delivered]) => ({ arrivals: Number(arrivals), delivered: Number(delivered) }));
  if (points.length !== ARRIVALS.ticks.length) throw new Error(`the report must have ${ARRIVALS.ticks.length} rows of '${mode}', got ${points.length}`);
  return points;
}

function onLogScale(value: number, { lowest, highest }: { lowest: number; highest: number }, from: number, to: number): number {
  return Number((from + (Math.log(value / lowest) / Math.log(highest / lowest)) * (to - from)).toFixed(1));
}

const x = (arrivals: number) => onLogScale(arrivals, ARRIVALS, PLOT.left, WIDTH - PLOT.right);
const y = (delivered: number) => onLogScale(delivered, DELIVERED, HEIGHT - PLOT.bottom, PLOT.top);
const count = (value: number) => value.toLocaleString('en');
/** Two digits are enough to compare. */
const about = (value: number) => count(Number(value.toPrecision(2)));

const mostOf = (report: string, mode: string) => about(Math.max(...pointsOf(report, mode).map(({ delivered }) => delivered)));

/** Most messages delivered per second, of each setting, in words. */
export function batchChartText(report: string): string {
  const most = SERIES.map(({ mode, name }) => `${mostOf(report, mode)} with ${name}`);
  return `Messages delivered per second to ${count(Number(RECIPIENTS))} clients at the default rate, by the messages that arrive: up to ${most.join(', ')}`;
}

function axes(): string[] {
  const { left, right, bottom } = PLOT;
  const label = (at: readonly [number, number], anchor: string, text: string) => `<text x="${at[0]}" y="${at[1]}" text-anchor="${anchor}">${text}</text>`;
  return [
    ...DELIVERED.ticks.flatMap((value) => [
      `<line class="grid" x1="${left}" x2="${WIDTH - right}" y1="${y(value)}" y2="${y(value)}"/>`, label([left - 8, y(value) + 5], 'end', count(value)),
    ]),
    ...ARRIVALS.ticks.map((value) => label([x(value), HEIGHT - bottom + 22], 'middle', count(value))),
    label([(left + WIDTH - right) / 2, HEIGHT - 8], 'middle', 'messages that arrive per second'),
  ];
}

function series(report: string, { mode, name, id, nameBelow }: (typeof SERIES)[number]): string[] {
  const points = pointsOf(report, mode).map(({ arrivals, delivered }) => [x(arrivals), y(delivered)] as const);
  const [endX, endY] = points[points.length - 1];
  return [
    `<path class="line ${id}" d="M${points.map((point) => point.join(' ')).join('L')}"/>`,
    ...points.map(([cx, cy]) => `<circle class="dot ${id}" cx="${cx}" cy="${cy}" r="3.5"/>`),
    `<text class="name ${id}" x="${endX}" y="${endY + nameBelow}" text-anchor="end">${name}: ${mostOf(report, mode)}</text>`,
  ];
}

/** The chart as SVG, which follows light and dark. */
export function batchChart(report: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${batchChartText(report)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="12" y="24">Messages delivered per second to ${count(Number(RECIPIENTS))} clients</text>`,
    ...axes(),
    ...[...SERIES].reverse().flatMap((each) => series(report, each)),
    '</svg>',
    '',
  ].join('\n');
}
