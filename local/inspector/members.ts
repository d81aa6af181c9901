import { MEMBER_ATTRIBUTE, CHANNEL_NAME } from '../../src/private/layer-contract';
import type { Call } from '../tables/client';

/** A connection in a channel. */
export interface Member {
  readonly connectionId: string;
  readonly userId?: string;
  readonly name?: string;
}

export interface Channel {
  readonly name: string;
  /** User of a personal channel. */
  readonly userId?: string;
  readonly count: number;
  /** The first few members. */
  readonly members: readonly Member[];
}

type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string } | undefined>>;

/** Most rows that are read, since the page reads them every second. A table on a laptop has fewer. */
const MAX_ROWS = 5_000;
const SHOWN_MEMBERS = 100;

/** Matches keys of channels: the other rows of the members table begin in a way that no channel name does. */
const CHANNEL = new RegExp(`${CHANNEL_NAME.pattern}|${CHANNEL_NAME.personalPattern}`);

/** Reads the channels of an API and their members from its members table. */
export async function readChannels(call: Call, tableName: string, now: number): Promise<Channel[]> {
  const members = new Map<string, Member[]>();
  for await (const item of rowsOf(call, tableName)) {
    const name = item[MEMBER_ATTRIBUTE.channel]?.S ?? '';
    if (!CHANNEL.test(name) || Number(item[MEMBER_ATTRIBUTE.ttl]?.N) * 1000 < now) continue;
    members.set(name, [...members.get(name) ?? [], {
      connectionId: item[MEMBER_ATTRIBUTE.connectionId]?.S ?? '',
      userId: item[MEMBER_ATTRIBUTE.userId]?.S,
      name: item[MEMBER_ATTRIBUTE.from]?.S,
    }]);
  }
  return [...members].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, all]) => ({
    name,
    userId: name.startsWith(CHANNEL_NAME.personalPrefix) ? all.find(({ userId }) => userId !== undefined)?.userId : undefined,
    count: all.length,
    members: all.slice(0, SHOWN_MEMBERS),
  }));
}

/** Returns the ids of the connections in a channel. */
export async function connectionsIn(call: Call, tableName: string, channel: string): Promise<string[]> {
  const ids: string[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = await call('Query', {
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: '#channel = :channel',
      ExpressionAttributeNames: { '#channel': MEMBER_ATTRIBUTE.channel },
      ExpressionAttributeValues: { ':channel': { S: channel } },
      ExclusiveStartKey,
    });
    ids.push(...(page.Items as Item[]).map((item) => item[MEMBER_ATTRIBUTE.connectionId]?.S ?? ''));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return ids;
}

async function* rowsOf(call: Call, tableName: string): AsyncGenerator<Item> {
  let left = MAX_ROWS;
  let ExclusiveStartKey: unknown;
  do {
    const page = await call('Scan', { TableName: tableName, ConsistentRead: true, Limit: left, ExclusiveStartKey });
    const items = page.Items as Item[];
    yield* items;
    left -= items.length;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey && left > 0);
}
