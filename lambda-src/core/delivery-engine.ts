import { Congestion } from './congestion';
import { receives, type Connection, type RecipientSource } from './connection';
import type { DeliveryPorts } from './delivery-ports';
import { BroadcastRefusedError, DeliveryDeniedError, TableUnreadableError } from './errors';
import { InFlight, type Flight } from './in-flight';
import { outcomeOf, type Outcome } from './outcome';
import { DEFAULT_PACING, Pacer, type PacingPolicy } from './pacer';
import { PageReader } from './page-reader';
import { Retries, type Retry } from './retries';
import type { Answer, Transmission } from './sender';
import type { Tally } from './tally';

/** Consecutive answers of 403, without a success among them, that stop the broadcast: a 403 affects all recipients alike. */
const DENIED_IN_A_ROW = 20;
/** Permits are reserved for retries due this soon: otherwise each retry would take the permit of a first send. */
const FORESIGHT_MILLIS = 100;
/** Most closed connections remembered for deletion; the next broadcast finds the rest again. */
const MAX_GONE = 20_000;

/** A recipient that may be sent to now. */
type Due = Omit<Retry, 'due'>;

/** One body and its recipients. */
export interface Shipment {
  readonly body: Uint8Array;
  readonly recipients: RecipientSource;
  /** Ids of connections that do not receive. @default - every recipient receives */
  readonly excluded?: ReadonlySet<string>;
  /** Epoch milliseconds at which sending ends, finished or not. */
  readonly deadline: number;
  /** Pacing of the sends. @default - what suits a whole broadcast */
  readonly pacing?: PacingPolicy;
  /** Called for each recipient that ends; the others are abandoned. */
  readonly onEnd?: (connection: Connection, outcome: Outcome) => void;
}

/**
 * Sends one body to every recipient.
 *
 * One function, `pump`, starts everything that may start now and sets one timer for the next thing that may happen. It runs
 * after every event: rows read, an answer, a slot of the rate, the timer.
 *
 * Invariants: a recipient is in exactly one place (at hand, in flight, waiting for a retry, or ended). While one is left,
 * something that calls `pump` is under way. Once `over`, nothing starts and nothing is counted, and `run` settles only when
 * nothing is in flight or scheduled.
 */
export class DeliveryEngine {
  private readonly reader: PageReader;
  private readonly pacer: Pacer;
  private readonly congestion: Congestion;
  private readonly inFlight: InFlight;
  private readonly retries = new Retries();
  private transmission?: Transmission;
  private firstSends = 0;
  /** Reason for which the last post was not written, until one is written. */
  private stall?: string;
  private deniedInARow = 0;
  private timer?: { readonly at: number; readonly cancel: () => void };
  private over = false;
  private finish?: () => void;

  /** Whether anything was written. */
  public begun = false;

  /** Closed connections whose rows have to be deleted. */
  public readonly gone: Connection[] = [];

  private readonly options: Shipment & DeliveryPorts;

  constructor(shipment: Shipment, ports: DeliveryPorts, private readonly tally: Tally) {
    this.options = { ...ports, ...shipment };
    const { recipients, excluded, budget, clock, deadline, maxInFlight, pacing = DEFAULT_PACING } = this.options;
    this.reader = new PageReader(recipients, (row) => receives(row, excluded, clock.now()), () => this.pump());
    this.pacer = new Pacer(budget, clock, deadline, () => this.pump(), pacing, maxInFlight);
    this.congestion = new Congestion(budget.rate);
    this.inFlight = new InFlight(maxInFlight);
  }

  /** Settles when all recipients are served, or no more can be. The error says why none, or not all, could be reached. */
  async run(): Promise<Error | undefined> {
    const { clock, deadline } = this.options;
    const cancelTimer = clock.after(Math.max(0, deadline - clock.now()), () => void this.reader.stop());
    await this.reader.start();
    cancelTimer();
    const error = this.reader.atHand > 0 ? await this.sendAll() : undefined;
    await Promise.all([this.reader.stop(), this.pacer.stop()]);
    this.sumUp();
    return error ?? this.failure();
  }

  /** Error that ended the read of the table early. */
  get readFailure(): unknown {
    return this.reader.failure;
  }

  /** Reason for the abandoned recipients, if no connection could be opened for any of them. */
  get unreachable(): string | undefined {
    return this.tally.abandoned > 0 ? this.stall : undefined;
  }

  /** Reason for which sending stopped after some recipients had got the message. */
  get brokenOff(): Error | undefined {
    return this.isDenied() && this.tally.delivered > 0 ? new DeliveryDeniedError() : undefined;
  }

  private async sendAll(): Promise<Error | undefined> {
    try {
      this.transmission = this.options.sender.begin(this.options.body, this.reader.atHand);
    } catch (error) {
      return error as Error;
    }
    await new Promise<void>((resolve) => {
      this.finish = resolve;
      this.pump();
    });
    return undefined;
  }

  private sumUp(): void {
    const { delivered, gone, failed } = this.tally;
    this.tally.recipients = this.reader.taken + this.reader.atHand;
    this.tally.abandoned = this.tally.recipients - delivered - gone - failed;
    this.tally.incompleteReads = this.reader.complete ? 0 : 1;
    this.tally.rateLimitFallbacks = this.pacer.rateLimitFallbacks;
  }

  private failure(): Error | undefined {
    const { recipients, delivered, incompleteReads } = this.tally;
    if (incompleteReads && recipients === 0) return new TableUnreadableError(this.reader.failure ?? new Error('no answer in time'));
    const { backlogMillis, hasSlot } = this.pacer;
    if (backlogMillis !== undefined && !hasSlot) return new BroadcastRefusedError(backlogMillis);
    return this.deniedInARow > 0 && delivered === 0 ? new DeliveryDeniedError() : undefined;
  }

  private pump(): void {
    if (this.over || !this.finish) return;
    const now = this.options.clock.now();
    while (!this.isStopped(now) && this.obstacleUntil(now) <= now) {
      const retry = this.retries.take(now);
      const connection = retry?.connection ?? this.reader.take();
      if (!connection) break;
      this.send(retry ?? { connection, triesMade: 0 }, now);
    }
    if (now >= this.options.deadline || (this.inFlight.size === 0 && (this.isStopped(now) || this.isDone()))) this.end();
    else if (this.isStopped(now)) this.wakeAt(Infinity, now);
    else this.lookAhead(now);
  }

  /** Makes sure that something calls `pump` in time for the next send. */
  private lookAhead(now: number): void {
    const { atHand } = this.reader;
    this.pacer.demand(atHand + this.retries.due(now + FORESIGHT_MILLIS), now);
    const isWaiting = atHand > 0 || this.retries.due(now) > 0;
    this.wakeAt(isWaiting ? this.obstacleUntil(now) : this.retries.nextDue ?? Infinity, now);
  }

  private end(): void {
    this.over = true;
    this.timer?.cancel();
    this.transmission!.end();
    if (this.inFlight.size === 0) this.finish!();
  }

  /** Whether nothing may start any more; answers may still arrive. */
  private isStopped(now: number): boolean {
    return now >= this.options.deadline || this.isDenied() || this.pacer.isExhausted(now);
  }

  private isDenied(): boolean {
    return this.deniedInARow >= DENIED_IN_A_ROW;
  }

  private isDone(): boolean {
    return this.reader.ended && this.reader.atHand === 0 && this.retries.size === 0;
  }

  /** Earliest start of the next send as far as it is known: `now` or earlier when it may start. */
  private obstacleUntil(now: number): number {
    const place = this.inFlight.hasPlace(now) ? now : this.inFlight.nextSlow ?? Infinity;
    return Math.max(place, this.pacer.readyAt(now) ?? Infinity, this.congestion.readyAt(now));
  }

  private send(due: Due, now: number): void {
    this.pacer.take();
    this.congestion.sent(now);
    this.count(due, 1);
    const flight = this.inFlight.start(now);
    void this.transmission!.post(due.connection.connectionId).then((answer) => this.land(due, flight, answer));
  }

  /** Counts a send as a first one or a retry; a send that turns out not to have been written is neither. */
  private count({ triesMade }: Due, by: 1 | -1): void {
    if (triesMade === 0) this.firstSends += by;
    else this.tally.retried += by;
  }

  private land(due: Due, flight: Flight, answer: Answer): void {
    this.inFlight.land(flight);
    if (answer.kind === 'unsent') this.count(due, -1);
    else this.begun = true;
    if (this.over) {
      if (this.inFlight.size === 0) this.finish!();
      return;
    }
    if (answer.kind === 'unsent') this.putBack(due, answer);
    else this.conclude(due.connection, due.triesMade + 1, answer);
    this.pump();
  }

  private putBack({ connection, triesMade, stalls = 0 }: Due, answer: Answer & { kind: 'unsent' }): void {
    const { clock, random } = this.options;
    const now = clock.now();
    const wait = outcomeOf(answer, connection, now).wait(stalls + 1, random());
    this.stall = answer.reason;
    this.retries.putBack({ connection, triesMade, stalls: stalls + 1, due: now + wait });
  }

  /** Records an answer to a send that was written. */
  private conclude(connection: Connection, triesMade: number, answer: Answer): void {
    const { clock, random } = this.options;
    const now = clock.now();
    const outcome = outcomeOf(answer, connection, now);
    this.stall = undefined;
    if (triesMade === 1) this.congestion.note(connection.connectionId, outcome.throttled === true, now);
    if (outcome.throttled) this.tally.throttled++;
    if (outcome.denied) this.deniedInARow++;
    else if (outcome.end === 'delivered' && !this.isDenied()) this.deniedInARow = 0;
    const due = now + outcome.wait(triesMade, random());
    if (triesMade >= outcome.tries || !this.retries.add({ connection, triesMade, due }, this.firstSends)) {
      this.tally[outcome.end]++;
      this.options.onEnd?.(connection, outcome);
      if (outcome.prune) this.remember(connection);
    }
  }

  private remember(connection: Connection): void {
    if (this.gone.length < MAX_GONE) this.gone.push(connection);
    else this.tally.staleConnections++;
  }

  /** Keeps one timer, at the earliest instant asked for; waking too early does no harm. */
  private wakeAt(instant: number, now: number): void {
    const at = Math.min(instant, this.options.deadline);
    if (this.timer && this.timer.at <= at) return;
    this.timer?.cancel();
    const cancel = this.options.clock.after(Math.max(0, at - now), () => {
      this.timer = undefined;
      this.pump();
    });
    this.timer = { at, cancel };
  }
}
