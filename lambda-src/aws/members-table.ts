import {
  BatchExecuteStatementCommand, BatchGetItemCommand, ConditionalCheckFailedException, DeleteItemCommand, GetItemCommand, PutItemCommand,
  type AttributeValue, type BatchGetItemCommandInput, type BatchGetItemCommandOutput, type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { queryPages } from './query-pages';
import { ATTRIBUTE } from '../../src/private/contract';
import { MEMBER_ATTRIBUTE, REVERSE_ROW_PREFIX } from '../../src/private/layer-contract';
import type { Connection, RecipientSource } from '../core/connection';
import { inParallel } from '../core/in-parallel';
import type { Member, MemberKey, MemberTable, RowAge, RowKind, Sighting } from '../core/members/member-table';

type Item = Readonly<Record<string, AttributeValue>>;

const NAME = MEMBER_ATTRIBUTE;
/** Most statements of a batch. */
const STATEMENTS = 25;
/** Fewer rows are deleted one by one. */
const WORTH_A_BATCH = 2;
/** Few where a connection ends: its function may be new and small, and then each socket costs more than the wait for one. */
const BATCHES_AT_ONCE = 2;
const DELETES_AT_ONCE = 8;
/** Attempts to read the rest of a request that DynamoDB cut short. */
const LOOKS = 5;

/** The members table in DynamoDB, and the read of the connections table that goes with it. */
export class MembersTable implements MemberTable {
  /** @param pageRows most members of a page; by default as many as DynamoDB returns at once: 1 MB */
  constructor(
    private readonly client: DynamoDBClient, private readonly tableName: string, private readonly connectionsTableName: string,
    private readonly pageRows?: number,
  ) {}

  async put(kind: RowKind, member: Member, abortSignal?: AbortSignal): Promise<boolean> {
    const { connectedAt, at, request, ttl, userId, from } = member;
    const command = new PutItemCommand({
      TableName: this.tableName,
      Item: {
        ...keyOf(kind, member),
        ...numbers({ [NAME.connectedAt]: connectedAt, [NAME.at]: at, [NAME.ttl]: ttl }),
        ...(kind === 'reverse' && { [NAME.request]: { S: request } }),
        // Only the channel's row holds the user: the reverse row has no reader who needs it.
        ...(kind === 'channel' && userId !== undefined && { [NAME.userId]: { S: userId } }),
        ...(kind === 'channel' && from !== undefined && { [NAME.from]: { S: from } }),
      },
      ConditionExpression: 'attribute_not_exists(#connectedAt) OR #connectedAt < :connectedAt OR (#connectedAt = :connectedAt AND #at <= :at)',
      ExpressionAttributeNames: { '#connectedAt': NAME.connectedAt, '#at': NAME.at },
      ExpressionAttributeValues: numbers({ ':connectedAt': connectedAt, ':at': at }),
    });
    return this.client.send(command, { abortSignal }).then(() => true, ifRefused);
  }

  async remove(kind: RowKind, member: MemberKey, age?: RowAge, abortSignal?: AbortSignal): Promise<void> {
    const command = new DeleteItemCommand({
      TableName: this.tableName,
      Key: keyOf(kind, member),
      ...conditionOf(member, age),
    });
    await this.client.send(command, { abortSignal }).catch(ifRefused);
  }

  async removeAll(kind: RowKind, members: readonly MemberKey[], abortSignal?: AbortSignal): Promise<void> {
    await inParallel(chunksOf(members, STATEMENTS), BATCHES_AT_ONCE, async (some) => {
      const left = some.length < WORTH_A_BATCH ? some : await this.removeBatch(kind, some, abortSignal);
      // One by one, so that the SDK waits and repeats as it does for every request.
      await inParallel(left, DELETES_AT_ONCE, (member) => this.remove(kind, member, undefined, abortSignal));
    });
  }

  /**
   * Deletes rows in one request; returns those that may be there still. A statement whose condition fails met the row of another connection.
   *
   * `BatchWriteItem` has no conditions. A transaction costs twice as much, and fails as a whole.
   */
  private async removeBatch(kind: RowKind, members: readonly MemberKey[], abortSignal?: AbortSignal): Promise<readonly MemberKey[]> {
    const Statement = `DELETE FROM "${this.tableName}" WHERE "${NAME.channel}" = ? AND "${NAME.connectionId}" = ? AND "${NAME.connectedAt}" = ?`;
    const Statements = members.map((member) => {
      const { [NAME.channel]: partition, [NAME.connectionId]: sort } = keyOf(kind, member);
      return { Statement, Parameters: [partition, sort, { N: String(member.connectedAt) }] };
    });
    const { Responses = [] } = await this.client.send(new BatchExecuteStatementCommand({ Statements }), { abortSignal });
    return members.filter((_, nth) => {
      const answer = Responses[nth];
      return answer === undefined || (answer.Error !== undefined && answer.Error.Code !== 'ConditionalCheckFailed');
    });
  }

  /** Reads both tables in one request; their order does not matter. */
  async look(connectionId: string, channels: readonly string[], abortSignal?: AbortSignal): Promise<Sighting> {
    const key: Item = { [ATTRIBUTE.connectionId]: { S: connectionId } };
    let RequestItems: BatchGetItemCommandInput['RequestItems'] = {
      [this.connectionsTableName]: { ConsistentRead: true, Keys: [key], ProjectionExpression: ATTRIBUTE.connectedAt },
      [this.tableName]: { ConsistentRead: true, Keys: channels.map((channel) => keyOf('reverse', { connectionId, channel })) },
    };
    let connectedAt: number | undefined;
    const reverse = new Map<string, Pick<Member, 'connectedAt' | 'at'>>();
    for (let looks = 1; ; looks++) {
      const answer: BatchGetItemCommandOutput = await this.client.send(new BatchGetItemCommand({ RequestItems }), { abortSignal });
      const { Responses = {}, UnprocessedKeys = {} } = answer;
      connectedAt ??= numberIn(Responses[this.connectionsTableName]?.[0], ATTRIBUTE.connectedAt);
      for (const item of Responses[this.tableName] ?? []) {
        reverse.set(item[NAME.connectionId].S!, { connectedAt: numberIn(item, NAME.connectedAt)!, at: numberIn(item, NAME.at)! });
      }
      if (Object.keys(UnprocessedKeys).length === 0) return { connectedAt, reverse };
      if (looks === LOOKS) throw new Error('the tables were not read to the end: they are throttled');
      RequestItems = UnprocessedKeys;
    }
  }

  async channelsOf(connectionId: string, abortSignal?: AbortSignal): Promise<readonly MemberKey[]> {
    const found: MemberKey[] = [];
    for await (const items of this.query(`${REVERSE_ROW_PREFIX}${connectionId}`, abortSignal)) {
      found.push(...items.map((item) => ({ channel: item[NAME.connectionId].S!, connectionId, connectedAt: numberIn(item, NAME.connectedAt)! })));
    }
    return found;
  }

  async member(channel: string, connectionId: string, abortSignal?: AbortSignal): Promise<Connection | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, ConsistentRead: true, Key: keyOf('channel', { channel, connectionId }) });
    const { Item } = await this.client.send(command, { abortSignal });
    return Item && connectionOf(Item);
  }

  membersOf(channel: string, firstRows?: number): RecipientSource {
    const pages = (abortSignal: AbortSignal) => this.query(channel, abortSignal, firstRows);
    return {
      async* pages(abortSignal) {
        for await (const items of pages(abortSignal)) {
          yield items.map(connectionOf);
          if (abortSignal.aborted) return;
        }
      },
    };
  }

  private query(partition: string, abortSignal?: AbortSignal, firstRows?: number): AsyncIterable<readonly Item[]> {
    return queryPages(this.client, {
      TableName: this.tableName,
      KeyConditionExpression: '#channel = :channel',
      ProjectionExpression: '#channel, #connectionId, #connectedAt, #ttl',
      ExpressionAttributeNames: { '#channel': NAME.channel, '#connectionId': NAME.connectionId, '#connectedAt': NAME.connectedAt, '#ttl': NAME.ttl },
      ExpressionAttributeValues: { ':channel': { S: partition } },
      firstRows,
      pageRows: this.pageRows,
    }, abortSignal);
  }
}

function chunksOf<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}

function keyOf(kind: RowKind, { channel, connectionId }: Pick<MemberKey, 'channel' | 'connectionId'>): Item {
  const [partition, sort] = kind === 'channel' ? [channel, connectionId] : [`${REVERSE_ROW_PREFIX}${connectionId}`, channel];
  return { [NAME.channel]: { S: partition }, [NAME.connectionId]: { S: sort } };
}

/** Condition that the row belongs to this very connection and, where an age is given, has that age. */
function conditionOf({ connectedAt }: MemberKey, age: RowAge | undefined) {
  const [name, comparison, value] = compared(age);
  return {
    ConditionExpression: `#connectedAt = :connectedAt${comparison}`,
    ExpressionAttributeNames: { '#connectedAt': NAME.connectedAt, ...(name && { '#age': name }) },
    ExpressionAttributeValues: { ...numbers({ ':connectedAt': connectedAt }), ...(value && { ':age': value }) },
  };
}

function compared(age: RowAge | undefined): [string?, string?, AttributeValue?] {
  if (age === undefined) return [undefined, ''];
  if ('request' in age) return [NAME.request, ' AND #age = :age', { S: age.request }];
  return 'at' in age ? [NAME.at, ' AND #age = :age', { N: String(age.at) }] : [NAME.at, ' AND #age < :age', { N: String(age.before) }];
}

function connectionOf(item: Item): Connection {
  return {
    connectionId: item[NAME.connectionId].S!,
    connectedAt: numberIn(item, NAME.connectedAt),
    ttl: numberIn(item, NAME.ttl),
    channel: item[NAME.channel].S!,
  };
}

function ifRefused(error: unknown): false {
  if (error instanceof ConditionalCheckFailedException) return false;
  throw error;
}

function numbers(values: Readonly<Record<string, number>>): Item {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
}

function numberIn(item: Item | undefined, name: string): number | undefined {
  const text = item?.[name]?.N;
  return text === undefined ? undefined : Number(text);
}
