import type { Clock } from './clock';
import type { RecipientSource } from './connection';
import type { ForgetPorts } from './forget';
import type { Budget } from './pacer';
import type { WorkQueue } from './queue';
import type { Sender } from './sender';
import type { Target } from './target';

/** What delivering needs from outside: the same for all messages of a process. */
export interface DeliveryPorts extends ForgetPorts {
  /** Finds the recipients of a target. Throws when this API has no such targets. */
  readonly recipientsOf: (target: Target) => RecipientSource;
  readonly sender: Sender;
  readonly budget: Budget;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** Sends in flight at once, not counting the slow ones. */
  readonly maxInFlight: number;
}

/** What a function needs besides that delivers past one Lambda. */
export interface QueuedDeliveryPorts extends DeliveryPorts {
  /** Takes the work items. */
  readonly queue: WorkQueue;
  /** Keeps what has gone back too often. @default - an item comes again whole, until its queue puts it there */
  readonly deadLetters?: WorkQueue;
}
