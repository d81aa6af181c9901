/*
 * Draws boxes on a grid and the lines between them, from lines of text: `title …`, `box ID COLUMN ROW First line | second`,
 * `group COLUMN ROW COLUMN ROW text` (two corners), `A -> B: text`, `A <-> B: text`.
 */
import { labelAt, LINE_HEIGHT, picture, textAt, widthOf } from './svg';

interface Box {
  readonly lines: readonly string[];
  readonly column: number;
  readonly row: number;
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const MARGIN = 28;
const ROW_HEIGHT = 104;

/** Where a line from the middle of a rectangle to a point leaves it. */
function border({ x, y, w, h }: Rect, to: Rect, gap: number): [number, number] {
  const [dx, dy] = [to.x - x, to.y - y];
  const share = Math.min((w / 2 + gap) / Math.abs(dx || 1e-9), (h / 2 + gap) / Math.abs(dy || 1e-9));
  return [Math.round(x + dx * share), Math.round(y + dy * share)];
}

export function drawBoxes(source: string): string {
  const boxes = new Map<string, Box>();
  const edges: { readonly from: string; readonly to: string; readonly both: boolean; readonly text: string }[] = [];
  const groups: { readonly corners: readonly number[]; readonly text: string }[] = [];
  let title = '';
  for (const line of source.split('\n').filter((each) => each.trim())) {
    const [, heading] = /^title (.+)$/.exec(line) ?? [];
    const [, id, column, row, label] = /^box (\w+) (\d+) (\d+) (.+)$/.exec(line) ?? [];
    const [, c1, r1, c2, r2, group] = /^group (\d+) (\d+) (\d+) (\d+) (.+)$/.exec(line) ?? [];
    const [, from, arrow, to, text = ''] = /^(\w+) (<?->) (\w+)(?:: (.+))?$/.exec(line) ?? [];
    if (heading) title = heading;
    else if (id) boxes.set(id, { lines: label.split(' | '), column: Number(column), row: Number(row) });
    else if (group) groups.push({ corners: [c1, r1, c2, r2].map(Number), text: group });
    else if (from) edges.push({ from, to, both: arrow === '<->', text });
    else throw new Error(`not understood: ${line}`);
  }
  const all = [...boxes.values()];
  const last = Math.max(...all.map(({ column }) => column));
  const widths = Array.from({ length: last + 1 }, (_, c) => Math.max(...all.filter(({ column }) => column === c).flatMap(({ lines }) => lines.map(widthOf))) + 28);
  // Between two columns there is room for the longest text on a line that joins them.
  const gaps = widths.map((_, c) => Math.max(60, ...edges.filter(({ from, to }) =>
    Math.min(boxes.get(from)!.column, boxes.get(to)!.column) === c && boxes.get(from)!.column !== boxes.get(to)!.column).map(({ text }) => widthOf(text) + 36)));
  const lefts = widths.map((_, c) => MARGIN + widths.slice(0, c).reduce((sum, w) => sum + w, 0) + gaps.slice(0, c).reduce((sum, g) => sum + g, 0));
  const rectOf = ({ column, row, lines }: Box): Rect => ({
    x: lefts[column] + widths[column] / 2, y: MARGIN + 30 + row * ROW_HEIGHT, w: widths[column], h: lines.length * LINE_HEIGHT + 22,
  });
  const rows = Math.max(...all.map(({ row }) => row)) + 1;
  const drawn = groups.map(({ corners: [c1, r1, c2, r2], text }) => {
    const [x, y] = [lefts[c1] - 14, MARGIN + 30 + r1 * ROW_HEIGHT - 48];
    return `<rect class="frame" x="${x}" y="${y}" width="${lefts[c2] + widths[c2] + 14 - x}" height="${(r2 - r1) * ROW_HEIGHT + 94}" rx="10"/>`
      + `<text class="tag" x="${x + 10}" y="${y + 88}">${text}</text>`;
  });
  const labels: string[] = [];
  for (const { from, to, both, text } of edges) {
    const [a, b] = [rectOf(boxes.get(from)!), rectOf(boxes.get(to)!)];
    const [[x1, y1], [x2, y2]] = [border(a, b, 3), border(b, a, 3)];
    drawn.push(`<path class="arrow" ${both ? 'marker-start="url(#head)" ' : ''}marker-end="url(#head)" d="M${x1} ${y1}L${x2} ${y2}"/>`);
    if (text) labels.push(labelAt((x1 + x2) / 2, y1 === y2 ? y1 - 12 : (y1 + y2) / 2, text));
  }
  for (const box of boxes.values()) {
    const { x, y, w, h } = rectOf(box);
    drawn.push(`<rect class="box" x="${x - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" rx="9"/>`, textAt(x, y, box.lines.slice(0, 1), 'strong').replace(/y="[^"]+"/,
      `y="${y + 4.5 - ((box.lines.length - 1) * LINE_HEIGHT) / 2}"`), textAt(x, y + LINE_HEIGHT / 2, box.lines.slice(1)));
  }
  return picture(title, lefts[last] + widths[last] + MARGIN, MARGIN * 2 + rows * ROW_HEIGHT - 24, [...drawn, ...labels].join('\n  '));
}
