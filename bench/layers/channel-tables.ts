import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { LayerStage } from './layer-stage';
import { item, putItems } from '../../harness/database';
import type { Handler } from '../../harness/handler/handler';
import { createMembersTable, memberItems } from '../../harness/members-table';
import { shippedBundle } from '../../harness/shipped-bundle';
import { ATTRIBUTE, ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';

/** The channel that is measured, and how many are in it. */
export const ROOM = 'room:measured';
export const MEMBERS = 10;
/** Connections in each of the other channels. */
const OTHER_MEMBERS = 100;
const INDEX = 'channel-index';

/** As the construct sets them by default, but so high that nobody meets them. */
export const RATES = { [ENV.messageRate]: '1000000', [ENV.messageBurst]: '1000000' };

export interface ChannelTables {
  readonly connections: string;
  readonly members: string;
}

export function memberIds(): string[] {
  return Array.from({ length: MEMBERS }, (_, nth) => `member-${nth}=`);
}

/** Tables of so many connections, each in one channel, of which ten are in the one that is measured. */
export async function channelTables(stage: LayerStage, size: number): Promise<ChannelTables> {
  const members = `members-${stage.nextTable()}`;
  const { client } = stage.database.database;
  const ids = idsOf(size);
  await createMembersTable(client, members);
  await putItems(client, members, ids.flatMap((connectionId, nth) => memberItems({ channel: channelOf(nth), connectionId, ...lifeOf(stage) })));
  return { connections: await stage.connections(ids), members };
}

/** The same as tutorials have it: one table, and an index of it. */
export async function naiveTable(stage: LayerStage, size: number): Promise<string> {
  const TableName = `rooms-${stage.nextTable()}`;
  const { client } = stage.database.database;
  await client.send(new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [ATTRIBUTE.connectionId, 'channel'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: [{ AttributeName: ATTRIBUTE.connectionId, KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [{ IndexName: INDEX, KeySchema: [{ AttributeName: 'channel', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName });
  const rows = idsOf(size).map((connectionId, nth) => ({ ...item({ connectionId, ...lifeOf(stage) }), channel: { S: channelOf(nth) } }));
  await putItems(client, TableName, rows);
  return TableName;
}

export function channelEnvironment(
  stage: LayerStage, handler: 'layered-message-handler' | 'layered-connection-handler', { connections, members }: ChannelTables, memoryMegabytes?: number,
): Promise<Handler> {
  const rules = [{ pattern: 'room:*', subscribe: { kind: 'anyone' }, publish: { kind: 'subscribers' }, history: false }];
  const env = { ...RATES, [LAYER_ENV.membersTableName]: members, [LAYER_ENV.channelRules]: JSON.stringify(rules) };
  return stage.environment({ bundle: shippedBundle(handler), connections, env, memoryMegabytes });
}

export function naiveEnvironment(stage: LayerStage, table: string): Promise<Handler> {
  return stage.environment({ bundle: stage.naiveChannels(), connections: table, env: { CHANNEL_INDEX_NAME: INDEX } });
}

function idsOf(size: number): string[] {
  return [...memberIds(), ...Array.from({ length: size - MEMBERS }, (_, nth) => `other-${nth}=`)];
}

function channelOf(nth: number): string {
  return nth < MEMBERS ? ROOM : `room:${Math.floor((nth - MEMBERS) / OTHER_MEMBERS)}`;
}

function lifeOf({ connectedAt, ttl }: LayerStage): { readonly connectedAt: number; readonly ttl: number } {
  return { connectedAt, ttl };
}
