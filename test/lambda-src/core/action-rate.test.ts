import { ActionRate } from '../../../lambda-src/core/action-rate';
import { RateExceededError } from '../../../lambda-src/core/errors';
import type { SenderRows } from '../../../lambda-src/core/message-rate';

const SENDER = { connectionId: 'ann', connectedAt: 0 };
const AT = 1_795_000_000_000;

/** One row, as DynamoDB keeps it. */
class OneRow implements SenderRows {
  spent?: number;
  async begin(_sender: object, until: number, from: number) {
    if (this.spent !== undefined && this.spent >= from) return { done: false, row: { spentUntil: this.spent } } as const;
    this.spent = until;
    return { done: true, spentUntil: until } as const;
  }

  async advance(_sender: object, cost: number, from: number, latest: number) {
    if (this.spent === undefined || this.spent < from || this.spent > latest) return { done: false, row: { spentUntil: this.spent } } as const;
    this.spent += cost;
    return { done: true, spentUntil: this.spent } as const;
  }

  tell = async () => true;
  isStored = async () => true;
}

/** Returns how many of these are admitted in a row at one instant. */
async function admitted(rate: ActionRate, actions: readonly boolean[]): Promise<boolean[]> {
  const results: boolean[] = [];
  for (const again of actions) {
    results.push(await rate.spend(SENDER, AT, again).then(() => true, (error: unknown) => {
      expect(error).toBeInstanceOf(RateExceededError);
      return false;
    }));
  }
  return results;
}

test('a repetition costs ten permits of the same rate, and every action over the rate is refused', async () => {
  const rate = new ActionRate({ rate: 1, burst: 22 }, new OneRow());
  expect(await admitted(rate, [true, false, true, false, false, false])).toEqual([true, true, true, true, false, false]);
});

test('with a burst below ten, a sender that has spent nothing may repeat one message', async () => {
  const rate = new ActionRate({ rate: 1, burst: 3 }, new OneRow());
  expect(await admitted(rate, [true, true, false])).toEqual([true, false, false]);
});
