import fc from 'fast-check';
import type { ConnectionKey } from '../../../lambda-src/core/connection';
import { RateExceededError, SenderUnknownError } from '../../../lambda-src/core/errors';
import { MessageRate, type SenderRows, type Update } from '../../../lambda-src/core/message-rate';

const NOW = 1_800_000_000_000;
const ANN: ConnectionKey = { connectionId: 'ann', connectedAt: NOW - 60_000 };
const BOB: ConnectionKey = { connectionId: 'bob', connectedAt: NOW - 60_000 };

interface Row {
  connectedAt: number;
  spentUntil?: number;
  toldAt?: number;
}

/** Rows with DynamoDB's conditional updates. Emulators do not return the row of a failed condition. */
class FakeRows implements SenderRows {
  readonly rows = new Map<string, Row>([[ANN.connectionId, { connectedAt: ANN.connectedAt }], [BOB.connectionId, { connectedAt: BOB.connectedAt }]]);
  writes = 0;

  constructor(private readonly describes = true) {}

  begin(sender: ConnectionKey, until: number, from: number): Promise<Update> {
    return this.spend(sender, ({ spentUntil }) => (spentUntil === undefined || spentUntil < from ? until : undefined));
  }

  advance(sender: ConnectionKey, cost: number, from: number, latest: number): Promise<Update> {
    return this.spend(sender, ({ spentUntil = -Infinity }) => (spentUntil >= from && spentUntil <= latest ? spentUntil + cost : undefined));
  }

  async tell(sender: ConnectionKey, at: number, since: number): Promise<boolean> {
    this.writes++;
    const row = this.find(sender);
    if (!row || (row.toldAt !== undefined && row.toldAt > since)) return false;
    row.toldAt = at;
    return true;
  }

  async isStored(sender: ConnectionKey): Promise<boolean> {
    this.writes++;
    return this.find(sender) !== undefined;
  }

  private find({ connectionId, connectedAt }: ConnectionKey): Row | undefined {
    const row = this.rows.get(connectionId);
    return row?.connectedAt === connectedAt ? row : undefined;
  }

  private async spend(sender: ConnectionKey, next: (row: Row) => number | undefined): Promise<Update> {
    this.writes++;
    const row = this.find(sender);
    const spentUntil = row && next(row);
    if (spentUntil === undefined) return { done: false, row: row && this.describes ? { spentUntil: row.spentUntil, toldAt: row.toldAt } : undefined };
    row!.spentUntil = spentUntil;
    return { done: true, spentUntil };
  }
}

/** Result of a message: it is sent, its sender gets an error, or nothing. */
async function outcome(rate: MessageRate, at: number, sender = ANN): Promise<'sent' | 'told' | 'silent' | 'unknown'> {
  try {
    return await rate.admits(sender, at) ? 'sent' : 'silent';
  } catch (error) {
    if (error instanceof RateExceededError) return 'told';
    if (error instanceof SenderUnknownError) return 'unknown';
    throw error;
  }
}

async function outcomes(rate: MessageRate, times: readonly number[], sender = ANN): Promise<string[]> {
  const all: string[] = [];
  for (const at of times) all.push(await outcome(rate, at, sender));
  return all;
}

const count = (all: readonly string[], of: string) => all.filter((each) => each === of).length;
const OPTIONS = { rate: 10, burst: 30 };

describe.each([['that say what is on a row', true], ['that do not', false]])('with updates %s', (_what, describes) => {
  const start = (options = OPTIONS) => {
    const rows = new FakeRows(describes);
    return { rows, rate: new MessageRate(options, rows) };
  };

  test('a burst is sent, and one more message is not', async () => {
    const { rate } = start();
    expect(await outcomes(rate, Array(32).fill(NOW))).toEqual([...Array(30).fill('sent'), 'told', 'silent']);
  });

  test('a steady rate is sent without end', async () => {
    const { rate } = start();
    expect(count(await outcomes(rate, Array.from({ length: 500 }, (_, index) => NOW + index * 100)), 'sent')).toBe(500);
  });

  test('the sender gets one error a second, however much it sends', async () => {
    const { rate } = start();
    const all = await outcomes(rate, Array.from({ length: 5_000 }, (_, index) => NOW + index));
    expect(count(all, 'sent')).toBe(30 + 49);
    expect(count(all, 'told')).toBeLessThanOrEqual(5);
    expect(count(all, 'told')).toBeGreaterThanOrEqual(4);
  });

  test('a pause refills the burst, and no more', async () => {
    const { rate } = start();
    await outcomes(rate, Array(40).fill(NOW));
    expect(count(await outcomes(rate, Array(40).fill(NOW + 60_000)), 'sent')).toBe(30);
  });

  test('one sender does not use up another\'s rate', async () => {
    const { rate } = start();
    await outcomes(rate, Array(40).fill(NOW));
    expect(await outcome(rate, NOW, BOB)).toBe('sent');
  });

  test('the rate holds over all invocations', async () => {
    const { rows } = start();
    const rates = Array.from({ length: 8 }, () => new MessageRate(OPTIONS, rows));
    const all: string[] = [];
    for (let index = 0; index < 80; index++) all.push(await outcome(rates[index % 8], NOW));
    expect(count(all, 'sent')).toBe(30);
    expect(count(all, 'told')).toBe(1);
  });

  test('a sender without a row gets an error', async () => {
    const { rows, rate } = start();
    rows.rows.delete(ANN.connectionId);
    expect(await outcome(rate, NOW)).toBe('unknown');
    expect(rows.rows.has(ANN.connectionId)).toBe(false);
  });

  test('a sender whose row is deleted while it sends gets an error, and the row stays deleted', async () => {
    const { rows, rate } = start();
    await outcomes(rate, [NOW, NOW]);
    rows.rows.delete(ANN.connectionId);
    expect(await outcome(rate, NOW)).toBe('unknown');
    expect(rows.rows.has(ANN.connectionId)).toBe(false);
  });

  test('the row of another connection with the same id is left alone', async () => {
    const { rows, rate } = start();
    rows.rows.set(ANN.connectionId, { connectedAt: NOW });
    expect(await outcome(rate, NOW + 1)).toBe('unknown');
    expect(rows.rows.get(ANN.connectionId)).toEqual({ connectedAt: NOW });
  });

  test('in any window, no more messages are sent than the rate allows, whatever their times and order', async () => {
    await fc.assert(fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 120 }),
      async (perSecond, burst, offsets) => {
        const { rate } = start({ rate: perSecond, burst });
        const sent: number[] = [];
        for (const offset of [...offsets].sort((a, b) => a - b)) if (await outcome(rate, NOW + offset) === 'sent') sent.push(offset);
        for (const [from, first] of sent.entries()) {
          for (const [more, last] of sent.slice(from).entries()) {
            expect(more + 1).toBeLessThanOrEqual(burst + (last - first) * perSecond / 1000 + 0.01);
          }
        }
      },
    ), { numRuns: 60 });
  });
});

test('a message costs one write, and so does each of a burst', async () => {
  const rows = new FakeRows();
  const rate = new MessageRate(OPTIONS, rows);
  await outcomes(rate, [NOW, NOW + 5_000, ...Array(20).fill(NOW + 10_000)]);
  expect(rows.writes).toBe(22);
});

test('a flood costs the table next to nothing', async () => {
  const rows = new FakeRows();
  const rate = new MessageRate(OPTIONS, rows);
  const all = await outcomes(rate, Array.from({ length: 1_000 }, (_, index) => NOW + index));
  expect(rows.writes).toBeLessThanOrEqual(count(all, 'sent') + 3);
});

test('a flood whose sender got an error from another invocation costs the table nothing more', async () => {
  const rows = new FakeRows();
  await outcomes(new MessageRate(OPTIONS, rows), Array(30).fill(NOW));
  const rates = [new MessageRate(OPTIONS, rows), new MessageRate(OPTIONS, rows)];
  // Both have seen a row without an error when the first of them sends one.
  expect(await Promise.all(rates.map((rate) => outcome(rate, NOW)))).toEqual(['told', 'silent']);
  const before = rows.writes;
  expect(await outcomes(rates[1], Array(5).fill(NOW))).toEqual(Array(5).fill('silent'));
  expect(rows.writes).toBe(before);
});

test('the memory of senders is bounded', async () => {
  const rows = new FakeRows();
  const rate = new MessageRate(OPTIONS, rows);
  for (let index = 0; index < 5_000; index++) {
    const sender = { connectionId: `c${index}`, connectedAt: NOW };
    rows.rows.set(sender.connectionId, { connectedAt: NOW });
    await rate.admits(sender, NOW + 1);
  }
  expect((rate as unknown as { seen: Map<string, unknown> }).seen.size).toBeLessThanOrEqual(2_000);
});

test('a table that cannot be written is an error', async () => {
  const rows = new FakeRows();
  rows.begin = () => Promise.reject(new Error('denied'));
  await expect(new MessageRate(OPTIONS, rows).admits(ANN, NOW)).rejects.toThrow('denied');
});
