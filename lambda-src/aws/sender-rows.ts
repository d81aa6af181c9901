import { type AttributeValue, ConditionalCheckFailedException, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE } from '../../src/private/contract';
import type { ConnectionKey } from '../core/connection';
import type { SenderRows, SpentRate, Update } from '../core/message-rate';

type Item = Readonly<Record<string, AttributeValue>>;

interface Change {
  readonly set: string;
  readonly condition?: string;
  readonly values: Readonly<Record<string, number>>;
}

const NAMES = { '#connectedAt': ATTRIBUTE.connectedAt, '#spent': ATTRIBUTE.spentUntil, '#told': ATTRIBUTE.toldAt };

/**
 * The rows of senders in DynamoDB.
 *
 * Invariant: every update requires that the row belongs to this very connection. A deleted row therefore stays deleted, and the row of
 * another connection that got the same id is left alone.
 */
export class DynamoSenderRows implements SenderRows {
  constructor(private readonly client: DynamoDBClient, private readonly tableName: string) {}

  begin(sender: ConnectionKey, until: number, from: number, abortSignal?: AbortSignal): Promise<Update> {
    const condition = '(attribute_not_exists(#spent) OR #spent < :from)';
    return this.spend(sender, { set: '#spent = :until', condition, values: { until, from } }, abortSignal);
  }

  advance(sender: ConnectionKey, cost: number, from: number, latest: number, abortSignal?: AbortSignal): Promise<Update> {
    const condition = '#spent BETWEEN :from AND :latest';
    return this.spend(sender, { set: '#spent = #spent + :cost', condition, values: { cost, from, latest } }, abortSignal);
  }

  async tell(sender: ConnectionKey, at: number, since: number, abortSignal?: AbortSignal): Promise<boolean> {
    const { done } = await this.update(sender, {
      set: '#told = :at', condition: '(attribute_not_exists(#told) OR #told <= :since)', values: { at, since },
    }, abortSignal);
    return done;
  }

  /** Uses an update that changes nothing: it needs no other permission. */
  async isStored(sender: ConnectionKey, abortSignal?: AbortSignal): Promise<boolean> {
    const { done } = await this.update(sender, { set: '#connectedAt = :seen', values: {} }, abortSignal);
    return done;
  }

  private async spend(sender: ConnectionKey, change: Change, abortSignal?: AbortSignal): Promise<Update> {
    const { done, item } = await this.update(sender, change, abortSignal);
    if (done) return { done, spentUntil: numberIn(item, ATTRIBUTE.spentUntil)! };
    const isOurs = numberIn(item, ATTRIBUTE.connectedAt) === sender.connectedAt;
    return { done, row: isOurs ? spentRateOf(item) : undefined };
  }

  private async update(
    { connectionId, connectedAt }: ConnectionKey, { set, condition, values }: Change, abortSignal?: AbortSignal,
  ): Promise<{ done: boolean; item?: Item }> {
    const expressions = `${set} ${condition}`;
    const command = new UpdateItemCommand({
      TableName: this.tableName,
      Key: { [ATTRIBUTE.connectionId]: { S: connectionId } },
      UpdateExpression: `SET ${set}`,
      ConditionExpression: ['#connectedAt = :seen', ...(condition ? [condition] : [])].join(' AND '),
      // DynamoDB refuses names that an expression does not use.
      ExpressionAttributeNames: Object.fromEntries(Object.entries(NAMES).filter(([name]) => name === '#connectedAt' || expressions.includes(name))),
      ExpressionAttributeValues: Object.fromEntries(Object.entries({ ...values, seen: connectedAt }).map(([name, value]) => [`:${name}`, { N: String(value) }])),
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.client.send(command, { abortSignal }).then(
      ({ Attributes }) => ({ done: true, item: Attributes }),
      (error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return { done: false, item: error.Item };
        throw error;
      },
    );
  }
}

function spentRateOf(item: Item | undefined): SpentRate {
  return { spentUntil: numberIn(item, ATTRIBUTE.spentUntil), toldAt: numberIn(item, ATTRIBUTE.toldAt) };
}

function numberIn(item: Item | undefined, name: string): number | undefined {
  const text = item?.[name]?.N;
  return text === undefined ? undefined : Number(text);
}
