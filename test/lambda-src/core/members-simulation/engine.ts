import type { Invocation } from './invocation';
import { connectWithChannels } from '../../../../lambda-src/core/layered-connect';
import { leaveAll, subscribe, unsubscribe } from '../../../../lambda-src/core/members/membership';
import { prune } from '../../../../lambda-src/core/prune';
import type { TableRules } from '../members/stepped-world';

/** What is simulated; mutants take the place of it. */
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
  /** Seconds after its handshake at which the row of a member is dead. */
  readonly memberTtlSeconds?: number;
}
