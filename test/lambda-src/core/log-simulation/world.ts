import { ModelClient, type Answer, type ClientFlaws } from './client';
import { CHANNEL, Invocation, type Environment, type Planting } from './environment';
import { MINUTE, type MessagePlan, type Scenario } from './scenario';
import { Audit, SimulatedTable } from './simulated-table';
import { VirtualClock } from '../../../../harness/virtual-clock';
import { LOG_LIMIT } from '../../../../lambda-src/core/log/log-limits';
import type { LogPage, ReadRequest } from '../../../../lambda-src/core/log/log-reader';
import { LOG_RULES, type LogRules, type Proof } from '../../../../lambda-src/core/log/log-rules';
import type { Entry, LoggedMessage, LogName, Origin } from '../../../../lambda-src/core/log/log-table';
import { placeBatch, publishDirect, publishQueued, type PlacedMessage, type QueuedPublication } from '../../../../lambda-src/core/log/publish';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';
import { Random } from '../simulation/random';
import type { Weather } from '../simulation/unreliable-service';

export interface WorldPlanting extends Planting {
  readonly client?: ClientFlaws;
}

/** A client's session as API Gateway and the connections table know it. */
interface Session {
  readonly client: ModelClient;
  isStored: boolean;
  isOpen: boolean;
}

export const START = 1_800_000_000_000;
/** Share of recipients that a delivery abandons. */
const ABANDONED = 0.04;
const RECEIVES = 3;
/** Size of an answer in messages. */
const PAGE_MESSAGES = 3;
/** API Gateway's time limit. */
const INTEGRATION_MILLIS = 29_000;
/** Shortest retention of any world. */
const LEAST_RETENTION_MILLIS = 60 * MINUTE;
/** Time that clients read at the end, when nothing fails any more. */
const FINAL_MILLIS = 400_000;

/** Everything outside the core: the table, the functions that run it, the queues, API Gateway, and the clients. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly audit = new Audit();
  readonly random: Random;
  readonly clients: readonly ModelClient[];
  /** Occurrences by name. */
  readonly met = new Map<string, number>();
  private readonly invocations: Invocation[] = [];
  private readonly environments: readonly Environment[];
  private readonly sessions: Session[] = [];
  private readonly sessionOf = new Map<ModelClient, Session>();
  private readonly rules: LogRules;
  private readonly weather: { -readonly [K in keyof Weather]: Weather[K] };
  private table: SimulatedTable;
  private epochs = 0;
  messages = 0;

  constructor(readonly scenario: Scenario, private readonly planting: WorldPlanting = {}) {
    const random = this.random = new Random(~scenario.seed);
    this.table = new SimulatedTable(this.audit, (table, log, entry) => this.scheduleExpiry(table, log, entry));
    this.weather = { clock: this.clock, timeouts: scenario.timeouts, isCalm: false, throttledUntil: 0 };
    const { retentionSeconds } = scenario;
    this.environments = scenario.skews.map((skew) => ({ skew, cache: new TailCache(), retentionSeconds, sleeps: random.chance(0.5) }));
    const rules = { ...LOG_RULES, ...planting.rules };
    this.rules = { ...rules, prove: (...given) => this.noteProof(rules.prove(...given)) };
    this.clients = scenario.clients.map((_, n) => new ModelClient(`client ${n}`, {
      ask: (request, answer) => this.ask(request, answer),
      after: (millis, callback) => void this.clock.after(millis, callback),
      now: () => this.clock.now(),
      random: random.next,
    }, planting.client ?? {}));
  }

  async run(): Promise<void> {
    const { scenario, clock, weather } = this;
    this.schedule();
    await clock.run(START + scenario.horizon * 1.02 + 20 * MINUTE);
    weather.isCalm = true;
    weather.throttledUntil = weather.timeouts = 0;
    const end = clock.now() + FINAL_MILLIS;
    for (const client of this.clients) {
      if (client.isConnected) client.read();
      else this.connect(client);
    }
    await clock.run(end);
    for (const client of this.clients) client.close();
    for (const { process, found } of this.invocations) {
      if (process.isCrashed) this.note('a crash');
      if (process.thawedAt > 0) this.note('a thaw');
      if (found > 0) this.note('found by its id');
    }
  }

  private schedule(): void {
    const { throttles, deployments, restore, messages, torn, clients } = this.scenario;
    for (const { from, to } of throttles) this.at(from, () => (this.weather.throttledUntil = START + to));
    for (const { at, retentionSeconds } of deployments) {
      for (const environment of this.environments) {
        this.at(at + this.random.next() * 2 * MINUTE, () => (environment.retentionSeconds = retentionSeconds));
      }
    }
    if (restore) this.at(restore.at, () => (this.table = this.table.restored(START + restore.of)));
    for (const message of messages) this.at(message.at, () => this.publish(message));
    for (const time of torn) this.at(time, () => this.tear());
    for (const [n, sessions] of clients.entries()) {
      for (const { from, to } of sessions) {
        this.at(from, () => this.connect(this.clients[n]));
        this.at(to, () => this.disconnect(this.clients[n]));
      }
    }
  }

  private at(time: number, happen: () => void): void {
    this.clock.after(START + time - this.clock.now(), happen);
  }

  // --- clients ------------------------------------------------------------------------------------------------------------------------

  private connect(client: ModelClient): void {
    const session = { client, isStored: true, isOpen: true };
    this.sessions.push(session);
    this.sessionOf.set(client, session);
    client.connect();
  }

  private disconnect(client: ModelClient): void {
    const session = this.sessionOf.get(client)!;
    session.isOpen = false;
    this.clock.after(this.random.next() * 5_000, () => (session.isStored = false));
    client.disconnect();
  }

  /** Runs a client's `history` through a function and back. */
  private ask(request: ReadRequest, answer: (answer: Answer | undefined) => void): void {
    let isOver = false;
    const origin = this.table.origin(CHANNEL, this.clock.now());
    const end = (page: LogPage | undefined) => {
      if (isOver) return;
      isOver = true;
      if (page && origin) this.checkAnswer(request, page, origin);
      answer(page && { ...page, messages: page.entries.map(({ position, message }) => ({ position, id: message!.id })) });
    };
    this.clock.after(this.weather.isCalm ? FINAL_MILLIS : INTEGRATION_MILLIS, () => end(undefined));
    this.invoke(
      ({ reader }) => reader.read(CHANNEL, request, { bytes: PAGE_MESSAGES, sizeOf: () => 1 }),
      (page) => this.clock.after(this.random.next() * 20, () => end(page)),
    );
  }

  /** An answer is as new as the question, and hardly ever reports a loss needlessly. */
  private checkAnswer(request: ReadRequest, page: LogPage, { epoch, last }: Origin): void {
    if (page.epoch === epoch && !page.more && page.position < last) {
      this.audit.violations.push(`a client was told that there is nothing after ${page.position}, when ${last} was reserved`);
    }
    const { since } = request;
    if (since === undefined || page.epoch !== request.epoch) {this.note(since === undefined ? 'a first answer' : 'another epoch');} else if (page.recovered) {this.note('recovered');} else {
      const isOld = this.clock.now() - this.audit.reserved.get(`${epoch} ${since + 1}`)! > LEAST_RETENTION_MILLIS - 2 * LOG_LIMIT.clockSkewMillis;
      const isLost = last - since > this.scenario.maxMessages || isOld;
      this.note(isLost ? 'not recovered' : 'needlessly not recovered');
    }
  }

  // --- functions ----------------------------------------------------------------------------------------------------------------------

  /** Runs a function in any environment. `end` gets its result, or undefined when it fails, and is not called when it dies. */
  private invoke<T>(work: (invocation: Invocation) => Promise<T>, end: (result: T | undefined) => void): void {
    const { random, scenario, weather, planting, rules, table } = this;
    const environment = random.pick(this.environments);
    const invocation = new Invocation({ environment, table, scenario, weather, random, planting, rules, newEpoch: () => `e${++this.epochs}` });
    this.invocations.push(invocation);
    invocation.process.step(() => void work(invocation).then(end, (error: Error) => {
      this.note(error.name);
      end(undefined);
    }));
  }

  private publish({ id, way, count }: MessagePlan): void {
    const messages = Array.from({ length: count }, (_, n): LoggedMessage => ({ id: `${id}.${n}`, sentAt: Math.floor(this.clock.now()), text: '' }));
    this.messages += count;
    if (way === 'publisher') this.plan(messages.map((message) => ({ channel: CHANNEL, message, receipts: 1 })));
    else for (const message of messages) this.send(message, way, false);
  }

  private tear(): void {
    this.invoke(({ connection, environment, process }) => (
      connection.reserve(CHANNEL, 1, process.clock.now(), environment.retentionSeconds)
    ), () => undefined);
  }

  /** Sends a client's message, and repeats it without an answer. */
  private send(message: LoggedMessage, way: 'direct' | 'queued', again: boolean, tries = 1): void {
    let isAnswered = false;
    const answered = (result: unknown) => {
      isAnswered ||= result !== undefined;
    };
    this.clock.after(INTEGRATION_MILLIS + this.random.next() * 5_000, () => {
      if (!isAnswered && tries < 3 && this.random.chance(0.7)) this.send(message, way, true, tries + 1);
    });
    const asked = { channel: CHANNEL, message, again };
    this.invoke<unknown>((invocation) => {
      const ports = { log: this.logOf(invocation), undelivered: () => this.note('undelivered') };
      return way === 'direct'
        ? publishDirect(asked, { ...ports, deliver: (placed) => this.deliver(placed, invocation) })
        : publishQueued(asked, { ...ports, enqueue: (placed) => this.enqueue(placed, invocation) });
    }, answered);
  }

  private enqueue(placed: PlacedMessage, { process }: Invocation): Promise<void> {
    return process.call(this.random.between(2, 18), () => {
      if (this.random.chance(0.03)) throw new Error('the queue refuses');
      this.plan([{ ...placed, receipts: 1 }]);
    });
  }

  /** A function plans the queue's messages, which are delivered again when it fails or dies. */
  private plan(publications: readonly QueuedPublication[]): void {
    const visibility = this.scenario.isLong ? 90_000 : 12_000;
    const left = new Set(publications);
    const comeAgain = (which: readonly QueuedPublication[]) => {
      const again = which.filter((each) => left.delete(each) && each.receipts < RECEIVES).map((each) => ({ ...each, receipts: each.receipts + 1 }));
      if (again.length > 0) this.plan(again);
    };
    this.clock.after(this.random.next() * 1_000, () => {
      this.clock.after(visibility, () => comeAgain([...left]));
      this.invoke(async (invocation) => {
        const places = await placeBatch(publications, this.logOf(invocation));
        await Promise.all(publications.map(async ({ channel, message }, n) => {
          const placed = places[n];
          if (placed instanceof Error) return;
          await this.deliver({ channel, message, placed }, invocation);
          // Some come again although they were done.
          if (!this.random.chance(0.05)) left.delete(publications[n]);
        }));
        return places;
      }, (places) => {
        const failed = publications.filter((_, n) => !places || places[n] instanceof Error);
        if (failed.length > 0) this.clock.after(this.random.next() * 2_000, () => comeAgain(failed));
      });
    });
  }

  private logOf(invocation: Invocation) {
    return this.planting.log?.(invocation) ?? invocation.log;
  }

  /** Reads the connections consistently, and sends to each. */
  private async deliver({ message: { id }, placed: { epoch, position } }: PlacedMessage, { process }: Invocation): Promise<number> {
    const sessions = await process.call(this.random.between(2, 18), () => this.sessions.filter(({ isStored }) => isStored));
    const posts = sessions.filter(() => !this.random.chance(ABANDONED)).map(async (session) => process.call(this.random.between(2, 18), () => {
      const filling = this.audit.filling(epoch, position);
      if (filling?.id !== id) this.audit.violations.push(`${id} was delivered at ${position}, which holds ${filling ? filling.id ?? 'void' : 'nothing'}`);
      if (session.isOpen) this.clock.after(this.random.next() * 30, () => session.isOpen && session.client.receive(position, id, epoch));
    }));
    await Promise.all(posts);
    return posts.length;
  }

  // --- the table ----------------------------------------------------------------------------------------------------------------------

  /** DynamoDB deletes hours late. */
  private scheduleExpiry(table: SimulatedTable, log: LogName, entry: Entry): void {
    const due = entry.ttl * 1_000 + this.random.next() ** 3 * 24 * 60 * MINUTE;
    if (due < START + this.scenario.horizon * 1.1) this.clock.after(due - this.clock.now(), () => table.expire(log, entry, this.clock.now()));
  }

  private noteProof(proof: Proof | undefined): Proof | undefined {
    this.note(`proof by ${proof?.by ?? 'none'}`);
    return proof;
  }

  private note(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }
}
