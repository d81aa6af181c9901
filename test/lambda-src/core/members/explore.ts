import { Refused, TABLE_RULES, SteppedWorld, type LookOrder, type Refusal, type TableRules, type WorldState } from './stepped-world';
import type { ConnectionKey } from '../../../../lambda-src/core/connection';
import * as shippedForget from '../../../../lambda-src/core/forget';
import * as shippedMembership from '../../../../lambda-src/core/members/membership';

export type Protocol = Pick<typeof shippedMembership, 'subscribe' | 'unsubscribe' | 'leaveAll'> & Pick<typeof shippedForget, 'forget'>;

export const SHIPPED: Protocol = { ...shippedMembership, ...shippedForget };

/** Action of one process of a scenario. */
export type Act = (actor: Actor) => Promise<void>;

export interface Scenario {
  /** Actions before, one after another. */
  readonly before?: readonly Act[];
  /** Concurrent actions. */
  readonly acts: readonly Act[];
  /** Actions that must end before another begins, by index. */
  readonly after?: Readonly<Record<number, readonly number[]>>;
}

const TTL = 10_800;

/** The requests and events of one process. */
export class Actor {
  private readonly table;

  constructor(private readonly world: SteppedWorld, private readonly protocol: Protocol, private readonly process: number) {
    this.table = world.tableOf(process);
  }

  /** A handshake that may subscribe to channels. */
  async connect(key: ConnectionKey, channels: readonly string[] = []): Promise<void> {
    await this.table.store(key);
    if (channels.length > 0) await this.subscribe(key, key.connectedAt, ...channels);
    await this.world.step(this.process, 'open', () => {
      // Its client may have given up meanwhile; no other has the id while it is in use.
      if (this.world.state.open.get(key.connectionId) !== key.connectedAt) this.world.state.open.set(key.connectionId, key.connectedAt);
    });
  }

  async close(key: ConnectionKey): Promise<void> {
    await this.world.step(this.process, 'close', () => {
      if (this.world.state.open.get(key.connectionId) === key.connectedAt) this.world.state.open.delete(key.connectionId);
    });
  }

  async forget(connection: shippedForget.Forgotten): Promise<void> {
    const { table } = this;
    await this.protocol.forget(connection, { rows: table, onForgotten: async (forgotten) => void await this.protocol.leaveAll(forgotten, table) });
  }

  async subscribe(key: ConnectionKey, at: number, ...channels: string[]): Promise<void> {
    const request = `${this.process}:${at}`;
    const answers = await this.protocol.subscribe(channels.map((channel) => ({ ...key, channel, at, request, ttl: TTL })), this.table);
    channels.forEach((channel, nth) => this.tell('subscribe', key, channel, at, String(answers[nth])));
  }

  async unsubscribe(key: ConnectionKey, at: number, channel: string): Promise<void> {
    await this.protocol.unsubscribe({ ...key, channel }, at, this.table);
    this.tell('unsubscribe', key, channel, at, 'unsubscribed');
  }

  private tell(kind: 'subscribe' | 'unsubscribe', key: ConnectionKey, channel: string, at: number, answer: string): void {
    this.world.state.told.push({ kind, key, channel, at, answer });
  }
}

export interface ExploreOptions {
  readonly protocol?: Protocol;
  readonly rules?: TableRules;
  readonly lookOrder?: LookOrder;
  /** Checks each state. @param isEnd whether nothing is left to do */
  readonly check: (state: WorldState, isEnd: boolean) => string | undefined;
  /** Process that dies after this many of its requests. */
  readonly death?: { readonly process: number; readonly after: number };
  readonly refusal?: Refusal;
  /** Checks each world in which nothing is left to do, and may continue it. */
  readonly atEnd?: (world: SteppedWorld, protocol: Protocol) => Promise<string | undefined>;
  readonly stopAtFirst?: boolean;
}

export interface Explored {
  readonly states: number;
  /** Violations, each with the shortest path found. */
  readonly found: ReadonlyMap<string, readonly string[]>;
}

/**
 * Explores every order in which the requests of a scenario can be carried out.
 *
 * The code under test cannot be copied in the middle of its work, so each order is played from the start. A state that was reached before is
 * not continued.
 */
export async function explore(scenario: Scenario, options: ExploreOptions): Promise<Explored> {
  const { check, atEnd, protocol = SHIPPED, stopAtFirst = false } = options;
  const met = new Set<string>();
  const found = new Map<string, string[]>();
  const ways: number[][] = [[]];
  for (let way = ways.pop(); way; way = ways.pop()) {
    const { world, path } = await play(scenario, way, options);
    if (met.has(world.key)) continue;
    met.add(world.key);
    const choices = world.waiting.length;
    const why = check(world.state, choices === 0) ?? (choices === 0 ? await atEnd?.(world, protocol) : undefined);
    if (why !== undefined && (found.get(why)?.length ?? Infinity) > path.length) found.set(why, path);
    if (why !== undefined && stopAtFirst) break;
    for (let nth = 0; nth < choices; nth++) ways.push([...way, nth]);
  }
  return { states: met.size, found };
}

async function play(
  { before = [], acts, after = {} }: Scenario, way: readonly number[],
  { protocol = SHIPPED, rules = TABLE_RULES, lookOrder = 'connection first', death, refusal }: ExploreOptions,
): Promise<{ world: SteppedWorld; path: string[] }> {
  const world = new SteppedWorld(rules, lookOrder);
  await perform(before, world, protocol);
  world.seen.length = 0;
  world.death = death;
  world.refusal = refusal;
  const ended: Promise<void>[] = [];
  acts.forEach((act, nth) => {
    const ready = Promise.all((after[nth] ?? []).map((earlier) => ended[earlier]));
    ended.push(ready.then(() => act(new Actor(world, protocol, nth))).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      world.hasFailed = true;
    }));
  });
  const path: string[] = [];
  await settle();
  for (const nth of way) {
    path.push(world.take(nth));
    await settle();
  }
  return { world, path };
}

/** Runs actions one after another, with nothing else at the same time. */
export async function perform(acts: readonly Act[], world: SteppedWorld, protocol: Protocol): Promise<void> {
  for (const act of acts) {
    const done = act(new Actor(world, protocol, 0));
    await drain(world);
    await done;
  }
}

/** Carries out all waiting requests, and those that follow. */
async function drain(world: SteppedWorld): Promise<void> {
  await settle();
  while (world.waiting.length > 0) {
    world.take(0);
    await settle();
  }
}

/** Runs the code under test until it waits for requests only. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
