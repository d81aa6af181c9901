import { DeliveryEngine, type Shipment } from './delivery-engine';
import type { DeliveryPorts } from './delivery-ports';
import { NobodyReachedError } from './errors';
import { prune } from './prune';
import { emptyTally, type Tally } from './tally';

/** Kept back from sending for deleting the rows of connections that were found closed. */
const PRUNE_MILLIS = 1_000;

export interface BroadcastResult {
  readonly tally: Tally;
  /** Duration of the broadcast; absent when it did not begin. */
  readonly durationMillis?: number;
  /** Reason for which the broadcast did not take place, or was stopped before any recipient got it. */
  readonly failure?: Error;
  /** Reason for which the broadcast was stopped after some recipients had got it. */
  readonly brokenOff?: Error;
  /** Set when nothing was sent because no slot of the rate, or no connection, was available. */
  readonly nothingSent?: true;
  /** Reason for which no connection to API Gateway could be opened until the end; it explains the abandoned recipients. */
  readonly unreachable?: string;
  /** Recipients that went to the dead-letter queue; they count as abandoned. */
  readonly deadLettered?: number;
  /** Error that ended the read of the table early. */
  readonly readFailure?: unknown;
}

/**
 * Delivers one message to each of its recipients, then forgets closed connections. All of it ends by the deadline.
 *
 * Never rejects. Nothing is in flight or scheduled when it settles.
 */
export async function broadcast(shipment: Shipment, ports: DeliveryPorts): Promise<BroadcastResult> {
  const { clock } = ports;
  const { deadline } = shipment;
  const start = clock.now();
  const tally = emptyTally();
  const engine = new DeliveryEngine({ ...shipment, deadline: deadline - PRUNE_MILLIS }, ports, tally);
  const failure = await engine.run();
  await prune(engine.gone, deadline, ports, tally);
  const durationMillis = Math.max(0, clock.now() - start);
  const { brokenOff, begun, unreachable, readFailure } = engine;
  return { tally, durationMillis, failure, brokenOff, ...(!begun && { nothingSent: true }), unreachable, readFailure };
}

/**
 * Returns the error for the sender of a broadcast that is not tried again: it did not take place, or no recipient is known to have got it.
 * Recipients that have closed could not get it, and are no failure.
 */
export function totalFailure({ failure, tally: { delivered, gone, failed, abandoned } }: BroadcastResult): Error | undefined {
  if (failure) return failure;
  return delivered + gone === 0 && failed + abandoned > 0 ? new NobodyReachedError(failed, abandoned) : undefined;
}
