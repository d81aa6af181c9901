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

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly both: boolean;
  readonly text: string;
}

interface Group {
  /** Column and row of the first box, and of the last. */
  readonly corners: readonly number[];
  readonly text: string;
}

interface Drawing {
  readonly title: string;
  readonly boxes: ReadonlyMap<string, Box>;
  readonly edges: readonly Edge[];
  readonly groups: readonly Group[];
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const MARGIN = 28;
const ROW_HEIGHT = 104;

/** The point where a line from the middle of a rectangle to another point leaves it. */
function border({ x, y, w, h }: Rect, to: Rect, gap: number): [number, number] {
  const [dx, dy] = [to.x - x, to.y - y];
  const share = Math.min((w / 2 + gap) / Math.abs(dx || 1e-9), (h / 2 + gap) / Math.abs(dy || 1e-9));
  return [Math.round(x + dx * share), Math.round(y + dy * share)];
}

function readBoxes(source: string): Drawing {
  const boxes = new Map<string, Box>();
  const edges: Edge[] = [];
  const groups: Group[] = [];
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
  return { title, boxes, edges, groups };
}

interface Columns {
  readonly lefts: readonly number[];
  readonly widths: readonly number[];
}

/** Between two columns there is room for the longest text on a line that joins them. */
function columnsOf({ boxes, edges }: Drawing): Columns {
  const all = [...boxes.values()];
  const count = Math.max(...all.map(({ column }) => column)) + 1;
  const widths = Array.from({ length: count }, (_, c) =>
    Math.max(...all.filter(({ column }) => column === c).flatMap(({ lines }) => lines.map(widthOf))) + 28);
  const lefts = [MARGIN];
  for (const [c, width] of widths.slice(0, -1).entries()) {
    const joining = edges.filter(({ from, to }) => {
      const [a, b] = [boxes.get(from)!.column, boxes.get(to)!.column];
      return a !== b && Math.min(a, b) === c;
    });
    lefts.push(lefts[c] + width + Math.max(60, ...joining.map(({ text }) => widthOf(text) + 36)));
  }
  return { lefts, widths };
}

const middleOf = (row: number) => MARGIN + 30 + row * ROW_HEIGHT;

function drawGroup({ corners: [c1, r1, c2, r2], text }: Group, { lefts, widths }: Columns): string {
  const [x, y] = [lefts[c1] - 14, middleOf(r1) - 48];
  return `<rect class="frame" x="${x}" y="${y}" width="${lefts[c2] + widths[c2] + 14 - x}" height="${(r2 - r1) * ROW_HEIGHT + 94}" rx="10"/>`
    + `<text class="tag" x="${x + 10}" y="${y + 88}">${text}</text>`;
}

function drawBox({ lines: [name, ...more] }: Box, { x, y, w, h }: Rect): string {
  return `<rect class="box" x="${x - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" rx="9"/>`
    + textAt(x, y - (more.length * LINE_HEIGHT) / 2, [name], 'strong') + textAt(x, y + LINE_HEIGHT / 2, more);
}

export function drawBoxes(source: string): string {
  const drawing = readBoxes(source);
  const columns = columnsOf(drawing);
  const rectOf = ({ column, row, lines }: Box): Rect => (
    { x: columns.lefts[column] + columns.widths[column] / 2, y: middleOf(row), w: columns.widths[column], h: lines.length * LINE_HEIGHT + 22 });
  const lines: string[] = [];
  const labels: string[] = [];
  for (const { from, to, both, text } of drawing.edges) {
    const [a, b] = [rectOf(drawing.boxes.get(from)!), rectOf(drawing.boxes.get(to)!)];
    const [[x1, y1], [x2, y2]] = [border(a, b, 3), border(b, a, 3)];
    lines.push(`<path class="arrow" ${both ? 'marker-start="url(#head)" ' : ''}marker-end="url(#head)" d="M${x1} ${y1}L${x2} ${y2}"/>`);
    if (text) labels.push(labelAt((x1 + x2) / 2, y1 === y2 ? y1 - 12 : (y1 + y2) / 2, text));
  }
  const boxes = [...drawing.boxes.values()];
  const width = columns.lefts.at(-1)! + columns.widths.at(-1)! + MARGIN;
  const height = middleOf(Math.max(...boxes.map(({ row }) => row))) + 30 + MARGIN + 16;
  const groups = drawing.groups.map((group) => drawGroup(group, columns));
  return picture(drawing.title, width, height, [...groups, ...lines, ...boxes.map((box) => drawBox(box, rectOf(box))), ...labels].join('\n  '));
}
