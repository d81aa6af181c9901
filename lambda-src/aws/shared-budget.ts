import { ConditionalCheckFailedException, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE, PACE, TUNING } from '../../src/private/contract';
import type { Clock } from '../core/clock';
import type { Budget, Reservation } from '../core/pacer';

/** Attempts to reserve a slot while other invocations reserve slots first. */
const TRIES = 5;
/** No invocation reserves so far ahead: such an item comes from a wrong clock, and is replaced. */
const ABSURD_BACKLOG_MILLIS = 15 * 60_000;
/** Farthest slot of this process: a slot begins before its invocation ends. A later one means that the clock was set back since. */
const FARTHEST_SLOT_MILLIS = (TUNING.deliveryHandlerTimeoutSeconds + 10) * 1_000;
/** An update never takes longer: this process was frozen meanwhile. */
const MAX_LATENCY_MILLIS = 1_000;

/**
 * The delivery rate that all invocations share, kept in one item of the connections table: the instant up to which it is reserved.
 *
 * Invariants: slots are disjoint, since one conditional update takes each, either behind the last one
 * (`from ≤ t ≤ now + maxWait`) or from `from` on (`t` absent or earlier). A slot does not end before it is known: `from` is the time at
 * which the answer is expected. Which of the two updates to try first is a guess; when it fails, the item shows the right one.
 */
export class SharedBudget implements Budget {
  /** Duration of the last update. */
  private latency = 0;
  /** End of this process's last slot; other processes may have reserved slots behind it. */
  private end = 0;

  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
    public readonly rate: number,
    private readonly clock: Clock,
  ) {}

  async reserve(sends: number, maxWaitMillis: number, abortSignal: AbortSignal): Promise<Reservation> {
    const cost = (sends * 1000) / this.rate;
    const wasSetBack = this.end > this.clock.now() + FARTHEST_SLOT_MILLIS;
    const absurd = wasSetBack ? FARTHEST_SLOT_MILLIS : ABSURD_BACKLOG_MILLIS;
    let taken: number | undefined;
    let isBehind = this.end > this.clock.now() + this.latency;
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const now = this.clock.now();
        const from = now + this.latency;
        if (taken !== undefined) isBehind = taken >= from && taken <= now + absurd;
        if (isBehind && taken !== undefined && taken > now + maxWaitMillis) return { kind: 'refused', backlogMillis: taken - now };
        const outcome = isBehind
          ? await this.takeBehind(cost, from, Math.max(from, now + maxWaitMillis), abortSignal)
          : await this.takeFrom(from, cost, now + absurd, abortSignal);
        if ('start' in outcome) {
          this.end = outcome.start + cost;
          return { kind: 'slot', start: outcome.start };
        }
        taken = outcome.taken;
        isBehind = !isBehind;
      }
    } catch {
      // Throttled, denied or unreachable: the caller continues at a low rate of its own.
      return { kind: 'unreachable' };
    }
    // Emulators of DynamoDB do not return the item: a slot that is neither early nor late enough is too far ahead.
    return taken === undefined ? { kind: 'refused', backlogMillis: maxWaitMillis } : { kind: 'unreachable' };
  }

  private takeBehind(cost: number, from: number, latest: number, abortSignal: AbortSignal) {
    return this.update('#t = #t + :cost', '#t BETWEEN :from AND :latest', { cost, from, latest }, cost, abortSignal);
  }

  private takeFrom(from: number, cost: number, absurd: number, abortSignal: AbortSignal) {
    const condition = 'attribute_not_exists(#t) OR #t < :from OR #t > :absurd';
    return this.update('#t = :next', condition, { next: from + cost, from, absurd }, cost, abortSignal);
  }

  private async update(
    set: string, condition: string, values: Record<string, number>, cost: number, abortSignal: AbortSignal,
  ): Promise<{ start: number } | { taken: number | undefined }> {
    const command = new UpdateItemCommand({
      TableName: this.tableName,
      Key: { [ATTRIBUTE.connectionId]: { S: PACE.key } },
      UpdateExpression: `SET ${set}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#t': PACE.until },
      ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, { N: String(value) }])),
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const asked = this.clock.now();
    const answer = await this.client.send(command, { abortSignal }).catch((error: unknown) => {
      if (error instanceof ConditionalCheckFailedException) return error;
      throw error;
    });
    this.latency = Math.min(MAX_LATENCY_MILLIS, Math.max(0, this.clock.now() - asked));
    if (!(answer instanceof ConditionalCheckFailedException)) return { start: Number(answer.Attributes![PACE.until].N) - cost };
    const until = answer.Item?.[PACE.until]?.N;
    return { taken: until === undefined ? undefined : Number(until) };
  }
}
