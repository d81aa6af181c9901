import type { Case } from '../case';
import { each, GONE, GONE_WITHOUT_HEADER, ids, OK, rowsOf } from './build';

const six = ids(6);
const ten = ids(10);
const fifty = ids(50);
const thousand = ids(1_000);

/** The table is read in an order of its own: only all positions together are sure to hold the first and the last. */
const atEveryPosition: Case[] = six.map((goneId, position) => ({
  name: `one connection is gone, at position ${position + 1} of 6`,
  rows: rowsOf(six),
  scripts: each([goneId], GONE),
  naive: ['pruning', 'answer'],
  expect: {
    delivered: six.filter((id) => id !== goneId),
    pruned: [goneId],
    counts: { recipients: 6, delivered: 5, gone: 1 },
    posts: 6,
  },
}));

/** Connections that have closed, or are not open yet: API Gateway answers 410 for both. */
export const GONE_CASES: readonly Case[] = [
  ...atEveryPosition,
  {
    name: 'a connection is gone, and the answer does not name its error',
    rows: rowsOf(ten),
    scripts: each([ten[3]], GONE_WITHOUT_HEADER),
    naive: ['pruning', 'answer'],
    expect: {
      delivered: ten.filter((id) => id !== ten[3]),
      pruned: [ten[3]],
      counts: { recipients: 10, delivered: 9, gone: 1 },
    },
  },
  {
    name: 'one connection of a thousand is gone',
    rows: rowsOf(thousand),
    scripts: each([thousand[500]], GONE),
    naive: ['delivery', 'pruning', 'answer'],
    expect: {
      delivered: thousand.filter((id) => id !== thousand[500]),
      pruned: [thousand[500]],
      counts: { recipients: 1_000, delivered: 999, gone: 1 },
      posts: 1_000,
    },
  },
  {
    name: 'all connections are gone, which is no failure',
    rows: rowsOf(fifty),
    others: [GONE],
    naive: ['pruning', 'answer'],
    expect: { delivered: [], pruned: fifty, counts: { recipients: 50, gone: 50 }, posts: 50 },
  },
  {
    name: 'a young connection is gone: it may still be opening, so its row stays',
    rows: [...rowsOf(ten), { id: 'young-opening-a=', ageSeconds: 5 }],
    scripts: each(['young-opening-a='], GONE),
    naive: ['answer'],
    expect: { delivered: ten, counts: { recipients: 11, delivered: 10, gone: 1, retried: 2 }, posts: 13 },
  },
  {
    name: 'a connection that is opening gets the message a moment later',
    rows: [...rowsOf(ten), { id: 'young-opening-a=', ageSeconds: 0 }],
    scripts: each(['young-opening-a='], GONE, OK),
    naive: ['delivery', 'answer'],
    expect: { delivered: [...ten, 'young-opening-a='], counts: { recipients: 11, delivered: 11, retried: 1 }, posts: 12 },
  },
  {
    name: 'a connection that is opening gets the message a second later',
    rows: [...rowsOf(ten), { id: 'young-opening-a=', ageSeconds: 0 }],
    scripts: each(['young-opening-a='], GONE, GONE, OK),
    naive: ['delivery', 'answer'],
    expect: { delivered: [...ten, 'young-opening-a='], counts: { recipients: 11, delivered: 11, retried: 2 }, posts: 13 },
  },
  {
    name: 'a row comes back under the same id before it is deleted',
    rows: rowsOf(ten),
    scripts: each([ten[4], ten[5]], GONE),
    table: { reconnecting: [ten[4]] },
    naive: ['pruning', 'answer'],
    expect: {
      delivered: ten.filter((id) => id !== ten[4] && id !== ten[5]),
      pruned: [ten[5]],
      counts: { recipients: 10, delivered: 8, gone: 2 },
    },
  },
  {
    name: 'the rows of gone connections cannot be deleted',
    rows: rowsOf(ten),
    scripts: each(ten.slice(0, 3), GONE),
    table: { faults: [{ operation: 'DeleteItem', kind: 'deny' }] },
    naive: ['answer'],
    expect: { delivered: ten.slice(3), counts: { recipients: 10, delivered: 7, gone: 3, staleConnections: 3 } },
  },
];
