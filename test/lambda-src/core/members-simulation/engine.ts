import type { Invocation } from './invocation';
import { connectWithChannels } from '../../../../lambda-src/core/layered-connect';
import { leaveAll, subscribe, unsubscribe } from '../../../../lambda-src/core/members/membership';
import { prune } from '../../../../lambda-src/core/prune';
import type { TableRules } from '../members/stepped-world';

/** The simulated functions; mutants replace some of them. */
export interface Engine {
  readonly connectWithChannels: typeof connectWithChannels;
  readonly subscribe: typeof subscribe;
  readonly unsubscribe: typeof unsubscribe;
  readonly leaveAll: typeof leaveAll;
  readonly prune: typeof prune;
}

export const SHIPPED: Engine = { connectWithChannels, subscribe, unsubscribe, leaveAll, prune };

export interface Planting {
  readonly engine?: Partial<Engine>;
  readonly invocation?: typeof Invocation;
  readonly rules?: TableRules;
  /** Lifetime of a member's row, in seconds after the handshake. */
  readonly memberTtlSeconds?: number;
}
