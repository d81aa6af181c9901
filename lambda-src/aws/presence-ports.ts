import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { layeredDelivery } from './layered-delivery';
import { presence } from './presence';
import { PresenceReport } from './presence-report';
import { systemClock } from './system-clock';
import { LAYER_ENV, TARGET_PREFIX } from '../../src/private/layer-contract';
import { broadcast } from '../core/broadcast';
import { ListIncompleteError } from '../core/layer-errors';
import type { TickBatchPorts } from '../core/presence/presence-batch';
import { presenceIdOf } from '../core/presence/presence-id';
import { PresenceTicker, type TickerPorts } from '../core/presence/presence-ticker';

/** Builds the ports of making lists from the environment, once, when the function is loaded. Those of an invocation depend on its deadline. */
export function presencePorts(client: DynamoDBClient): (deadline: number) => TickBatchPorts {
  const lists = presence(client);
  if (!lists) throw new Error(`environment variable ${LAYER_ENV.presenceQueueUrl} must be set; the construct sets it: deploy the stack again`);
  const { table, ticks, hasPresence, maxUsersOf } = lists;
  const delivery = layeredDelivery(client);
  const report = new PresenceReport();
  let idKey: Uint8Array | undefined;
  const idOf = async (userId: string, abortSignal?: AbortSignal) => presenceIdOf(userId, idKey ??= await table.idKey(abortSignal));
  const publishUntil = (deadline: number): TickerPorts['publish'] => async (channel, frame) => {
    const body = Buffer.from(JSON.stringify(frame));
    const result = await broadcast({ body, recipients: delivery.recipientsOf(`${TARGET_PREFIX.channel}${channel}`), deadline }, delivery);
    const { tally: { delivered, abandoned, incompleteReads }, failure, brokenOff } = result;
    report.published(delivered);
    // A member that misses the list does not know it, so the tick has to come again and send it again.
    if (failure || brokenOff || abandoned + incompleteReads > 0) throw new ListIncompleteError(abandoned, failure ?? brokenOff);
  };
  return (deadline) => ({
    ticker: new PresenceTicker({ table, members: table, ticks, clock: systemClock, maxUsersOf, idOf, publish: publishUntil(deadline) }),
    hasPresence,
    report,
  });
}
