import { ConditionalCheckFailedException, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE, PACE } from '../../src/private/contract';
import type { Clock } from '../core/clock';
import type { Budget, Reservation } from '../core/pacer';

/** How often a slot that another invocation took first is tried for again. */
const TRIES = 5;
/** Nobody can have reserved so far ahead: an item that says so comes from a clock gone wrong, and is written anew. */
const ABSURD_BACKLOG_MILLIS = 15 * 60_000;

/**
 * The delivery rate that all invocations share, kept in one item of the connections table: the instant up to which it is
 * spoken for.
 *
 * Invariant: slots are disjoint. Each is taken by one conditional update, either behind the last one
 * (`now ≤ t ≤ now + maxWait`) or from now on (`t` absent or past).
 */
export class SharedBudget implements Budget {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
    public readonly rate: number,
    private readonly clock: Clock,
  ) {}

  async reserve(sends: number, maxWaitMillis: number, abortSignal: AbortSignal): Promise<Reservation> {
    const cost = (sends * 1000) / this.rate;
    try {
      let taken: number | undefined;
      for (let tries = 0; tries < TRIES; tries++) {
        const now = this.clock.now();
        const backlog = taken === undefined ? 0 : taken - now;
        if (backlog > maxWaitMillis && backlog < ABSURD_BACKLOG_MILLIS) return { kind: 'refused', backlogMillis: backlog };
        const behind = taken === undefined ? tries === 0 : backlog >= 0 && backlog < ABSURD_BACKLOG_MILLIS;
        const outcome = behind
          ? await this.takeBehind(cost, now, now + maxWaitMillis, abortSignal)
          : await this.takeFromNow(cost, now, abortSignal);
        if ('start' in outcome) return { kind: 'slot', start: outcome.start };
        taken = outcome.taken;
      }
    } catch {
      // Throttled, denied, or out of reach: the caller goes on at a careful rate of its own.
    }
    return { kind: 'unreachable' };
  }

  private takeBehind(cost: number, now: number, latest: number, abortSignal: AbortSignal) {
    return this.update('#t = #t + :cost', '#t BETWEEN :now AND :limit', { cost, now, limit: latest }, cost, abortSignal);
  }

  private takeFromNow(cost: number, now: number, abortSignal: AbortSignal) {
    const limit = now + ABSURD_BACKLOG_MILLIS;
    return this.update('#t = :next', 'attribute_not_exists(#t) OR #t < :now OR #t > :limit', { next: now + cost, now, limit }, cost, abortSignal);
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
    try {
      const { Attributes } = await this.client.send(command, { abortSignal });
      return { start: Number(Attributes![PACE.until].N) - cost };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const until = error.Item?.[PACE.until]?.N;
      return { taken: until === undefined ? undefined : Number(until) };
    }
  }
}
