import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { channelRules } from './channel-environment';
import { requireEnv } from './environment';
import { DynamoPresenceTable } from './presence-table';
import { systemClock } from './system-clock';
import { tickQueue } from './tick-queue';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { PresenceMarker } from '../core/presence/presence-marker';
import type { TickQueue } from '../core/presence/presence-table';

/** Presence as needed by functions that change members or read the list. */
export interface Presence {
  readonly table: DynamoPresenceTable;
  readonly ticks: TickQueue;
  readonly marker: PresenceMarker;
  /** Whether a channel has a list. */
  readonly hasPresence: (channel: string) => boolean;
  /** Size limit of a list; a larger one holds only the number of users. */
  readonly maxUsersOf: (channel: string) => number;
}

/** Builds presence from the environment; undefined where no channel has a list. */
export function presence(client: DynamoDBClient): Presence | undefined {
  const queueUrl = process.env[LAYER_ENV.presenceQueueUrl];
  if (queueUrl === undefined) return undefined;
  const rules = channelRules();
  const table = new DynamoPresenceTable(client, requireEnv(LAYER_ENV.membersTableName), () => systemClock.now());
  // Not loaded on demand: esbuild would then wrap the code that the clients of SQS and DynamoDB share, and V8 would read it twice.
  const ticks = tickQueue(queueUrl);
  return {
    table,
    ticks,
    marker: new PresenceMarker({ table, ticks, clock: systemClock }),
    hasPresence: (channel) => rules.of(channel)?.presence !== undefined,
    maxUsersOf: (channel) => rules.of(channel)?.presence?.maxUsers ?? 0,
  };
}
