import { ModelClient } from './client';
import { CHANNEL, Invocation } from './invocation';
import { HORIZON, MINUTE, SECOND, type Scenario, type Visit } from './scenario';
import { SimulatedChannel } from './simulated-channel';
import { SimulatedQueue, type Settle } from './simulated-queue';
import { VirtualClock } from '../../../../harness/virtual-clock';
import { presenceFrame, type PresenceFrame } from '../../../../lambda-src/core/presence/frames';
import { PRESENCE_LIMIT } from '../../../../lambda-src/core/presence/presence-limits';
import { PresenceMarker } from '../../../../lambda-src/core/presence/presence-marker';
import type { PresenceMember, PresenceState, Tick } from '../../../../lambda-src/core/presence/presence-table';
import { PresenceTicker, type TickerPorts } from '../../../../lambda-src/core/presence/presence-ticker';
import { Random } from '../simulation/random';
import type { UnreliableService, Weather } from '../simulation/unreliable-service';

/** Parts that a mutant replaces. */
export interface Planting {
  readonly invocation?: typeof Invocation;
  /** Called around a change of the rows. */
  readonly around?: (change: () => Promise<void>, isRemoval: boolean, invocation: Invocation, world: World) => Promise<void>;
  readonly ticker?: (ports: TickerPorts, invocation: Invocation) => TickerPorts;
}

export const START = 1_800_000_000_000;
/** Time after the last change at which a list is correct. */
export const SETTLED_MILLIS = 15 * SECOND;
/** The same after functions died: their ticks are delivered again after 90 s. */
export const CRASHED_MILLIS = 120 * SECOND;
/** The same after ticks, frames and closings were lost: rows are dead by then, and every client has asked. */
const LOST_MILLIS = (20 + 2 * 9.5 + 1) * MINUTE;
/** Idle limit of API Gateway. */
const SILENCE_MILLIS = 10 * MINUTE;
/** API Gateway's time limit. */
const INTEGRATION_MILLIS = 29 * SECOND;
const LONG_TTL_MILLIS = 180 * MINUTE;

/** A connection as API Gateway and the connections table know it. */
interface Session {
  readonly client: ModelClient;
  readonly visit: Visit;
  readonly connectedAt: number;
  /** Whether API Gateway holds it: a silent one is held for a while. */
  isHeld: boolean;
  isForgotten: boolean;
}

/** A change of the rows, with its marks. */
interface Change {
  /** Turn in which it began. */
  readonly begunIn: number;
  /** Whether a tick began before the rows changed. */
  isOvertaken: boolean;
  isDone: boolean;
}

/** Everything outside the core: the table, the functions that run it, the queue, API Gateway, and the clients. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly random: Random;
  readonly sessions: Session[] = [];
  readonly violations: string[] = [];
  /** Occurrences by name. */
  readonly met = new Map<string, number>();
  readonly channel: SimulatedChannel;
  readonly queue: SimulatedQueue;
  frames = 0;
  private readonly changes: Change[] = [];
  private disturbedAt = START;
  /** Users in the last list. */
  private listed = new Set<string>();
  private readonly weather: { -readonly [K in keyof Weather]: Weather[K] };
  private readonly invocations: Invocation[] = [];
  private readonly contents = new Map<number, string>();

  constructor(readonly scenario: Scenario, private readonly planting: Planting = {}) {
    this.random = new Random(~scenario.seed);
    this.weather = { clock: this.clock, timeouts: scenario.timeouts, isCalm: false, throttledUntil: 0 };
    this.channel = new SimulatedChannel((state) => this.checkGrace(state));
    const still = { duplicateTicks: 0, lateTicks: 0, lostTicks: 0 };
    this.queue = new SimulatedQueue(
      this.clock, this.random, () => (this.weather.isCalm ? still : scenario), (...given) => this.receiveTick(...given),
    );
  }

  async run(): Promise<void> {
    const { scenario: { visits, kind }, clock, weather } = this;
    for (const visit of visits) clock.after(visit.from, () => this.connect(visit));
    await clock.run(START + HORIZON + 30 * SECOND);
    weather.isCalm = true;
    weather.timeouts = 0;
    if (kind !== 'lossy' && await this.settle(kind === 'calm' ? SETTLED_MILLIS : CRASHED_MILLIS)) {
      this.meet('a comparison soon after');
      this.checkViews(kind, this.channel.usersAt(clock.now()));
    }
    if (kind === 'calm') this.checkRows();
    await clock.run(START + HORIZON + 30 * SECOND + SILENCE_MILLIS);
    if (kind === 'calm' && await this.settle(SETTLED_MILLIS)) this.checkViews('after a silence', this.present());
    await clock.run(Math.max(clock.now(), this.disturbedAt) + LOST_MILLIS);
    this.checkViews('for ever', this.present());
    this.checkRows();
    this.summarise();
  }

  /** Runs until nothing has changed for some time. Returns whether a list has to be correct then. */
  private async settle(millis: number): Promise<boolean> {
    for (;;) {
      const thawed = Math.max(START, ...this.invocations.map(({ process }) => process.thawedAt));
      const due = Math.max(this.disturbedAt, this.channel.changedAt, thawed) + millis;
      if (this.clock.now() >= due) return !this.hasUnaskedChange();
      await this.clock.run(due);
    }
  }

  /**
   * Whether a row changed and no list will follow until a client asks: the function died, and a tick had begun since it requested one; or the
   * table was so late that the function had given up; or the row is dead, and nothing has removed it.
   */
  private hasUnaskedChange(): boolean {
    const isDead = [...this.channel.rows.values()].some(({ ttl }) => ttl * 1_000 <= this.clock.now());
    return isDead || this.met.has('a row that was written when it was given up') || this.changes.some(({ isDone, isOvertaken }) => isOvertaken && !isDone);
  }

  // --- clients ------------------------------------------------------------------------------------------------------------------------

  private connect(visit: Visit): void {
    this.disturb();
    const connectionId = `c${String(this.sessions.length).padStart(3, '0')}`;
    const session: Session = {
      visit,
      connectedAt: this.clock.now(),
      isHeld: true,
      isForgotten: false,
      client: new ModelClient(connectionId, `u${visit.user}`, {
        ask: (action, answer) => this.ask(session, action, answer),
        after: (millis, callback) => void this.clock.after(millis, callback),
        random: this.random.next,
      }),
    };
    this.sessions.push(session);
    session.client.subscribe();
    if (visit.end) this.clock.after(visit.end.at - visit.from, () => this.end(session));
  }

  private end(session: Session): void {
    const { client, visit } = session;
    this.disturb();
    const { how } = visit.end!;
    if (how === 'unsubscribe') {
      client.unsubscribe();
      return;
    }
    client.isOpen = false;
    this.clock.after(how === 'silence' ? SILENCE_MILLIS : this.random.next() * 100, () => {
      this.disturb();
      session.isHeld = false;
      if (how !== 'unnoticed') this.invoke((invocation) => this.forget(session, invocation));
    });
  }

  private ask(session: Session, action: 'subscribe' | 'unsubscribe' | 'presence', answer: (frame: PresenceFrame | undefined) => void): void {
    let isOver = false;
    const end = (frame: PresenceFrame | undefined) => {
      if (!isOver) answer(frame);
      isOver = true;
    };
    this.clock.after(INTEGRATION_MILLIS, () => end(undefined));
    this.invoke(async (invocation) => {
      if (action === 'subscribe') await this.subscribe(session, invocation);
      else if (action === 'unsubscribe') await this.changed(this.remove(session, invocation), false, invocation);
      else await this.changed(() => Promise.resolve(), false, invocation);
      return presenceFrame(CHANNEL, await invocation.state());
    }, (frame) => this.clock.after(this.random.next() * 20, () => {
      if (frame) this.note(frame);
      end(frame);
    }));
  }

  // --- functions ----------------------------------------------------------------------------------------------------------------------

  /** Runs a function. `end` gets its result, or undefined when it fails, and is not called when it dies. */
  private invoke<T>(work: (invocation: Invocation) => Promise<T>, end: (result: T | undefined) => void = () => undefined): void {
    const { random, scenario, weather, channel, queue } = this;
    const invocation = new (this.planting.invocation ?? Invocation)({ channel, queue, scenario, weather, random });
    this.invocations.push(invocation);
    invocation.process.step(() => void work(invocation).then(end, () => {
      this.meet('a function that failed');
      end(undefined);
    }));
  }

  private async subscribe(session: Session, invocation: Invocation): Promise<void> {
    const { client: { connectionId, userId }, visit, connectedAt } = session;
    const deadAt = visit.end ? START + visit.end.at + visit.ttlMillis : START + LONG_TTL_MILLIS;
    const row = { connectionId, connectedAt, userId, ttl: Math.ceil(deadAt / 1_000) };
    await this.changed(this.put(row, invocation), false, invocation);
    if (await invocation.service.call(() => session.isForgotten)) {
      await this.changed(this.remove(session, invocation), true, invocation);
      throw new Error('the connection is closed');
    }
  }

  private async forget(session: Session, invocation: Invocation): Promise<void> {
    await invocation.service.call(() => void (session.isForgotten = true));
    const isMember = await invocation.service.call(() => this.channel.rows.has(session.client.connectionId));
    if (isMember) await this.changed(this.remove(session, invocation), true, invocation);
  }

  private async changed(change: (open: Change) => Promise<void>, isRemoval: boolean, invocation: Invocation): Promise<void> {
    const open: Change = { begunIn: this.channel.state.turn, isOvertaken: false, isDone: false };
    this.changes.push(open);
    const work = () => change(open);
    if (this.planting.around) {
      await this.planting.around(work, isRemoval, invocation, this);
    } else {
      const marker = new PresenceMarker({ table: invocation, ticks: invocation, clock: invocation.process.clock });
      if (isRemoval) await marker.removing(CHANNEL, work);
      else await work().then(() => marker.mark(CHANNEL));
    }
    open.isDone = true;
  }

  private put(row: PresenceMember, { service }: Invocation): (open: Change) => Promise<void> {
    return (open) => this.write(() => this.channel.put(row, this.clock.now()), service, open);
  }

  private remove({ client: { connectionId } }: Session, { service }: Invocation): (open: Change) => Promise<void> {
    return (open) => this.write(() => this.channel.remove(connectionId, this.clock.now()), service, open);
  }

  private async write(act: () => boolean, service: UnreliableService, open: Change): Promise<void> {
    let isOver = false;
    await service.call(() => {
      if (!act()) return;
      open.isOvertaken = this.channel.state.turn !== open.begunIn;
      if (open.isOvertaken) this.meet('a change that a tick overtook');
      if (isOver) this.meet('a row that was written when it was given up');
    }).finally(() => (isOver = true));
  }

  private receiveTick(tick: Tick, isRepeated: boolean, settle: Settle): void {
    this.invoke(async (invocation) => {
      const ports: TickerPorts = {
        table: invocation,
        members: invocation,
        ticks: invocation,
        clock: invocation.process.clock,
        maxUsersOf: () => this.scenario.maxUsers,
        idOf: async (userId) => userId,
        publish: async (_channel, frame) => this.publish(frame, invocation),
      };
      await new PresenceTicker(this.planting.ticker?.(ports, invocation) ?? ports).tick(tick, isRepeated);
      return true;
    }, (isDone) => settle(isDone ?? false));
  }

  /** Reads the members, sends to each, and forgets closed ones. */
  async publish(frame: PresenceFrame, invocation: Invocation): Promise<void> {
    this.note(frame);
    const recipients: string[] = [];
    for await (const page of invocation.pages()) recipients.push(...page.map(({ connectionId }) => connectionId));
    await Promise.all(recipients.map(async (connectionId) => {
      const session = this.sessions.find(({ client }) => client.connectionId === connectionId)!;
      this.frames++;
      const isGone = await invocation.process.call(this.random.between(2, 18), () => {
        if (!session.isHeld) return true;
        if (!this.weather.isCalm && this.random.chance(this.scenario.lostFrames)) this.meet('a lost frame');
        else this.clock.after(this.random.next() * 30, () => session.client.receive(frame));
        return false;
      });
      if (isGone) {
        this.meet('a 410');
        await this.forget(session, invocation);
      }
    }));
  }

  // --- what must always hold ----------------------------------------------------------------------------------------------------------

  /** Checks that a version identifies one list, for every recipient and on every path. */
  private note({ version, count, members }: PresenceFrame): void {
    const content = JSON.stringify([count, members]);
    const known = this.contents.get(version);
    if (version > 0 && known !== undefined && known !== content) this.violations.push(`version ${version} was ${known}, and is ${content}`);
    this.contents.set(version, content);
    if (version > 0 && !members) this.meet('a list that only says how many there are');
  }

  /** Checks that a user with a connection, or with one a moment ago, stays in the list. */
  private checkGrace({ users }: PresenceState): void {
    const listed = this.listed;
    this.listed = new Set(users?.map(({ id }) => id));
    // In a short list, users who left make room.
    if (this.scenario.kind !== 'calm' || !users || this.channel.moves.size > this.scenario.maxUsers) return;
    const now = this.clock.now();
    for (const [userId, moves] of this.channel.moves) {
      const last = moves.at(-1)!;
      // A row added while the members were read may be missing; one that existed for a moment may have met no tick.
      const isThere = last.isPresent && last.at < now - SECOND;
      const hasJustLeft = !last.isPresent && last.at > now - PRESENCE_LIMIT.graceMillis + SECOND
        && listed.has(userId) && last.at - moves.at(-2)!.at > 3 * SECOND;
      if ((isThere || hasJustLeft) && !users.some(({ id }) => id === userId)) {
        this.violations.push(`${userId} is not in the list of version ${this.channel.state.version}, although there or absent for a moment`);
      }
      if (!last.isPresent && users.some(({ id }) => id === userId)) this.meet('a user in the list who has just left');
    }
  }

  private present(): Set<string> {
    return new Set(this.sessions.filter(({ client, isHeld }) => isHeld && client.isMember).map(({ client }) => client.userId));
  }

  private checkViews(when: string, truth: ReadonlySet<string>): void {
    const users = [...truth].sort().join();
    for (const { client } of this.sessions) {
      if (!client.isOpen || !client.isMember) continue;
      const { version, count, members } = client.view;
      const seen = members ? [...members].sort().join() : users;
      const isCounted = members ? count === members.length : count > this.scenario.maxUsers;
      if (seen !== users || count !== truth.size || !isCounted) {
        this.violations.push(`${when}: ${client.connectionId} sees ${count} [${seen}] of version ${version}, and there are [${users}]`);
      }
    }
  }

  /** Checks that the rows are those of the members. */
  private checkRows(): void {
    const rows = [...this.channel.usersAt(this.clock.now())].sort().join();
    const users = [...this.present()].sort().join();
    if (rows !== users) this.violations.push(`the rows are of [${rows}], and there are [${users}]`);
  }

  // --- what occurred ------------------------------------------------------------------------------------------------------------------

  private disturb(): void {
    this.disturbedAt = this.clock.now();
  }

  private meet(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }

  private summarise(): void {
    const { counts } = this.channel;
    const { repeats, lost, deadLetters } = this.queue.counts;
    const noted = {
      'a tick that another made needless': counts.skips,
      'a list that was not stored': counts.refusals,
      'a tick that came again': repeats,
      'a lost tick': lost,
      'a tick that was given up': deadLetters,
      'a crash': this.invocations.filter(({ process }) => process.isCrashed).length,
      'a thaw': this.invocations.filter(({ process }) => process.thawedAt > 0).length,
      'two connections of a user': this.sessions.length - new Set(this.sessions.map(({ client }) => client.userId)).size,
      'a silent connection': this.sessions.filter(({ visit }) => visit.end?.how === 'silence').length,
      'a dead row': [...this.channel.rows.values()].filter(({ ttl }) => ttl * 1_000 <= this.clock.now()).length,
    };
    for (const [name, times] of Object.entries(noted)) if (times > 0) this.met.set(name, times);
  }
}
