import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dollars, edgeTriggered, storm, type Bill } from './storm';
import { ROOT } from '../../../../harness/root';

const MAX_USERS = 200;

/** Limited by the number of joins, not by time, also on a busy machine. */
jest.setTimeout(120_000);

/* Cost of many joins at once, compared with one frame per join to all members. */

const rowOf = (name: string, bill: Bill) => {
  const counts = [bill.frames, bill.reads, bill.readUnits].map((count) => count.toLocaleString('en'));
  return `| ${[name, ...counts, bill.turns || '', `$${dollars(bill).toPrecision(2)}`].join(' | ')} |`;
};

test('docs/presence.md has these figures', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'presence.md'), 'utf8');
  for (const [name, seconds] of [['1 second', 1], ['10 seconds', 10], ['1 minute', 60]] as const) {
    expect(page).toContain(rowOf(name, await storm({ joins: 1_000, seconds, maxUsers: MAX_USERS })));
  }
  expect(page).toContain(rowOf('one frame for each join to all who are there', edgeTriggered(1_000)));
});

test('a thousand joins in ten seconds take few frames, reads and dollars', async () => {
  const bill = await storm({ joins: 1_000, seconds: 10, maxUsers: MAX_USERS });
  const naive = edgeTriggered(1_000);
  expect(naive.frames).toBe(499_500);
  expect(bill.frames).toBeLessThan(5_000);
  // One for each mark, and a few for each tick.
  expect(bill.reads).toBeLessThan(1_050);
  expect(bill.readUnits).toBeLessThan(naive.readUnits / 10);
  expect(dollars(bill)).toBeLessThan(dollars(naive) / 100);
  expect(bill.settledMillis).toBeLessThan(5_000);
});

test('a thousand joins in a minute take one list every two seconds', async () => {
  const { frames } = await storm({ joins: 1_000, seconds: 60, maxUsers: MAX_USERS });
  expect(frames).toBeGreaterThan(10_000);
  expect(frames).toBeLessThan(30_000);
});

test('five hundred joins a second, as many as API Gateway allows, do not multiply the ticks', async () => {
  const { turns } = await storm({ joins: 5_000, seconds: 10, maxUsers: MAX_USERS });
  expect(turns).toBeLessThan(30);
});

test('mutant: ticks that do not name the turn in which they were sent multiply', async () => {
  const { turns } = await storm({ joins: 5_000, seconds: 10, maxUsers: MAX_USERS, namesTurns: false });
  expect(turns).toBeGreaterThan(30);
});
