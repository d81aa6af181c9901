import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { channelRules } from './channel-environment';
import { requireEnv } from './environment';
import { DynamoPresenceTable } from './presence-table';
import { systemClock } from './system-clock';
import { tickQueue } from './tick-queue';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { PresenceMarker } from '../core/presence/presence-marker';
import type { TickQueue } from '../core/presence/presence-table';

/** What functions need that change members, or read who is there. */
export interface Presence {
  readonly table: DynamoPresenceTable;
  readonly ticks: TickQueue;
  readonly marker: PresenceMarker;
  /** Whether there are lists of a channel. */
  readonly hasPresence: (channel: string) => boolean;
  /** Above it, a list says only how many there are. */
  readonly maxUsersOf: (channel: string) => number;
}

/** Built from the environment; undefined where no channel has lists of who is there. */
export function presence(client: DynamoDBClient): Presence | undefined {
  const queueUrl = process.env[LAYER_ENV.presenceQueueUrl];
  if (queueUrl === undefined) return undefined;
  const rules = channelRules();
  const table = new DynamoPresenceTable(client, requireEnv(LAYER_ENV.membersTableName), () => systemClock.now());
  // Loaded on demand, the client of SQS would cost more: esbuild wraps what it shares with that of DynamoDB then, and V8 reads it twice.
  const ticks = tickQueue(queueUrl);
  return {
    table,
    ticks,
    marker: new PresenceMarker({ table, ticks, clock: systemClock }),
    hasPresence: (channel) => rules.of(channel)?.presence !== undefined,
    maxUsersOf: (channel) => rules.of(channel)?.presence?.maxUsers ?? 0,
  };
}
