/* The common look of the diagrams, light and dark, and the width of a text. */

const FONT_SIZE = 13;
/** Average width in the widest of the systems' sans-serif fonts at that size. */
const CHARACTER_WIDTH = 7.3;
export const LINE_HEIGHT = 18;

const STYLE = `
    svg { --page: #ffffff; --text: #1f2328; --muted: #57606a; --line: #8c959f; --box: #eaf5f3; --border: #76b3ab; --accent: #0b6e66; --note: #fff6dd; --edge: #e2c980 }
    @media (prefers-color-scheme: dark) {
      svg { --page: #0d1117; --text: #e6edf3; --muted: #9aa4ae; --line: #6e7681; --box: #12292a; --border: #2f6a64; --accent: #4fc3b4; --note: #2a2412; --edge: #6b5a24 }
    }
    text { font: ${FONT_SIZE}px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; fill: var(--text); text-anchor: middle }
    .page { fill: var(--page) }
    .box { fill: var(--box); stroke: var(--border) }
    .strong { font-weight: 600 }
    .note { fill: var(--note); stroke: var(--edge) }
    .frame { fill: none; stroke: var(--border); stroke-dasharray: 5 4 }
    .tag { fill: var(--accent); font-weight: 600; text-anchor: start; font-size: 12px }
    .life { stroke: var(--line); stroke-dasharray: 3 4; opacity: .7 }
    .arrow { stroke: var(--accent); stroke-width: 1.4; fill: none }
    .answer { stroke-dasharray: 5 4 }
    .head { fill: var(--accent) }
    .behind { fill: var(--page); opacity: .88 }`;

/** Room for a text in one line. */
export function widthOf(text: string): number {
  return text.length * CHARACTER_WIDTH;
}

export function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Lines of text around a middle. */
export function textAt(x: number, y: number, lines: readonly string[], className = ''): string {
  const top = y - ((lines.length - 1) * LINE_HEIGHT) / 2 + 4.5;
  return lines.map((line, i) => `<text class="${className}" x="${x}" y="${top + i * LINE_HEIGHT}">${escape(line)}</text>`).join('');
}

/** A label on a line: what is behind it is dimmed. */
export function labelAt(x: number, y: number, text: string): string {
  const width = widthOf(text);
  return `<rect class="behind" x="${x - width / 2}" y="${y - 9}" width="${width}" height="18" rx="4"/>${textAt(x, y, [text])}`;
}

/** A whole picture, described for those who do not see it. */
export function picture(title: string, width: number, height: number, body: string): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${escape(title)}">
  <title>${escape(title)}</title>
  <style>${STYLE}
  </style>
  <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="head" d="M0 0L10 5L0 10z"/></marker></defs>
  <rect class="page" width="${w}" height="${h}" rx="12"/>
  ${body}
</svg>
`;
}
