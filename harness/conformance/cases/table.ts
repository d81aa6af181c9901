import type { Case } from '../case';
import { ids, rowsOf } from './build';

const ten = ids(10);
const hundred = ids(100);
const threeHundred = ids(300);

/** The table is slow, fails, or reads stale. */
export const TABLE: readonly Case[] = [
  {
    name: 'the table throttles twice in the middle of the scan',
    rows: rowsOf(threeHundred),
    table: { pageRows: 100, faults: [{ operation: 'Scan', kind: 'throttle', from: 2, to: 3 }] },
    naive: ['delivery'],
    expect: { delivered: threeHundred, counts: { recipients: 300, delivered: 300 }, posts: 300 },
  },
  {
    name: 'the table breaks off in the middle of the scan, then works',
    rows: rowsOf(threeHundred),
    table: { pageRows: 100, faults: [{ operation: 'Scan', kind: 'reset', from: 2, to: 2 }] },
    naive: ['delivery'],
    expect: { delivered: threeHundred, counts: { recipients: 300, delivered: 300 }, posts: 300 },
  },
  {
    name: 'the table fails in the middle of the scan: connections that were read get the message, and the failure is counted',
    rows: rowsOf(threeHundred),
    table: { pageRows: 100, faults: [{ operation: 'Scan', kind: 'internal', from: 2 }] },
    expect: { delivered: threeHundred, isPartial: true, counts: { recipients: 100, delivered: 100, incompleteReads: 1 }, posts: 100 },
  },
  {
    name: 'the table cannot be read: the sender gets an error',
    rows: rowsOf(ten),
    table: { faults: [{ operation: 'Scan', kind: 'deny' }] },
    naive: ['answer'],
    expect: { delivered: [], counts: { incompleteReads: 1 }, error: 'TableUnreadableError', posts: 0 },
  },
  {
    name: 'a connection was stored so recently that only a consistent read sees it',
    rows: [...rowsOf(ten), { id: 'just-connected=', ageSeconds: 0 }],
    table: { unseen: ['just-connected='] },
    naive: ['delivery'],
    expect: { delivered: [...ten, 'just-connected='], counts: { recipients: 11, delivered: 11 }, posts: 11 },
  },
  {
    name: 'the shared rate cannot be read: the broadcast goes on at a careful rate of its own',
    rows: rowsOf(hundred),
    table: { faults: [{ operation: 'UpdateItem', kind: 'deny' }] },
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100, rateLimitFallbacks: [1, 10] }, posts: 100, rate: 1_250 },
  },
  {
    name: 'the table throttles the shared rate once',
    rows: rowsOf(hundred),
    table: { faults: [{ operation: 'UpdateItem', kind: 'throttle', from: 1, to: 1 }] },
    // The SDK's wait before it tries again may be longer than the broadcast waits for its share.
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100, rateLimitFallbacks: [0, 1] }, posts: 100, rate: 5_000 },
  },
];
