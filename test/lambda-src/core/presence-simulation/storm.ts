import { CHANNEL, Invocation, type InvocationOptions } from './invocation';
import { scenarioOf, type Scenario } from './scenario';
import { SimulatedChannel } from './simulated-channel';
import { SimulatedQueue } from './simulated-queue';
import { VirtualClock } from '../../../../harness/virtual-clock';
import type { PresenceFrame } from '../../../../lambda-src/core/presence/frames';
import { PresenceMarker } from '../../../../lambda-src/core/presence/presence-marker';
import type { PresenceMember, PresenceState, StoredList, StoreOutcome, Tick } from '../../../../lambda-src/core/presence/presence-table';
import { PresenceTicker } from '../../../../lambda-src/core/presence/presence-ticker';
import { Random } from '../simulation/random';

/** Prices in dollars, in us-east-1 on demand. */
const PRICE = {
  frame: 1.00e-6,
  readUnit: 0.125e-6,
  writeUnit: 0.625e-6,
  queueRequest: 0.40e-6,
  invocation: 0.20e-6,
  gigabyteSecond: 13.3334e-6,
};
/** A member's row: keys, times, an id of 36 characters and a name. */
const ROW_BYTES = 200;
/** Memory of the presence handler. */
const MEMORY_GIGABYTES = 0.5;
/** Half of the region's quota, the default. */
const SENDS_PER_SECOND = 5_000;

/** Cost of a storm. */
export interface Bill {
  frames: number;
  reads: number;
  readUnits: number;
  writeUnits: number;
  queueRequests: number;
  /** Delivered ticks, and those that took a turn. */
  ticks: number;
  turns: number;
  lambdaMillis: number;
  /** Time of the last frame after the last join. */
  settledMillis: number;
}

export function dollars({ frames, readUnits, writeUnits, queueRequests, ticks, lambdaMillis }: Bill): number {
  return frames * PRICE.frame + readUnits * PRICE.readUnit + writeUnits * PRICE.writeUnit + queueRequests * PRICE.queueRequest
    + ticks * PRICE.invocation + (lambdaMillis / 1_000) * MEMORY_GIGABYTES * PRICE.gigabyteSecond;
}

/** Cost of one frame per join to the present members, with the reads of the members. */
export function edgeTriggered(joins: number): Bill {
  const bill = emptyBill();
  for (let members = 0; members < joins; members++) {
    bill.frames += members;
    bill.reads++;
    bill.readUnits += Math.ceil((members * ROW_BYTES) / 4_096);
  }
  return bill;
}

function emptyBill(): Bill {
  return { frames: 0, reads: 0, readUnits: 0, writeUnits: 0, queueRequests: 0, ticks: 0, turns: 0, lambdaMillis: 0, settledMillis: 0 };
}

/** The table and the queue, with counted requests. */
class MeteredInvocation extends Invocation {
  constructor(options: InvocationOptions, private readonly bill: Bill) {
    super(options);
  }

  state(): Promise<PresenceState> {
    this.read(this.itemBytes());
    return super.state();
  }

  setMark(channel: string, turn: number, at: number): Promise<void> {
    this.write(this.itemBytes());
    return super.setMark(channel, turn, at);
  }

  takeTurn(channel: string, askedIn?: number): Promise<PresenceState | undefined> {
    this.write(this.itemBytes());
    return super.takeTurn(channel, askedIn);
  }

  store(channel: string, turn: number, list: StoredList, base: PresenceState): Promise<StoreOutcome> {
    this.write(Math.max(this.itemBytes(), bytesOf(list)));
    return super.store(channel, turn, list, base);
  }

  send(tick: Tick, delaySeconds: number): Promise<void> {
    this.bill.queueRequests++;
    return super.send(tick, delaySeconds);
  }

  async *pages(): AsyncIterable<readonly PresenceMember[]> {
    for await (const page of super.pages()) {
      this.read(page.length * ROW_BYTES);
      yield page;
    }
  }

  private read(bytes: number): void {
    this.bill.reads++;
    this.bill.readUnits += Math.max(1, Math.ceil(bytes / 4_096));
  }

  private write(bytes: number): void {
    this.bill.writeUnits += Math.ceil(bytes / 1_024);
  }

  private itemBytes(): number {
    return bytesOf(this.channel.state);
  }
}

function bytesOf(item: object): number {
  return 200 + JSON.stringify(item).length;
}

export interface Storm {
  readonly joins: number;
  readonly seconds: number;
  readonly maxUsers: number;
  /** Whether a tick names the turn in which it was requested. @default true */
  readonly namesTurns?: boolean;
}

/** Lets users join a channel, one connection each, evenly over the given seconds. Nothing fails. */
export async function storm({ joins, seconds, maxUsers, namesTurns = true }: Storm): Promise<Bill> {
  const bill = emptyBill();
  const clock = new VirtualClock();
  const random = new Random(1);
  const channel = new SimulatedChannel();
  const scenario: Scenario = { ...scenarioOf(3), skews: [0] };
  const weather = { clock, timeouts: 0, isCalm: true, throttledUntil: 0 };
  const fair = { duplicateTicks: 0, lateTicks: 0, lostTicks: 0 };
  const start = clock.now();
  const invocation = () => new MeteredInvocation({ channel, queue, scenario, weather, random, pageRows: 5_000 }, bill);
  const queue = new SimulatedQueue(clock, random, () => fair, (tick, isRepeated, settle) => {
    const began = clock.now();
    const ports = invocation();
    bill.ticks++;
    // A receive and a delete.
    bill.queueRequests += 2;
    const publish = async (_channel: string, frame: PresenceFrame) => {
      let recipients = 0;
      for await (const page of ports.pages()) recipients += page.length;
      bill.frames += recipients * Math.ceil(JSON.stringify(frame).length / 32_768);
      await clock.sleep((recipients / SENDS_PER_SECOND) * 1_000);
      bill.settledMillis = clock.now() - start - seconds * 1_000;
    };
    const ticker = new PresenceTicker({
      table: ports, members: ports, ticks: ports, clock, publish, maxUsersOf: () => maxUsers, idOf: async (userId) => userId.padStart(22, '0'),
    });
    void ticker.tick(namesTurns ? tick : { ...tick, turn: undefined }, isRepeated).then(() => {
      bill.lambdaMillis += clock.now() - began;
      settle(true);
    });
  });
  for (let n = 0; n < joins; n++) {
    clock.after((n * seconds * 1_000) / joins, () => {
      const ports = invocation();
      const marker = new PresenceMarker({ table: ports, ticks: ports, clock });
      const connectionId = `c${n}`;
      const row = { connectionId, connectedAt: clock.now(), ttl: Infinity, userId: `u${n}`, from: `User number ${n}` };
      void ports.service.call(() => channel.put(row, clock.now())).then(() => marker.mark(CHANNEL));
    });
  }
  await clock.run();
  bill.turns = channel.counts.takes;
  if (channel.state.count !== joins) throw new Error(`${channel.state.count} of ${joins} are in the list`);
  return bill;
}
