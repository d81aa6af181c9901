import { createHash, randomInt } from 'node:crypto';
import { parseFault, type Fault, type Target } from './parse';
import { LocalError } from '../errors';

/** Rate and delay of stale reads. */
export interface StaleReads {
  readonly lagMillis: number;
  /** Whether the next read is stale. */
  readonly strikes: () => boolean;
}

type Of<K extends Fault['kind']> = Fault & { readonly kind: K };

const MAX_SEED = 999_999;

/**
 * Decides which calls fail. A decision depends only on the seed, the fault, the number of the connection, and the number of earlier decisions
 * for it. With the same seed, and clients that connect in the same order, the same calls fail again, even if calls of different
 * connections interleave differently.
 */
export class Faults {
  readonly seed: number;
  private faults: readonly Fault[];
  private readonly numbers = new Map<string, number>();
  private readonly decisions = new Map<string, number>();
  private readonly listeners: (() => void)[] = [];
  private connections = 0;

  constructor(specifications: readonly string[], seed?: number) {
    this.faults = specifications.map(parseFault);
    this.seed = seed ?? randomInt(1, MAX_SEED);
  }

  /** Replaces the faults, except stale reads: they need a copy of the tables from the start. */
  set(specifications: readonly string[]): void {
    const faults = specifications.map(parseFault);
    if (faults.some(({ kind }) => kind === 'stale')) throw new LocalError('stale reads can be asked for at the start only', 2);
    this.faults = [...this.of('stale'), ...faults];
    for (const listener of this.listeners) listener();
  }

  /** Calls a listener after each replacement of the faults. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Numbers a client that connects. */
  admit(connectionId: string): void {
    this.connections++;
    this.numbers.set(connectionId, this.connections);
  }

  /** Removes a client. Returns whether its `$disconnect` is lost. */
  dismiss(connectionId: string): boolean {
    const lost = this.of('lost-disconnect').some((fault) => this.strikes(fault, fault.target, connectionId));
    this.numbers.delete(connectionId);
    for (const fault of this.faults) this.decisions.delete(keyOf(fault, connectionId));
    return lost;
  }

  /** Additional milliseconds of a call of @connections. */
  latencyMillis(connectionId: string): number {
    const struck = this.of('latency').filter((fault) => this.strikes(fault, fault.target, connectionId));
    return struck.reduce((sum, fault) => sum + between(fault, this.draw(fault, connectionId)), 0);
  }

  /** Status for a call of @connections that has no effect; undefined to let it pass. */
  status(connectionId: string): number | undefined {
    return this.of('status').find((fault) => this.strikes(fault, fault.target, connectionId))?.status;
  }

  /** Milliseconds from its opening after which nothing passes on a connection; undefined for never. Each question has the same answer. */
  unplugMillis(connectionId: string): number | undefined {
    const struck = this.of('unplug').filter((fault) => includes(fault.target, this.numberOf(connectionId), () => this.nth(fault, connectionId, 1)));
    return struck.length === 0 ? undefined : Math.min(...struck.map((fault) => between(fault, this.nth(fault, connectionId, 2))));
  }

  get staleReads(): StaleReads | undefined {
    const [fault] = this.of('stale');
    return fault && { lagMillis: fault.lagMillis, strikes: () => this.strikes(fault, fault, '') };
  }

  private of<K extends Fault['kind']>(kind: K): Of<K>[] {
    return this.faults.filter((fault): fault is Of<K> => fault.kind === kind);
  }

  private strikes(fault: Fault, target: Target, connectionId: string): boolean {
    return includes(target, this.numberOf(connectionId), () => this.draw(fault, connectionId));
  }

  /** Returns 0 for a connection that is not open. */
  private numberOf(connectionId: string): number {
    return this.numbers.get(connectionId) ?? 0;
  }

  /** Returns the next number in [0, 1) of this fault and this connection. */
  private draw(fault: Fault, connectionId: string): number {
    // Closed connections share one place, since an app may remember any number of them.
    const key = keyOf(fault, this.numbers.has(connectionId) ? connectionId : '');
    const count = (this.decisions.get(key) ?? 0) + 1;
    this.decisions.set(key, count);
    return this.nth(fault, connectionId, count);
  }

  private nth(fault: Fault, connectionId: string, count: number): number {
    const what = [this.seed, JSON.stringify(fault), this.numberOf(connectionId), count].join('/');
    return createHash('sha256').update(what).digest().readUInt32BE() / 2 ** 32;
  }
}

/** @param draw returns a number in [0, 1) */
function includes(target: Target, number: number, draw: () => number): boolean {
  if ('rate' in target) return draw() < target.rate;
  return target.connections.some(([first, last]) => first <= number && number <= last);
}

/** @param share a number in [0, 1) */
function between({ minMillis, maxMillis }: Of<'latency' | 'unplug'>, share: number): number {
  return minMillis + (maxMillis - minMillis) * share;
}

function keyOf(fault: Fault, connectionId: string): string {
  return `${JSON.stringify(fault)}/${connectionId}`;
}
