import type { Clock } from './clock';
import type { RecipientSource } from './connection';
import type { ForgetPorts } from './forget';
import type { Budget } from './pacer';
import type { WorkQueue } from './queue';
import type { Sender } from './sender';
import type { Target } from './target';

/** Collaborators of delivery, the same for all messages of a process. */
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

/** Additional collaborators of a function whose broadcasts exceed one invocation. */
export interface QueuedDeliveryPorts extends DeliveryPorts {
  /** Queue of the work items. */
  readonly queue: WorkQueue;
  /** Queue for recipients that went back too often. @default - the item comes again whole, until its own queue moves it there */
  readonly deadLetters?: WorkQueue;
}
