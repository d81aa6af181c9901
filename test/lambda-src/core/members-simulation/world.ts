import { SHIPPED, type Engine, type Planting } from './engine';
import { Invocation } from './invocation';
import { CHANNELS, HORIZON, HOUR, MINUTE, SECOND, type Scenario, type Visit } from './scenario';
import { Session, type Asked } from './session';
import { SimulatedTables } from './simulated-tables';
import { afterMessages, atTheEnd, closedAtRest, foundById, isOf, isToBeGone, mustReceive, nameOf, openAtRest, wrongAnswer } from './truth';
import { VirtualClock } from '../../../../harness/virtual-clock';
import { personalChannelOf } from '../../../../lambda-src/core/channels/channel-name';
import { ChannelRules } from '../../../../lambda-src/core/channels/channel-rules';
import { within } from '../../../../lambda-src/core/clock';
import { disconnect, type ConnectPorts } from '../../../../lambda-src/core/connect';
import { receives, type Connection, type ConnectionKey } from '../../../../lambda-src/core/connection';
import type { ForgetPorts } from '../../../../lambda-src/core/forget';
import type { LayeredConnectPorts } from '../../../../lambda-src/core/layered-connect';
import { emptyTally } from '../../../../lambda-src/core/tally';
import { Random } from '../simulation/random';
import type { Weather } from '../simulation/unreliable-service';

export const START = 1_800_000_000_000;
const TTL_SECONDS = 3 * 3_600;
/** API Gateway closes a connection after two hours, and gives up on a function after 29 s. */
const LIFETIME_MILLIS = 2 * HOUR;
const INTEGRATION_MILLIS = 29 * SECOND;
const LIMIT_MILLIS = 28 * SECOND;
/** A function stands still for at most 15 minutes, and then has to end. */
const REST_MILLIS = 20 * MINUTE;

/** Everything outside the core: the tables, the functions, API Gateway, and the clients. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly sessions: Session[] = [];
  readonly violations: string[] = [];
  /** Occurrences by name. */
  readonly met = new Map<string, number>();
  readonly tables: SimulatedTables;
  private readonly random: Random;
  private readonly engine: Engine;
  private readonly weather: { -readonly [K in keyof Weather]: Weather[K] };
  private readonly invocations: Invocation[] = [];
  private requests = 0;

  constructor(readonly scenario: Scenario, private readonly planting: Planting = {}) {
    this.random = new Random(~scenario.seed);
    this.engine = { ...SHIPPED, ...planting.engine };
    this.tables = new SimulatedTables(this.clock, this.random, planting.rules);
    this.weather = { clock: this.clock, timeouts: scenario.timeouts, isCalm: false, throttledUntil: 0 };
  }

  async run(): Promise<void> {
    const { scenario: { visits, messages, throttles }, clock, weather } = this;
    for (const visit of visits) clock.after(visit.from, () => this.connect(visit));
    for (const { at, channel } of messages) clock.after(at, () => this.publish(channel));
    for (const { from, to } of throttles) clock.after(from, () => (weather.throttledUntil = START + to));
    await clock.run(START + HORIZON + 30 * SECOND);
    weather.isCalm = true;
    weather.throttledUntil = weather.timeouts = 0;
    await clock.run(clock.now() + REST_MILLIS);
    const { sessions, tables, violations } = this;
    violations.push(...openAtRest(sessions, tables), ...closedAtRest(sessions, tables));
    this.publishToAll();
    await clock.run(clock.now() + MINUTE);
    violations.push(...afterMessages(sessions, tables));
    await clock.run(START + LIFETIME_MILLIS - SECOND);
    this.publishToAll();
    violations.push(...openAtRest(sessions, tables));
    await clock.run();
    violations.push(...atTheEnd(tables));
    this.summarise();
  }

  // --- clients and API Gateway --------------------------------------------------------------------------------------------------------

  private connect(visit: Visit): void {
    // API Gateway does not reuse an id that is in use.
    if (this.current(visit.id)) return;
    const session = new Session(visit, {
      act: (...given) => this.act(...given),
      after: (millis, callback) => void this.clock.after(millis, callback),
      now: () => this.clock.now(),
      random: this.random.next,
    });
    if (this.sessions.some(({ connectionId }) => connectionId === visit.id)) this.meet('an id that was used before');
    this.sessions.push(session);
    const { connectionId, connectedAt } = session;
    const channels = [personalChannelOf(visit.user), ...visit.channels];
    const asked = session.note('subscribe', channels, connectedAt);
    const handshake = { connectionId, connectedAt, channels: visit.channels, authorizer: { sub: visit.user } };
    const work = (invocation: Invocation) => this.engine.connectWithChannels(handshake, this.deadlineOf(invocation), this.connectPorts(invocation));
    this.invoke(session, work, (answer) => {
      if (answer?.statusCode !== 200) {
        session.state = 'refused';
        session.isFlawed = true;
        return;
      }
      for (const each of asked) session.answer(each, 'subscribed');
      session.state = 'open';
      session.begin(START);
      const { end = { at: Infinity, isNoticed: this.random.chance(0.8) } } = visit;
      const at = Math.min(START + end.at, connectedAt + LIFETIME_MILLIS);
      this.clock.after(at - this.clock.now(), () => this.close(session, end.isNoticed));
    });
  }

  private close(session: Session, isNoticed: boolean): void {
    session.state = 'closed';
    if (!isNoticed) this.meet('an end that nobody reported');
    else this.reportEnd(session);
  }

  private reportEnd(session: Session): void {
    const { connectionId, connectedAt } = session;
    this.clock.after(this.random.next() * (this.random.chance(0.8) ? 100 : 5_000), () => {
      this.invoke(undefined, async (invocation) => {
        await disconnect({ connectionId, connectedAt }, this.deadlineOf(invocation), this.connectPorts(invocation));
        session.ends++;
      });
      if (this.random.chance(this.scenario.repeatedDisconnects)) this.clock.after(this.random.next() * 2_000, () => this.reportEnd(session));
    });
  }

  private act(session: Session, asked: readonly Asked[], end: (answers: readonly string[] | undefined) => void): void {
    const { connectionId, connectedAt, visit } = session;
    const [{ kind, at, channel: first }] = asked;
    const request = `m${this.requests++}`;
    const key = { connectionId, connectedAt };
    const ttl = Math.floor(connectedAt / 1_000) + this.ttlSeconds;
    this.invoke(session, (invocation) => within(invocation.process.clock, this.deadlineOf(invocation), async (abortSignal) => {
      if (kind === 'subscribe') {
        const members = asked.map(({ channel }) => ({ ...key, channel, at, request, ttl, userId: visit.user }));
        const joined = await this.engine.subscribe(members, invocation, abortSignal);
        if (joined.some((each) => each instanceof Error)) session.isFlawed = true;
        return joined.map(String);
      }
      await this.engine.unsubscribe({ ...key, channel: first }, at, invocation, abortSignal);
      return ['unsubscribed'];
    }), (answers) => {
      end(answers);
      for (const each of asked) {
        this.meet(`${kind}: ${each.answer?.startsWith('Error') ? 'an error' : each.answer ?? 'no answer'}`);
        const why = wrongAnswer(session, each);
        if (why) this.violations.push(`${nameOf(session)} ${why}`);
      }
    });
  }

  /** Returns the connection that has this id now. */
  private current(id: string): Session | undefined {
    return this.sessions.find(({ connectionId, state }) => connectionId === id && (state === 'open' || state === 'opening'));
  }

  // --- functions ----------------------------------------------------------------------------------------------------------------------

  /** Runs a function for a connection; `end` gets its result in time, or undefined, once. */
  private invoke<T>(
    session: Session | undefined, work: (invocation: Invocation) => Promise<T>, end: (result: T | undefined) => void = () => undefined,
  ): void {
    const { random, scenario, weather, tables } = this;
    const invocation = new (this.planting.invocation ?? Invocation)({
      tables,
      scenario,
      weather,
      random,
      onLateWrite: () => {
        this.meet('a row that was written when it was given up');
        if (session) session.isFlawed = true;
      },
      onOverwrite: (row) => this.overwrite(row),
    });
    this.invocations.push(invocation);
    let isOver = false;
    const settle = (result: T | undefined) => {
      if (session && (result === undefined || isOver)) session.isFlawed = true;
      if (!isOver) end(result);
      isOver = true;
    };
    this.clock.after(INTEGRATION_MILLIS, () => isOver || settle(undefined));
    invocation.process.step(() => void work(invocation).then(settle, () => {
      this.meet('a function that failed');
      settle(undefined);
    }));
  }

  /** Until it ends, the later connection is in no table. */
  private overwrite({ connectionId, connectedAt }: ConnectionKey): void {
    this.meet('a row of a connection over that of a later one');
    for (const each of this.sessions) if (each.connectionId === connectionId && each.connectedAt > connectedAt) each.isOverwritten = true;
  }

  private deadlineOf({ process }: Invocation): number {
    return process.clock.now() + LIMIT_MILLIS;
  }

  private get ttlSeconds(): number {
    return this.planting.memberTtlSeconds ?? TTL_SECONDS;
  }

  private forgetPorts(invocation: Invocation): ForgetPorts {
    return {
      rows: invocation.connections,
      onForgotten: async (connection, abortSignal) => void await this.engine.leaveAll(connection, invocation, abortSignal),
    };
  }

  private connectPorts(invocation: Invocation): LayeredConnectPorts & ConnectPorts {
    return {
      ...this.forgetPorts(invocation),
      rows: invocation.connections,
      clock: invocation.process.clock,
      ttlSeconds: TTL_SECONDS,
      report: { originRefused: () => undefined, storeFailed: () => undefined },
      members: invocation,
      rules: RULES,
      maxChannels: 50,
      userIdKey: 'sub',
      channelReport: { refused: () => undefined, failed: () => this.meet('a handshake that failed') },
    };
  }

  // --- messages -----------------------------------------------------------------------------------------------------------------------

  private publishToAll(): void {
    const personal = this.sessions.map(({ visit }) => personalChannelOf(visit.user));
    for (const channel of new Set([...CHANNELS, ...personal])) this.publish(channel);
  }

  /** Reads the members, sends to each, and forgets closed ones. */
  private publish(channel: string): void {
    this.invoke(undefined, async (invocation) => {
      const { weather: { isCalm } } = this;
      const { clock } = invocation.process;
      const start = clock.now();
      const must = () => this.sessions.filter((session) => mustReceive(session, channel));
      const expected = new Set(must());
      const recipients: Connection[] = [];
      for await (const page of invocation.membersOf(channel).pages(new AbortController().signal)) {
        recipients.push(...page.filter((row) => receives(row, undefined, start)));
      }
      for (const session of must()) {
        if (!expected.has(session)) continue;
        this.meet('a member whom a message has to find');
        if (!recipients.some((row) => isOf(session, row))) this.violations.push(`a message to ${channel} did not find ${nameOf(session)}`);
      }
      if (isCalm) this.violations.push(...foundById(recipients, this.sessions));
      const gone: Connection[] = [];
      await Promise.all(recipients.map(async (row) => {
        if (await invocation.process.call(this.random.between(2, 18), () => !this.receive(row))) gone.push(row);
      }));
      if (gone.length > 0) this.meet('a 410');
      await this.engine.prune(gone, start + LIMIT_MILLIS, { ...this.forgetPorts(invocation), clock }, emptyTally());
    });
  }

  /** Whether an open connection has the id: API Gateway knows nothing else of a recipient. */
  private receive({ connectionId, connectedAt }: Connection): boolean {
    const session = this.current(connectionId);
    if (session?.isOpen && session.connectedAt !== connectedAt) this.meet('a message to a connection that has the id of a member');
    return session?.isOpen ?? false;
  }

  // --- what occurred ------------------------------------------------------------------------------------------------------------------

  private meet(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }

  private summarise(): void {
    for (const { process } of this.invocations) {
      if (process.isCrashed) this.meet('a crash');
      if (process.thawedAt > 0) this.meet('a thaw');
    }
    if (this.tables.expired > 0) this.meet('a row that the TTL deleted');
    for (const session of this.sessions) {
      if (hasTwins(session)) this.meet('a request of the same millisecond');
      if (session.state === 'closed' && isToBeGone(session, this.sessions)) this.meet('a connection of which nothing may be left');
      if (session.ends > 1) this.meet('an end that was dealt with twice');
    }
  }
}

const ANYONE = { kind: 'anyone' } as const;
const RULES = new ChannelRules([{ pattern: 'room-*', subscribe: ANYONE, publish: ANYONE, history: false }], true);

/** Whether two of its requests for a channel were made in one millisecond. */
function hasTwins({ asked }: Session): boolean {
  return asked.some((one, nth) => asked.slice(nth + 1).some((other) => one.channel === other.channel && one.at === other.at));
}
