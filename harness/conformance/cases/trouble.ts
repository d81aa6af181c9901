import type { Case } from '../case';
import {
  BAD_ID, BROKEN, each, FORBIDDEN, GONE, HANG, ids, OK, RESET_AFTER, RESET_BEFORE, rowsOf, slow, THROTTLED, TOO_LARGE, UNAVAILABLE,
} from './build';

const ten = ids(10);
const forty = ids(40);
const fifty = ids(50);
const hundred = ids(100);
const twoHundred = ids(200);
const fiveHundred = ids(500);
const thousand = ids(1_000);

/** API Gateway asks to slow down: for one client that reads too slowly, or for the account. */
const THROTTLING: readonly Case[] = [
  {
    name: 'one client of a hundred accepts no message at all',
    rows: rowsOf(hundred),
    scripts: each([hundred[50]], THROTTLED),
    naive: ['answer'],
    expect: {
      delivered: hundred.filter((id) => id !== hundred[50]),
      counts: { recipients: 100, delivered: 99, failed: 1, throttled: 4, retried: 3 },
      posts: 103,
    },
  },
  {
    name: 'a storm of 429: one connection in 13 is throttled once',
    rows: rowsOf(fiveHundred),
    scripts: each(fiveHundred.filter((_, index) => index % 13 === 0), THROTTLED, OK),
    naive: 'right',
    expect: { delivered: fiveHundred, counts: { recipients: 500, delivered: 500, throttled: 39, retried: 39 }, posts: 539 },
  },
  {
    name: 'a storm of 429: one connection in 25 is throttled twice',
    rows: rowsOf(fiveHundred),
    scripts: each(fiveHundred.filter((_, index) => index % 25 === 0), THROTTLED, THROTTLED, OK),
    naive: 'right',
    expect: { delivered: fiveHundred, counts: { recipients: 500, delivered: 500, throttled: 40, retried: 40 }, posts: 540 },
  },
  {
    name: 'a storm of 429: all are throttled for ever; the retries do not add to it, and the sender gets an error',
    rows: rowsOf(twoHundred),
    others: [THROTTLED],
    naive: ['answer'],
    expect: {
      delivered: [],
      counts: { recipients: 200, failed: 200, throttled: [200, 230], retried: [10, 30] },
      error: 'NobodyReachedError',
      posts: [210, 230],
    },
  },
];

/** API Gateway fails, or cannot be reached. */
const FAILING: readonly Case[] = [
  {
    name: 'API Gateway fails twice for some, then works',
    rows: rowsOf(twoHundred),
    scripts: { ...each(twoHundred.slice(0, 5), BROKEN, UNAVAILABLE, OK), ...each(twoHundred.slice(100, 105), UNAVAILABLE, OK) },
    naive: 'right',
    expect: { delivered: twoHundred, counts: { recipients: 200, delivered: 200, retried: 15 }, posts: 215 },
  },
  {
    name: 'API Gateway fails for ever for some',
    rows: rowsOf(hundred),
    scripts: each(hundred.slice(0, 3), BROKEN),
    naive: ['answer'],
    expect: { delivered: hundred.slice(3), counts: { recipients: 100, delivered: 97, failed: 3, retried: 6 }, posts: 106 },
  },
  {
    name: 'one client hangs among a thousand, and nobody waits for it',
    rows: rowsOf(thousand),
    scripts: each([thousand[500]], HANG),
    timeoutMillis: 12_000,
    naive: ['answer'],
    expect: {
      delivered: thousand.filter((id) => id !== thousand[500]),
      counts: { recipients: 1_000, delivered: 999, failed: 1, retried: 1 },
      posts: 1_001,
      promptly: { millis: 3_000, except: [thousand[500]] },
    },
  },
  {
    name: 'nine clients of ten hang, and the others do not wait for them',
    rows: rowsOf(forty),
    scripts: each(forty.slice(4), HANG),
    timeoutMillis: 12_000,
    expect: {
      delivered: forty.slice(0, 4),
      counts: { recipients: 40, delivered: 4, failed: 36, retried: [10, 14] },
      posts: [50, 54],
      promptly: { millis: 3_000, except: forty.slice(4) },
    },
  },
  {
    name: 'the endpoint is slow for all',
    rows: rowsOf(hundred),
    others: [slow(400)],
    naive: 'right',
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100 }, posts: 100 },
  },
  {
    name: 'the endpoint takes more than a second for each of five hundred',
    rows: rowsOf(fiveHundred),
    others: [slow(1_200)],
    naive: 'right',
    timeoutMillis: 28_000,
    expect: { delivered: fiveHundred, counts: { recipients: 500, delivered: 500 }, posts: 500 },
  },
  {
    name: 'the connection is reset before the message was taken',
    rows: rowsOf(hundred),
    scripts: each(hundred.slice(0, 5), RESET_BEFORE, OK),
    naive: 'right',
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100, retried: 5 }, posts: 105 },
  },
  {
    name: 'the connection is reset after the message was taken, which the sender cannot know: it is tried once more',
    rows: rowsOf(hundred),
    scripts: each(hundred.slice(0, 5), RESET_AFTER, OK),
    naive: 'right',
    expect: {
      delivered: hundred,
      mayRepeat: hundred.slice(0, 5),
      counts: { recipients: 100, delivered: 100, retried: 5 },
      posts: 105,
    },
  },
  {
    name: 'the connection is reset each time: it is tried twice and no more',
    rows: rowsOf(hundred),
    scripts: each(hundred.slice(0, 2), RESET_AFTER),
    naive: ['repetition', 'answer'],
    expect: {
      delivered: hundred,
      mayRepeat: hundred.slice(0, 2),
      counts: { recipients: 100, delivered: 98, failed: 2, retried: 2 },
      posts: 102,
    },
  },
  {
    name: 'the endpoint is down: no recipient is given up while there is time, and the sender gets an error',
    rows: rowsOf(fifty),
    endpointIsDown: true,
    timeoutMillis: 8_000,
    naive: ['answer'],
    expect: { delivered: [], counts: { recipients: 50, abandoned: 50 }, error: 'NobodyReachedError', posts: 0 },
  },
];

/** API Gateway refuses. */
const REFUSING: readonly Case[] = [
  {
    name: 'all deliveries are forbidden: the broadcast stops, and the sender gets an error',
    rows: rowsOf(thousand),
    others: [FORBIDDEN],
    naive: ['answer', 'afterlife'],
    expect: {
      delivered: [],
      counts: { recipients: 1_000, failed: [20, 400], abandoned: [600, 980] },
      error: 'DeliveryDeniedError',
      posts: [20, 400],
    },
  },
  {
    name: 'no row has a connection id: the sender gets an error, because nobody got the message, and all rows stay',
    rows: rowsOf(ten),
    others: [BAD_ID],
    naive: ['answer'],
    expect: { delivered: [], counts: { recipients: 10, failed: 10 }, error: 'NobodyReachedError', posts: 10 },
  },
  {
    name: 'one delivery is forbidden, one has no connection id, one is too large: the rest are delivered, all rows stay',
    rows: rowsOf(ten),
    scripts: { ...each([ten[0]], FORBIDDEN), ...each([ten[4]], BAD_ID), ...each([ten[9]], TOO_LARGE) },
    naive: ['answer'],
    expect: {
      delivered: ten.filter((id) => ![ten[0], ten[4], ten[9]].includes(id)),
      counts: { recipients: 10, delivered: 7, failed: 3 },
      posts: 10,
    },
  },
  {
    name: 'everything happens at once',
    rows: rowsOf(fiveHundred),
    scripts: {
      ...each(fiveHundred.slice(0, 20), GONE),
      ...each(fiveHundred.slice(20, 25), THROTTLED, OK),
      ...each(fiveHundred.slice(25, 30), BROKEN, OK),
      ...each(fiveHundred.slice(30, 35), RESET_BEFORE, OK),
      ...each(fiveHundred.slice(35, 37), BAD_ID),
      ...each(fiveHundred.slice(37, 40), UNAVAILABLE, GONE),
    },
    naive: ['pruning', 'answer'],
    expect: {
      delivered: fiveHundred.filter((_, index) => (index >= 20 && index < 35) || index >= 40),
      pruned: [...fiveHundred.slice(0, 20), ...fiveHundred.slice(37, 40)],
      counts: { recipients: 500, delivered: 475, gone: 23, failed: 2, throttled: 5, retried: 18 },
      posts: 518,
    },
  },
];

export const TROUBLE: readonly Case[] = [...THROTTLING, ...FAILING, ...REFUSING];
