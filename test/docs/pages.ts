import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../../harness/root';

export interface Block {
  readonly page: string;
  readonly line: number;
  /** Text after the backticks, or `indented`. */
  readonly language: string;
  /** Value of `id=…` after the language. */
  readonly id?: string;
  readonly code: string;
}

/** Paths of the READMEs and of every page of docs/. */
export const PAGES = ['README.md', 'CONTRIBUTING.md', 'local/README.md', 'client/README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];

export function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Returns the code of a page: fenced blocks, and blocks indented by four after an empty line. */
export function blocksOf(page: string): Block[] {
  const lines = read(page).split('\n');
  const blocks: Block[] = [];
  for (let row = 0; row < lines.length; row++) {
    const [, indent, info] = /^( *)```(\S.*)?$/.exec(lines[row]) ?? [];
    const start = row;
    if (indent !== undefined) {
      const end = lines.findIndex((line, i) => i > start && line.trim() === '```');
      if (end < 0) throw new Error(`${page}:${start + 1}: a block that does not end`);
      const [language = '', ...rest] = (info ?? '').split(' ');
      const id = /\bid=(\S+)/.exec(rest.join(' '))?.[1];
      blocks.push({ page, line: start + 1, language, id, code: lines.slice(start + 1, end).map((line) => line.slice(indent.length)).join('\n') });
      row = end;
    } else if (/^ {4}\S/.test(lines[row]) && (lines[row - 1] ?? '').trim() === '') {
      while (/^ {4}|^$/.test(lines[row + 1] ?? 'x')) row++;
      blocks.push({ page, line: start + 1, language: 'indented', code: lines.slice(start, row + 1).map((line) => line.slice(4)).join('\n').trimEnd() });
    }
  }
  return blocks;
}

/** Returns the text of a page without its code blocks. */
export function proseOf(page: string): string {
  return read(page).replace(/^( *)```[^]*?^\1```$/gm, '');
}

/** Returns the anchors of a page, as GitHub derives them from headings. */
export function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading);
  return new Set(headings.map((heading) => heading.toLowerCase().replace(/[^\p{L}\p{N}\- _]/gu, '').replace(/ /g, '-')));
}

export function at({ page, line }: Block): string {
  return `${relative('.', page)}:${line}`;
}

/** Returns each command that a page shows, in a block or in its text, with its place. */
export function documentedCommands(): { readonly where: string; readonly command: string }[] {
  const inBlocks = PAGES.flatMap(blocksOf)
    .filter(({ language, code }) => ['sh', 'console', 'indented'].includes(language) || /^np[mx] /.test(code))
    .filter(({ language, code }) => language !== 'indented' || /^(np[mx]|broadcast-local) /.test(code))
    .flatMap(({ page, line, code }) => code.split('\n').map((text, i) => ({ where: `${page}:${line + i + 1}`, text: text.replace(/^\$ /, '').replace(/\s+#.*$/, '').trim() })))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
  const inProse = PAGES.flatMap((page) => [...proseOf(page).matchAll(/`((?:npm run|npm ci|npx|broadcast-local) ?[^`]*)`/g)]
    .map(([, text]) => ({ where: page, text })));
  return [...inBlocks, ...inProse].flatMap(({ where, text }) => text.split(' && ').map((command) => ({ where, command })));
}
