import type { Case } from '../case';
import { each, GONE, ids, rowsOf } from './build';

const five = ids(5);
const hundred = ids(100);
const twoFifty = ids(250);
const fat = ids(2_500);

/** Cases of who gets a message. */
export const RECIPIENTS: readonly Case[] = [
  {
    name: 'everybody gets the message',
    rows: rowsOf(hundred),
    naive: 'right',
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100 }, posts: 100 },
  },
  {
    name: 'nobody is connected',
    rows: [],
    naive: 'right',
    expect: { delivered: [], counts: {}, posts: 0 },
  },
  {
    name: 'the table has three pages',
    rows: rowsOf(twoFifty),
    table: { pageRows: 100 },
    naive: ['delivery'],
    expect: { delivered: twoFifty, counts: { recipients: 250, delivered: 250 }, posts: 250, scans: 3 },
  },
  {
    name: 'the table has three pages of 1 MB',
    rows: rowsOf(fat, { padding: 1_000 }),
    naive: ['delivery'],
    expect: { delivered: fat, counts: { recipients: 2_500, delivered: 2_500 }, posts: 2_500, scans: 3 },
  },
  {
    name: 'a page is empty, and more follow',
    rows: [...rowsOf(hundred), ...rowsOf(ids(100, 'dead-_'), { expiresInSeconds: -60 })],
    table: { pageRows: 1 },
    naive: ['delivery'],
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100 }, posts: 100 },
  },
  {
    name: 'the sender is not in the table',
    rows: rowsOf(five),
    sender: 'never-stored-aa=',
    naive: 'right',
    expect: { delivered: five, counts: { recipients: 5, delivered: 5 } },
  },
  {
    name: 'the sender gets its own message',
    rows: rowsOf(five),
    sender: five[2],
    naive: 'right',
    expect: { delivered: five, counts: { recipients: 5, delivered: 5 } },
  },
  {
    name: 'the sender does not get its own message when it is excluded',
    rows: rowsOf(five),
    sender: five[2],
    env: { EXCLUDE_SENDER: 'true' },
    naive: 'right',
    expect: { delivered: five.filter((id) => id !== five[2]), counts: { recipients: 4, delivered: 4 }, posts: 4 },
  },
  {
    name: 'the sender is gone',
    rows: rowsOf(five),
    sender: five[2],
    scripts: each([five[2]], GONE),
    naive: ['pruning', 'answer'],
    expect: {
      delivered: five.filter((id) => id !== five[2]),
      pruned: [five[2]],
      counts: { recipients: 5, delivered: 4, gone: 1 },
    },
  },
  {
    name: 'rows have expired, and DynamoDB has not deleted them yet',
    rows: [...rowsOf(five), ...rowsOf(ids(5, 'dead-_'), { expiresInSeconds: -3_600 })],
    naive: ['stray'],
    expect: { delivered: five, counts: { recipients: 5, delivered: 5 }, posts: 5 },
  },
  {
    name: 'keys with # are not connections',
    rows: [...rowsOf(five), { id: '#pace', backlogSeconds: -60 }, { id: '#anything' }],
    expect: { delivered: five, counts: { recipients: 5, delivered: 5 }, posts: 5 },
  },
  {
    name: 'the rows of a user\'s own table have only a key',
    rows: rowsOf(five, { isBare: true }),
    scripts: each([five[0]], GONE),
    expect: { delivered: five.slice(1), counts: { recipients: 5, delivered: 4, gone: 1, staleConnections: 1 } },
  },
  {
    name: 'ids contain every character that has to be encoded',
    rows: rowsOf(['a+b/c=', 'd-e_f=', 'g%3Dh', 'i j', 'k?l#m', 'ü😀']),
    expect: {
      delivered: ['a+b/c=', 'd-e_f=', 'g%3Dh', 'i j', 'k?l#m', 'ü😀'],
      counts: { recipients: 6, delivered: 6 },
    },
  },
];
