import {
  type AttributeValue, ConditionalCheckFailedException, GetItemCommand, ProvisionedThroughputExceededException, PutItemCommand, QueryCommand,
  RequestLimitExceeded, ThrottlingException, UpdateItemCommand, type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { HISTORY_ATTRIBUTE, HISTORY_KEY } from '../../src/private/contract';
import { LOG_LIMIT } from '../core/log/log-limits';
import { LogThrottledError, type Entry, type EntryPage, type EntryRange, type LogName, type LogTable, type Origin } from '../core/log/log-table';

type Item = Readonly<Record<string, AttributeValue>>;

const NAME = HISTORY_ATTRIBUTE;
const NAMES = { '#channel': NAME.channel, '#position': NAME.position };
/** An origin without positions is read so seldom that renewing its end is no cost. */
const RENEWED_AFTER_SECONDS = LOG_LIMIT.unusedOriginSeconds / 2;
const THROTTLES = [ProvisionedThroughputExceededException, RequestLimitExceeded, ThrottlingException];

/**
 * The history table in DynamoDB.
 *
 * The origin of a channel is an item in the partition of the channel, at position 0. Its entries are in another partition, named by the
 * channel and its epoch, so that the two do not share a throughput limit. No channel name contains a `#`.
 */
export class HistoryTable implements LogTable {
  /** @param now epoch milliseconds */
  constructor(private readonly client: DynamoDBClient, private readonly tableName: string, private readonly now: () => number = Date.now) {}

  async origin(channel: string, abortSignal?: AbortSignal): Promise<Origin | undefined> {
    const item = await this.get(keyOf(channel, 0), abortSignal);
    if (!item) return undefined;
    await this.keepUnused(item, abortSignal);
    return originOf(item);
  }

  async createOrigin(channel: string, epoch: string, at: number, abortSignal?: AbortSignal): Promise<void> {
    const start = await this.get(keyOf(HISTORY_KEY.start, 0), abortSignal);
    const first = numberIn(start, NAME.first) ?? 0;
    await this.put({
      ...keyOf(channel, 0),
      [NAME.epoch]: { S: epoch },
      ...numbers({ [NAME.first]: first, [NAME.createdAt]: at, [NAME.last]: first, [NAME.at]: at, [NAME.ttl]: unusedUntil(at) }),
    }, abortSignal);
  }

  /**
   * Puts off the end of an origin of which no position was reserved yet. Reading makes one, so that clients could fill the table with the
   * origins of names that they invent: only those last that somebody still reads.
   */
  private async keepUnused(origin: Item, abortSignal?: AbortSignal): Promise<void> {
    const ttl = numberIn(origin, NAME.ttl);
    const until = unusedUntil(this.now());
    if (ttl === undefined || until - ttl < RENEWED_AFTER_SECONDS) return;
    const command = new PutItemCommand({
      TableName: this.tableName,
      Item: { ...origin, ...numbers({ [NAME.ttl]: until }) },
      ConditionExpression: '#ttl = :ttl',
      ExpressionAttributeNames: { '#ttl': NAME.ttl },
      ExpressionAttributeValues: numbers({ ':ttl': ttl }),
    });
    // Whoever reads next does it again, unless it is used by now.
    await this.client.send(command, { abortSignal }).catch(() => undefined);
  }

  async reserve(channel: string, count: number, at: number, retentionSeconds: number, abortSignal?: AbortSignal): Promise<Origin | undefined> {
    const command = new UpdateItemCommand({
      TableName: this.tableName,
      Key: keyOf(channel, 0),
      UpdateExpression: 'SET #last = #last + :count, #at = :at, #used = :at REMOVE #ttl',
      ConditionExpression: 'attribute_exists(#epoch)',
      ExpressionAttributeNames: {
        '#last': NAME.last, '#at': NAME.at, '#epoch': NAME.epoch, '#used': `${NAME.usedPrefix}${retentionSeconds}`, '#ttl': NAME.ttl,
      },
      ExpressionAttributeValues: { ':count': { N: String(count) }, ':at': { N: String(at) } },
      ReturnValues: 'ALL_OLD',
    });
    const answer = await this.send(() => this.client.send(command, { abortSignal })).catch(ifRefused);
    return answer instanceof ConditionalCheckFailedException ? undefined : originOf(answer.Attributes!);
  }

  async fill(log: LogName, entry: Entry, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    for (;;) {
      const refused = await this.put(itemOf(log, entry), abortSignal);
      if (!refused) return undefined;
      // Emulators of DynamoDB do not return the item.
      const found = refused.Item ?? await this.get(keyOf(partitionOf(log), entry.position), abortSignal);
      if (found) return entryOf(found);
    }
  }

  async entries(log: LogName, { from, to, limit, newestFirst = false }: EntryRange, abortSignal?: AbortSignal): Promise<EntryPage> {
    if (from > to) return { entries: [], isComplete: true };
    let ExclusiveStartKey: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.tableName,
        ConsistentRead: true,
        KeyConditionExpression: '#channel = :channel AND #position BETWEEN :from AND :to',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: { ':channel': { S: partitionOf(log) }, ':from': { N: String(from) }, ':to': { N: String(to) } },
        ScanIndexForward: !newestFirst,
        Limit: limit,
        ExclusiveStartKey,
      });
      const { Items = [], LastEvaluatedKey } = await this.send(() => this.client.send(command, { abortSignal }));
      if (Items.length > 0 || !LastEvaluatedKey) return { entries: Items.map(entryOf), isComplete: !LastEvaluatedKey };
      ExclusiveStartKey = LastEvaluatedKey;
    } while (true);
  }

  private async get(Key: Item, abortSignal?: AbortSignal): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, ConsistentRead: true, Key });
    return (await this.send(() => this.client.send(command, { abortSignal }))).Item;
  }

  /** Writes an item unless there is one; returns the error of the condition if there is. */
  private async put(item: Item, abortSignal?: AbortSignal): Promise<ConditionalCheckFailedException | undefined> {
    const command = new PutItemCommand({
      TableName: this.tableName,
      Item: item,
      ConditionExpression: 'attribute_not_exists(#position)',
      ExpressionAttributeNames: { '#position': NAME.position },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const answer = await this.send(() => this.client.send(command, { abortSignal })).catch(ifRefused);
    return answer instanceof ConditionalCheckFailedException ? answer : undefined;
  }

  private async send<T>(request: () => Promise<T>): Promise<T> {
    return request().catch((error: unknown) => {
      throw THROTTLES.some((throttle) => error instanceof throttle) ? new LogThrottledError(error) : error;
    });
  }
}

/** Epoch seconds from which on the table may delete an origin without positions. @param at epoch milliseconds */
function unusedUntil(at: number): number {
  return Math.ceil(at / 1_000) + LOG_LIMIT.unusedOriginSeconds;
}

function ifRefused(error: unknown): ConditionalCheckFailedException {
  if (error instanceof ConditionalCheckFailedException) return error;
  throw error;
}

function partitionOf({ channel, epoch }: LogName): string {
  return `${channel}${HISTORY_KEY.separator}${epoch}`;
}

function keyOf(partition: string, position: number): Item {
  return { [NAME.channel]: { S: partition }, [NAME.position]: { N: String(position) } };
}

function itemOf(log: LogName, { position, at, ttl, before, message }: Entry): Item {
  return {
    ...keyOf(partitionOf(log), position),
    ...numbers({ [NAME.at]: at, [NAME.ttl]: ttl, [NAME.before]: before, [NAME.sentAt]: message?.sentAt }),
    ...(message && { [NAME.id]: { S: message.id }, [NAME.body]: { S: message.text } }),
    ...(message?.from !== undefined && { [NAME.from]: { S: message.from } }),
  };
}

function entryOf(item: Item): Entry {
  const id = item[NAME.id]?.S;
  const from = item[NAME.from]?.S;
  const before = numberIn(item, NAME.before);
  return {
    position: numberIn(item, NAME.position)!,
    at: numberIn(item, NAME.at)!,
    ttl: numberIn(item, NAME.ttl)!,
    ...(before !== undefined && { before }),
    ...(id !== undefined && {
      message: { id, ...(from !== undefined && { from }), sentAt: numberIn(item, NAME.sentAt)!, text: item[NAME.body]?.S ?? '' },
    }),
  };
}

function originOf(item: Item): Origin {
  const retentions = Object.keys(item).filter((name) => name.startsWith(NAME.usedPrefix))
    .map((name) => [Number(name.slice(NAME.usedPrefix.length)), numberIn(item, name)!] as const);
  return {
    epoch: item[NAME.epoch].S!,
    first: numberIn(item, NAME.first) ?? 0,
    createdAt: numberIn(item, NAME.createdAt) ?? 0,
    last: numberIn(item, NAME.last)!,
    at: numberIn(item, NAME.at)!,
    retentions: new Map(retentions),
  };
}

function numbers(values: Readonly<Record<string, number | undefined>>): Item {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, { N: String(value) }]])));
}

function numberIn(item: Item | undefined, name: string): number | undefined {
  const text = item?.[name]?.N;
  return text === undefined ? undefined : Number(text);
}
