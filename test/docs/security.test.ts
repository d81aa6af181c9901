import { read } from './pages';
import { renderTable, SECURITY_ROWS } from './security-table';

/* The table of docs/security.md is generated from the rows, and each row matches a test and a docstring. */

const PAGE = 'docs/security.md';

/** Returns the `@default` in the docstring of a property. */
function defaultOf(prop: string, file: string): string {
  const [before] = read(file).split(`readonly ${prop}?:`);
  const found = /^.*@default (.*)$/gm;
  const defaults = [...before.matchAll(found)].map(([, text]) => text);
  if (defaults.length === 0) throw new Error(`${file} has no default for ${prop}`);
  return defaults.at(-1)!.replace(/^- /, '');
}

test('the table of the page is that of the rows', () => {
  const [, table] = /<!-- security:begin -->\n([^]*?)\n<!-- security:end -->/.exec(read(PAGE)) ?? [];
  expect(table).toBe(renderTable(defaultOf));
});

test.each(SECURITY_ROWS.map((row) => [row.risk, row] as const))('%s: the test that shows it exists', (_risk, { test: [file, title] }) => {
  expect(read(file)).toContain(`'${title}'`);
});

test.each(SECURITY_ROWS.flatMap(({ prop }) => (prop ? [prop] : [])))('%s is a property of %s', (name, file) => {
  expect(read(file)).toMatch(new RegExp(`^  readonly ${name}\\?:`, 'm'));
});
