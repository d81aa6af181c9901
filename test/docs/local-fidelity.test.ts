import { FIDELITY } from './fidelity-rows';
import { read } from './pages';

/* Each row of docs/local-fidelity.md has tests that show it, and they exist. */

const PAGE = 'docs/local-fidelity.md';

/** Rows of a section: rows of its tables, items of its lists, and its paragraphs. */
function rowsOf(section: string): string[] {
  return section.split(/\n(?=\n|\||- )/).map((text) => text.trim())
    .filter((text) => text !== '' && !/^\| (situation|---)|^\|[-|]+$/.test(text))
    .map((text) => text.replace(/^\| |^- /, ''));
}

const sections = new Map(read(PAGE).split(/^## /m).slice(1).map((text): [string, string[]] => {
  const [title, ...rest] = text.split('\n');
  return [title, rowsOf(rest.join('\n'))];
}));

const named = Object.entries(FIDELITY).flatMap(([section, rows]) => Object.entries(rows).map(([row, tests]) => ({ section, row, tests })));

test('the page has rows in the sections that have tests, and in no other', () => {
  expect([...sections.keys()]).toEqual(Object.keys(FIDELITY));
  expect([...sections.values()].every((rows) => rows.length > 0)).toBe(true);
});

test.each([...sections].flatMap(([section, rows]) => rows.map((row) => [section, row.split('\n')[0], row] as const)))('%s: the row "%s" has a test', (section, _line, row) => {
  expect(Object.keys(FIDELITY[section] ?? {}).filter((beginning) => row.startsWith(beginning))).toHaveLength(1);
});

test.each(named.map(({ section, row, tests }) => [section, row, tests] as const))('%s: "%s" is in the page, and its tests exist', (section, row, tests) => {
  expect(sections.get(section)?.some((text) => text.startsWith(row))).toBe(true);
  expect(tests.length).toBeGreaterThan(0);
  for (const [file, title] of tests) expect(titlesIn(file)).toContain(title);
});

/** Titles of tests and of groups of tests, with quotes unescaped. */
function titlesIn(file: string): string[] {
  return [...read(file).matchAll(/\('((?:[^'\\\n]|\\.)+)',\s+(?:async )?\(/g)].map(([, title]) => title.replace(/\\'/g, "'"));
}
