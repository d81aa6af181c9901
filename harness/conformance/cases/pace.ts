import type { Case } from '../case';
import { each, HANG, ids, rowsOf, slow, THROTTLED } from './build';

const fifteen = ids(15);
const hundred = ids(100);
const threeHundred = ids(300);
const thousand = ids(1_000);
const twoThousand = ids(2_000);

/** The shared rate, the deadline, and what comes after the return. */
export const PACE_CASES: readonly Case[] = [
  {
    name: 'the deadline comes in the middle of the broadcast: connections that were not reached are counted',
    rows: rowsOf(twoThousand),
    env: { DELIVERY_RATE_LIMIT: '300' },
    timeoutMillis: 4_000,
    naive: ['pace'],
    expect: {
      delivered: twoThousand,
      isPartial: true,
      counts: { recipients: 2_000, delivered: [300, 1_500], abandoned: [500, 1_700] },
      rate: 300,
    },
  },
  {
    name: 'the deadline comes while all sends hang, and the environment is frozen and thawed: nothing is sent afterwards',
    rows: rowsOf(threeHundred),
    others: [HANG],
    timeoutMillis: 4_000,
    freezes: true,
    naive: ['answer'],
    expect: {
      delivered: [],
      counts: { recipients: 300, failed: [0, 300], abandoned: [0, 300], retried: [0, 40] },
      error: 'NobodyReachedError',
      // While nobody has answered, few are sent to: what hangs may be the endpoint.
      posts: [12, 340],
    },
  },
  {
    name: 'the deadline comes while retries wait, and the environment is frozen and thawed: nothing is sent afterwards',
    rows: rowsOf(hundred),
    scripts: each(hundred.slice(0, 5), THROTTLED),
    others: [slow(50)],
    timeoutMillis: 2_800,
    freezes: true,
    naive: ['answer'],
    expect: {
      delivered: hundred.slice(5),
      counts: { recipients: 100, delivered: 95, failed: [0, 5], abandoned: [0, 5], throttled: [5, 20], retried: [1, 15] },
    },
  },
  {
    name: 'the environment is frozen and thawed after an ordinary broadcast: nothing is sent afterwards',
    rows: rowsOf(hundred),
    freezes: true,
    naive: 'right',
    expect: { delivered: hundred, counts: { recipients: 100, delivered: 100 }, posts: 100 },
  },
  {
    name: 'ten broadcasts at once to a thousand connections share one rate',
    rows: rowsOf(thousand),
    broadcasts: 10,
    env: { DELIVERY_RATE_LIMIT: '2500' },
    naive: ['pace'],
    // The embedded database refuses contended writes without the item: some reservations give up, are counted, and the rate still holds.
    expect: { delivered: thousand, counts: { recipients: 1_000, delivered: 1_000, rateLimitFallbacks: [0, 3] }, posts: 10_000, rate: 2_500 },
  },
  {
    name: 'the rate is used up for the next ten seconds: the broadcast is refused, and the sender gets an error',
    rows: [...rowsOf(hundred), { id: '#pace', backlogSeconds: 10 }],
    expect: {
      delivered: hundred,
      isPartial: true,
      counts: { recipients: 100, delivered: [0, 20], abandoned: [80, 100] },
      error: 'BroadcastRefusedError',
      posts: [0, 20],
    },
  },
  {
    name: 'the rate is used up, but a broadcast to a few does not need it',
    rows: [...rowsOf(fifteen), { id: '#pace', backlogSeconds: 10 }],
    expect: { delivered: fifteen, counts: { recipients: 15, delivered: 15 }, posts: 15 },
  },
];
