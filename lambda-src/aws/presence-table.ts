import { randomBytes } from 'node:crypto';
import {
  ConditionalCheckFailedException, GetItemCommand, PutItemCommand, UpdateItemCommand, type AttributeValue, type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { queryPages } from './query-pages';
import { LAYER_TUNING, MEMBER_ATTRIBUTE, PRESENCE_ATTRIBUTE, PRESENCE_KEY } from '../../src/private/layer-contract';
import {
  NO_PRESENCE, type PresenceMember, type PresenceMembers, type PresenceState, type PresenceTable, type StoredList, type StoreOutcome,
} from '../core/presence/presence-table';

type Item = Readonly<Record<string, AttributeValue>>;

const NAME = PRESENCE_ATTRIBUTE;
const ROW = MEMBER_ATTRIBUTE;
const ID_KEY_BYTES = 32;

/** Presence in the members table in DynamoDB. The presence item of a channel is outside the partition of its rows, from which lists are made. */
export class DynamoPresenceTable implements PresenceTable, PresenceMembers {
  /** @param now returns epoch milliseconds */
  constructor(private readonly client: DynamoDBClient, private readonly tableName: string, private readonly now: () => number) {}

  async state(channel: string, abortSignal?: AbortSignal): Promise<PresenceState> {
    return stateOf(await this.get(`${PRESENCE_KEY.partitionPrefix}${channel}`, abortSignal));
  }

  async setMark(channel: string, turn: number, at: number, abortSignal?: AbortSignal): Promise<void> {
    await this.update(channel, {
      UpdateExpression: 'SET #mark = :turn, #markedAt = :at, #ttl = :ttl',
      // Before the first tick there is no turn.
      ConditionExpression: turn === NO_PRESENCE.turn ? 'attribute_not_exists(#turn)' : '#turn = :turn',
      ExpressionAttributeNames: names('turn', 'mark', 'markedAt'),
      ExpressionAttributeValues: numbers({ ':turn': turn, ':at': at }),
    }, abortSignal).catch(refusedOr);
  }

  async takeTurn(channel: string, askedIn?: number, abortSignal?: AbortSignal): Promise<PresenceState | undefined> {
    const answer = await this.update(channel, {
      UpdateExpression: 'SET #ttl = :ttl ADD #turn :one',
      ...(askedIn !== undefined && { ConditionExpression: 'attribute_not_exists(#storedTurn) OR #storedTurn <= :askedIn' }),
      ExpressionAttributeNames: { ...names('turn'), ...(askedIn !== undefined && names('storedTurn')) },
      ExpressionAttributeValues: numbers({ ':one': 1, ...(askedIn !== undefined && { ':askedIn': askedIn }) }),
    }, abortSignal, true).catch(refusedOr);
    return answer instanceof ConditionalCheckFailedException ? undefined : stateOf(answer.Attributes);
  }

  async store(channel: string, turn: number, list: StoredList, base: PresenceState, abortSignal?: AbortSignal): Promise<StoreOutcome> {
    const { version, count, users, absent, wakeAt } = list;
    const answer = await this.update(channel, {
      UpdateExpression: 'SET #storedTurn = :turn, #version = :version, #count = :count, #absent = :absent, #ttl = :ttl'
        + `${users ? ', #users = :users' : ''}${wakeAt === undefined ? '' : ', #wakeAt = :wakeAt'}`
        + `${users && wakeAt !== undefined ? '' : ` REMOVE ${[users ? '' : '#users', wakeAt === undefined ? '#wakeAt' : ''].filter(Boolean).join(', ')}`}`,
      ConditionExpression: base.storedTurn === NO_PRESENCE.storedTurn ? 'attribute_not_exists(#storedTurn)' : '#storedTurn = :base',
      ExpressionAttributeNames: names('storedTurn', 'version', 'count', 'users', 'absent', 'wakeAt'),
      ExpressionAttributeValues: {
        ...numbers({ ':turn': turn, ':version': version, ':count': count }),
        ...(base.storedTurn !== NO_PRESENCE.storedTurn && numbers({ ':base': base.storedTurn })),
        ':absent': { S: JSON.stringify(absent) },
        ...(users && { ':users': { S: JSON.stringify(users) } }),
        ...(wakeAt !== undefined && numbers({ ':wakeAt': wakeAt })),
      },
    }, abortSignal).catch(refusedOr);
    if (!(answer instanceof ConditionalCheckFailedException)) return 'stored';
    return (answer.$metadata.attempts ?? 1) > 1 ? 'unsure' : 'refused';
  }

  async* pages(channel: string, abortSignal?: AbortSignal): AsyncGenerator<readonly PresenceMember[]> {
    const query = {
      TableName: this.tableName,
      KeyConditionExpression: '#channel = :channel',
      ProjectionExpression: '#connectionId, #connectedAt, #ttl, #userId, #from',
      ExpressionAttributeNames: {
        '#channel': ROW.channel, '#connectionId': ROW.connectionId, '#connectedAt': ROW.connectedAt, '#ttl': ROW.ttl, '#userId': ROW.userId, '#from': ROW.from,
      },
      ExpressionAttributeValues: { ':channel': { S: channel } },
    };
    for await (const items of queryPages(this.client, query, abortSignal)) yield items.map(memberOf);
  }

  /** Returns the random key from which ids are derived; the first function that needs it creates it. */
  async idKey(abortSignal?: AbortSignal): Promise<Uint8Array> {
    for (;;) {
      const found = (await this.get(PRESENCE_KEY.idKeyPartition, abortSignal))?.[NAME.idKey]?.B;
      if (found) return found;
      await this.client.send(new PutItemCommand({
        TableName: this.tableName,
        Item: { ...keyOf(PRESENCE_KEY.idKeyPartition), [NAME.idKey]: { B: randomBytes(ID_KEY_BYTES) } },
        ConditionExpression: 'attribute_not_exists(#idKey)',
        ExpressionAttributeNames: names('idKey'),
      }), { abortSignal }).catch(refusedOr);
    }
  }

  private async get(partition: string, abortSignal?: AbortSignal): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, ConsistentRead: true, Key: keyOf(partition) });
    return (await this.client.send(command, { abortSignal })).Item;
  }

  /** Updates the item; every write extends its lifetime. */
  private async update(
    channel: string,
    { ExpressionAttributeNames, ExpressionAttributeValues, ...rest }: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName' | 'Key'>,
    abortSignal: AbortSignal | undefined, isRead = false,
  ) {
    const ttl = Math.ceil(this.now() / 1_000) + LAYER_TUNING.presenceItemHours * 3_600;
    return this.client.send(new UpdateItemCommand({
      TableName: this.tableName,
      Key: keyOf(`${PRESENCE_KEY.partitionPrefix}${channel}`),
      ...rest,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, '#ttl': ROW.ttl },
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ...numbers({ ':ttl': ttl }) },
      ReturnValues: isRead ? 'ALL_NEW' : 'NONE',
    }), { abortSignal });
  }
}

function refusedOr(error: unknown): ConditionalCheckFailedException {
  if (error instanceof ConditionalCheckFailedException) return error;
  throw error;
}

function keyOf(partition: string): Item {
  return { [ROW.channel]: { S: partition }, [ROW.connectionId]: { S: PRESENCE_KEY.sort } };
}

function names(...keys: (keyof typeof NAME)[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [`#${key}`, NAME[key]]));
}

function numbers(values: Readonly<Record<string, number>>): Item {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
}

function stateOf(item: Item | undefined): PresenceState {
  if (!item) return NO_PRESENCE;
  const numberIn = (name: string) => (item[name]?.N === undefined ? undefined : Number(item[name].N));
  const storedTurn = numberIn(NAME.storedTurn);
  const [mark, markedAt, wakeAt] = [numberIn(NAME.mark), numberIn(NAME.markedAt), numberIn(NAME.wakeAt)];
  return {
    turn: numberIn(NAME.turn) ?? NO_PRESENCE.turn,
    ...(mark !== undefined && { mark, markedAt }),
    ...(storedTurn === undefined ? listOf(NO_PRESENCE) : {
      storedTurn,
      version: numberIn(NAME.version)!,
      count: numberIn(NAME.count)!,
      ...(item[NAME.users] && { users: JSON.parse(item[NAME.users].S!) }),
      absent: JSON.parse(item[NAME.absent].S!),
      ...(wakeAt !== undefined && { wakeAt }),
    }),
  };
}

function listOf({ storedTurn, version, count, users, absent }: PresenceState) {
  return { storedTurn, version, count, users, absent };
}

function memberOf(item: Item): PresenceMember {
  return {
    connectionId: item[ROW.connectionId].S!,
    connectedAt: Number(item[ROW.connectedAt]?.N),
    ttl: Number(item[ROW.ttl]?.N),
    ...(item[ROW.userId]?.S !== undefined && { userId: item[ROW.userId].S }),
    ...(item[ROW.from]?.S !== undefined && { from: item[ROW.from].S }),
  };
}
