import { DeliveryEngine, type Shipment } from './delivery-engine';
import type { DeliveryPorts } from './delivery-ports';
import { NobodyReachedError } from './errors';
import { prune } from './prune';
import { emptyTally, type Tally } from './tally';

/** Kept back from sending for deleting the rows of connections that were found closed. */
const PRUNE_MILLIS = 1_000;

export interface BroadcastResult {
  readonly tally: Tally;
  /** How long it took; absent when it was not begun. */
  readonly durationMillis?: number;
  /** Why the broadcast did not take place, or was stopped before anybody got it. */
  readonly failure?: Error;
  /** Why the broadcast was stopped after some had got the message. */
  readonly brokenOff?: Error;
  /** Set when nothing was sent: no slot of the rate was to be had, or no connection. */
  readonly nothingSent?: true;
  /** Why no connection to API Gateway was to be had, up to the end, for those that are abandoned. */
  readonly unreachable?: string;
  /** Recipients that went to the dead-letter queue, and are counted as abandoned. */
  readonly deadLettered?: number;
  /** Why the table was not read to its end. */
  readonly readFailure?: unknown;
}

/**
 * Delivers one message to each of its recipients, then forgets those that are gone. All of it is over by the deadline.
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
 * What the sender of a broadcast has to learn when nobody will try again: that it did not take place, or that nobody is known
 * to have got it. Recipients who are gone by now could not have got it, and are no failure.
 */
export function totalFailure({ failure, tally: { delivered, gone, failed, abandoned } }: BroadcastResult): Error | undefined {
  if (failure) return failure;
  return delivered + gone === 0 && failed + abandoned > 0 ? new NobodyReachedError(failed, abandoned) : undefined;
}
