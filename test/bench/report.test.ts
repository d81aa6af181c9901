import { figuresTable, type Figure } from '../../bench/figure';
import { reportOf } from '../../bench/markdown';
import { asText } from '../../bench/table';

const figures: Figure[] = [
  { name: 'less is better', value: 1.25, atLeast: 1.3, aim: 1.1 },
  { name: 'more is better', value: 0.9, atLeast: 0.95, aim: 0.99, isMore: true, unit: '%' },
];

test('a figure shows its bounds, what was reached, and whether they hold', () => {
  expect(figuresTable(figures).rows).toEqual([
    ['less is better', '≤ 1.30', '≤ 1.10', '1.25', 'yes', 'NO'],
    ['more is better', '≥ 95.0 %', '≥ 99.0 %', '90.0 %', 'NO', 'NO'],
  ]);
});

test('a report has the figures, the tables, what it was measured on, and the command that repeats it', () => {
  const report = reportOf({
    file: 'docs/bench.md', names: ['pace'], machine: '2 processors, a load of 0.1 from other things', figures, tables: [{ title: 'Pace', head: ['', 'ours'], rows: [['per second', '5000']] }],
  });
  expect(report).toContain('npm ci && npx projen bundle && npm run bench -- --report docs/bench.md pace');
  expect(report).toContain('a load of 0.1 from other things');
  expect(report).toContain('| less is better | ≤ 1.30 | ≤ 1.10 | 1.25 | yes | NO |');
  expect(report).toContain('## Pace\n\n|  | ours |\n|---|---:|\n| per second | 5000 |');
});

test('a report with the local runner says what its figures are', () => {
  const about = (...names: string[]) => reportOf({ file: 'docs/bench.md', names, machine: '', figures, tables: [] }).includes('local runner');
  expect([about(), about('pace', 'local'), about('pace')]).toEqual([true, true, false]);
});

test('a report of the history alone names the limits that are lifted, and no other broadcaster', () => {
  const report = reportOf({ file: 'docs/bench-history.md', names: ['history'], machine: '', figures, tables: [] });
  expect(report).toContain('npm run bench -- --report docs/bench-history.md history');
  expect(report).toContain('500 new connections per second');
  expect(report).not.toContain('naive');
});

test('a report of channels alone says how the time of a small function was worked out', () => {
  const report = reportOf({ file: 'docs/bench-channels.md', names: ['channels'], machine: '', figures, tables: [] });
  expect(report).toContain('npm run bench -- --report docs/bench-channels.md channels');
  expect(report).toContain('256/1,769 of a vCPU');
});

test('a report of batches alone says which figures were measured, and which come from a virtual clock', () => {
  const report = reportOf({ file: 'docs/bench-batches.md', names: ['batches'], machine: '', figures, tables: [] });
  expect(report).toContain('come from a virtual clock');
  expect(report).toContain('Those over TLS were measured');
  expect(report).toContain('naive handler is the one of [the other measurements](bench.md)');
});

test('a terminal gets columns', () => {
  expect(asText({ title: 'T', head: ['a', 'b'], rows: [['long', '1']] })).toBe('\nT\n\na     b\n----  -\nlong  1\n');
});
