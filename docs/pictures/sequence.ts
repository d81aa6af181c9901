/*
 * Draws a sequence diagram from the part of Mermaid's language that these pictures use: `%% title`, `participant A as Name`,
 * `A->>B: text` (an answer: `-->>`), `Note over A,B: text`, `loop …`, `alt …`, `else …`, `end`.
 */
import { labelAt, picture, textAt, widthOf } from './svg';

type Step =
  | { readonly kind: 'message'; readonly from: number; readonly to: number; readonly text: string; readonly answer: boolean }
  | { readonly kind: 'note'; readonly from: number; readonly to: number; readonly text: string }
  | { readonly kind: 'open' | 'else'; readonly text: string }
  | { readonly kind: 'close' };

interface Sequence {
  readonly title: string;
  readonly participants: readonly string[];
  readonly steps: readonly Step[];
}

const MARGIN = 16;
const BOX = { height: 34, padding: 24, gap: 18 };
const ROW = { message: 36, note: 40, open: 34, else: 30, close: 14 };

export function readSequence(source: string): Sequence {
  const names = new Map<string, string>();
  const steps: Step[] = [];
  let title = '';
  const index = (name: string) => {
    const found = [...names.keys()].indexOf(name);
    if (found < 0) throw new Error(`there is no participant '${name}'`);
    return found;
  };
  for (const line of source.split('\n').map((each) => each.trim()).filter((each) => each && each !== 'sequenceDiagram')) {
    const [, comment] = /^%% (.+)$/.exec(line) ?? [];
    const [, id, name] = /^participant (\w+) as (.+)$/.exec(line) ?? [];
    const [, from, arrow, to, text] = /^(\w+)(-?->>)(\w+): (.+)$/.exec(line) ?? [];
    const [, first, last, note] = /^Note over (\w+)(?:,(\w+))?: (.+)$/.exec(line) ?? [];
    const [, frame, what] = /^(loop|alt|else|end)\b ?(.*)$/.exec(line) ?? [];
    if (comment) title = comment;
    else if (id) names.set(id, name);
    else if (from) steps.push({ kind: 'message', from: index(from), to: index(to), text, answer: arrow === '-->>' });
    else if (first) steps.push({ kind: 'note', from: index(first), to: index(last ?? first), text: note });
    else if (frame === 'end') steps.push({ kind: 'close' });
    else if (frame) steps.push({ kind: frame === 'else' ? 'else' : 'open', text: frame === 'loop' ? `for ${what}` : what });
    else throw new Error(`not understood: ${line}`);
  }
  return { title, participants: [...names.values()], steps };
}

/** The middles of the columns: no two boxes touch, and each text fits between its ends. */
function columns({ participants, steps }: Sequence): number[] {
  const half = participants.map((name) => (widthOf(name) + BOX.padding) / 2);
  const x: number[] = [];
  for (const [i] of participants.entries()) {
    const needs = steps.flatMap((step) => {
      if (step.kind !== 'message' && step.kind !== 'note') return [];
      const [left, right] = [Math.min(step.from, step.to), Math.max(step.from, step.to)];
      if (right !== i || left === right) return [];
      return [x[left] + widthOf(step.text) + 28 - (step.kind === 'note' ? half[left] + half[right] : 0)];
    });
    const beside = i === 0 ? MARGIN * 2 + half[0] : x[i - 1] + half[i - 1] + BOX.gap + half[i];
    x.push(Math.round(Math.max(beside, ...needs)));
  }
  return x;
}

/** The drawing so far, and its positions. */
class Canvas {
  readonly drawn: string[] = [];
  readonly half: readonly number[];
  readonly width: number;
  y = MARGIN + BOX.height + 8;
  private readonly opened: { readonly y: number; readonly inset: number }[] = [];

  constructor(private readonly x: readonly number[], participants: readonly string[]) {
    this.half = participants.map((name) => (widthOf(name) + BOX.padding) / 2);
    this.width = x.at(-1)! + this.half.at(-1)! + MARGIN * 2;
  }

  draw(step: Step): void {
    const top = this.y;
    this.y += ROW[step.kind];
    if (step.kind === 'message') this.message(step.from, step.to, step.text, step.answer);
    else if (step.kind === 'note') this.note(top, step.from, step.to, step.text);
    else if (step.kind === 'open') this.open(top, step.text);
    else if (step.kind === 'else') this.divide(top, step.text);
    else this.close();
  }

  private message(from: number, to: number, text: string, answer: boolean): void {
    const [a, b] = [this.x[from], this.x[to]];
    const arrow = `<path class="arrow${answer ? ' answer' : ''}" marker-end="url(#head)" d="M${a} ${this.y}H${a < b ? b - 1 : b + 1}"/>`;
    this.drawn.push(arrow, labelAt((a + b) / 2, this.y - 12, text));
  }

  private note(top: number, from: number, to: number, text: string): void {
    const [left, right] = [this.x[from] - this.half[from], this.x[to] + this.half[to]];
    const wide = Math.max(widthOf(text) + 20, from === to ? 0 : right - left);
    const middle = Math.min(Math.max((left + right) / 2, wide / 2 + MARGIN), this.width - wide / 2 - MARGIN);
    this.drawn.push(`<rect class="note" x="${middle - wide / 2}" y="${top + 10}" width="${wide}" height="26" rx="5"/>`, textAt(middle, top + 23, [text]));
  }

  private open(top: number, text: string): void {
    const inset = MARGIN / 2 + this.opened.length * 6;
    this.opened.push({ y: top + 12, inset });
    this.drawn.push(`<text class="tag" x="${inset + 10}" y="${top + 29}">${text}</text>`);
  }

  private divide(top: number, text: string): void {
    const { inset } = this.opened.at(-1)!;
    this.drawn.push(`<path class="frame" d="M${inset} ${top + 12}H${this.width - inset}"/><text class="tag" x="${inset + 10}" y="${top + 29}">${text}</text>`);
  }

  private close(): void {
    const { y, inset } = this.opened.pop()!;
    this.drawn.push(`<rect class="frame" x="${inset}" y="${y}" width="${this.width - 2 * inset}" height="${this.y - y}" rx="8"/>`);
  }
}

export function drawSequence(source: string): string {
  const sequence = readSequence(source);
  const x = columns(sequence);
  const canvas = new Canvas(x, sequence.participants);
  for (const step of sequence.steps) canvas.draw(step);
  const { half, width, drawn, y } = canvas;
  const lives = sequence.participants.map((name, i) => `<path class="life" d="M${x[i]} ${MARGIN + BOX.height}V${y + 16}"/>`
    + `<rect class="box" x="${x[i] - half[i]}" y="${MARGIN}" width="${half[i] * 2}" height="${BOX.height}" rx="7"/>`
    + textAt(x[i], MARGIN + BOX.height / 2, [name], 'strong'));
  return picture(sequence.title, width, y + 24, [...lives, ...drawn].join('\n  '));
}
