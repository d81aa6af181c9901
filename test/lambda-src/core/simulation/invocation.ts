import type { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Engine } from './engine';
import { Process, type Request } from './process';
import { Random } from './random';
import { MAX_SKEW, type InvocationPlan } from './scenario';
import type { World } from './world';
import type { PaceItem } from '../../../../harness/pace-item';
import type { BroadcastResult } from '../../../../lambda-src/core/broadcast';
import type { Connection, RecipientSource } from '../../../../lambda-src/core/connection';
import type { ConnectionRows } from '../../../../lambda-src/core/forget';
import type { Answer, Sender, Transmission } from '../../../../lambda-src/core/sender';

const POST_LIMIT_MILLIS = 3_000;
/** Longest wait of a post for a connection. */
const CONNECTION_LIMIT_MILLIS = 1_000;

/** One post, as the world saw it. */
export interface Post {
  readonly id: string;
  readonly row?: Connection;
  readonly at: number;
  answer?: Answer;
  /** Time on the invocation's clock. */
  answeredAt?: number;
}

/** Collaborators that a mutant may replace. */
export interface Collaborators {
  readonly recipients: RecipientSource;
  readonly rows: ConnectionRows;
  readonly sender: Sender;
}

export interface Planting {
  readonly engine: Engine;
  /** Replaces collaborators with faulty ones. */
  readonly replace?: (invocation: Invocation) => Partial<Collaborators>;
  /** Whether each invocation has its own budget. */
  readonly ownBudgets?: boolean;
}

/** One broadcast in its own execution environment. */
export class Invocation {
  readonly process: Process;
  readonly random: Random;
  readonly posts: Post[] = [];
  /** Answered posts in the order of their answers. */
  readonly answered: Post[] = [];
  readonly rowsRead: Connection[] = [];
  private readonly rowOf = new Map<string, Connection>();
  mostHeld = 0;
  /** Most posts in flight at once: all, and without slow ones. */
  mostInFlight = 0;
  mostQuick = 0;
  /** Posts that were in flight at the end. */
  brokenOff = 0;
  result?: BroadcastResult;
  error?: unknown;
  startedAt = Infinity;
  /** Time of the last page or answer. */
  lastNewsAt = -Infinity;
  endedAt?: number;
  /** Timers and requests left after its return: must be none. */
  leftOver = 0;

  constructor(readonly name: string, readonly plan: InvocationPlan, readonly world: World, private readonly paceItem: PaceItem, engine: Engine) {
    this.random = new Random(world.scenario.seed ^ Math.imul(Number(name.slice(1)) + 1, 0x9e3779b1));
    this.process = new Process(world.clock, this.random, plan.fate, engine);
  }

  get body(): string {
    return `message of ${this.name}`;
  }

  start({ engine, replace }: Planting): void {
    this.world.clock.after(this.plan.startAt - this.world.clock.now(), () => this.process.step(() => void this.run(engine, replace)));
  }

  private async run(engine: Engine, replace?: Planting['replace']): Promise<void> {
    const { process, plan, world } = this;
    this.startedAt = world.clock.now();
    process.begin();
    const { recipients, ...ports } = { recipients: this.recipients(), rows: this.rows(), sender: this.sender(), ...replace?.(this) };
    try {
      this.result = await engine.broadcast({
        body: Buffer.from(this.body),
        recipients,
        excluded: new Set(plan.excludesSender ? [plan.sender] : []),
        deadline: process.clock.now() + plan.millis,
      }, {
        ...ports,
        recipientsOf: () => recipients,
        budget: new engine.SharedBudget(this.dynamo(), 'table', world.scenario.rate, process.clock),
        clock: process.clock,
        random: this.random.next,
        maxInFlight: plan.places,
      });
    } catch (error) {
      this.error = error;
    }
    this.endedAt = world.clock.now();
    this.leftOver = process.underWay;
  }

  /** Latency of an answer, around a usual value and sometimes far above it. */
  private latency(usual: number): number {
    return usual * (this.random.chance(0.02) ? 5 : this.random.between(0.5, 1.5));
  }

  private tableCall<T>(act: () => T, fails: number, hangs: number, abortSignal?: AbortSignal): Promise<T> {
    if (this.random.chance(hangs)) return this.process.call(Infinity, act, abortSignal);
    const failing = this.random.chance(fails);
    return this.process.call(this.latency(this.world.scenario.latency.table), () => {
      if (failing) throw new Error('ProvisionedThroughputExceededException');
      return act();
    }, abortSignal);
  }

  /** Reads the table; a reader that is not consistent sees an older state. */
  recipients(isConsistent = true): RecipientSource {
    const { world: { scenario, table, clock } } = this;
    return {
      pages: (abortSignal) => this.pages(abortSignal, (after) => table.page(after, scenario.pageSize, isConsistent ? undefined : clock.now())),
    };
  }

  private async* pages(
    abortSignal: AbortSignal, read: (after?: string) => { rows: Connection[]; last?: string },
  ): AsyncGenerator<readonly Connection[]> {
    const { readFails, readHangs } = this.world.scenario.table;
    let last: string | undefined;
    do {
      const page = await this.tableCall(() => read(last), readFails, readHangs, abortSignal);
      this.lastNewsAt = this.world.clock.now();
      this.rowsRead.push(...page.rows);
      for (const row of page.rows) this.rowOf.set(row.connectionId, row);
      this.mostHeld = Math.max(this.mostHeld, this.rowsRead.length - this.started());
      yield page.rows;
      last = page.last;
    } while (last !== undefined && !abortSignal.aborted);
  }

  /** Rows that were read and no longer wait for their first send, or never did. */
  private started(): number {
    return new Set(this.posts.map(({ id }) => id)).size + this.rowsRead.filter(({ connectionId }) => !this.isToReceive(connectionId)).length;
  }

  isToReceive(id: string): boolean {
    return this.world.endpoint.has(id) && !(this.plan.excludesSender && id === this.plan.sender);
  }

  rows(isConditional = true): ConnectionRows {
    const { world: { table, clock, scenario } } = this;
    const { deleteFails, deleteHangs } = scenario.table;
    return {
      remove: (id, connectedAt, abortSignal) => this.tableCall(
        () => table.delete(id, isConditional ? connectedAt : undefined, clock.now()), deleteFails, deleteHangs, abortSignal,
      ),
    };
  }

  sender(bodyOf: (nth: number, body: Uint8Array) => Uint8Array = (_, body) => body): Sender {
    return {
      begin: (body) => {
        const open = new Map<Request<Answer>, Post>();
        let ended = false;
        const post: Transmission['post'] = (id) => {
          if (ended || this.endedAt !== undefined) this.error = new Error('posted after the end');
          return this.post(id, Buffer.from(bodyOf(this.posts.length, body)).toString(), open);
        };
        const end = () => {
          ended = true;
          this.brokenOff = open.size;
          const broken = [...open.keys()];
          open.clear();
          this.process.soon(() => {
            for (const request of broken) request.resolve({ kind: 'ambiguous', reason: 'broken off' });
          });
        };
        return { post, end };
      },
    };
  }

  private post(id: string, body: string, open: Map<Request<Answer>, Post>): Promise<Answer> {
    const { process, world: { clock, endpoint, scenario } } = this;
    const post: Post = { id, row: this.rowOf.get(id), at: clock.now() };
    this.posts.push(post);
    const request = process.request<Answer>();
    open.set(request, post);
    this.mostInFlight = Math.max(this.mostInFlight, open.size);
    this.mostQuick = Math.max(this.mostQuick, [...open.values()].filter(({ at }) => Math.floor(clock.now()) - Math.floor(at) < 500).length);
    const cancelTimer = process.clock.after(POST_LIMIT_MILLIS, () => settle({ kind: 'ambiguous', reason: 'no answer' }));
    const settle = (answer: Answer) => {
      if (!open.has(request)) return;
      open.delete(request);
      post.answer = answer;
      post.answeredAt = process.clock.now();
      this.answered.push(post);
      this.lastNewsAt = clock.now();
      request.resolve(answer);
    };
    void request.answer.then(cancelTimer);
    if (endpoint.isOut(clock.now())) {
      clock.after(CONNECTION_LIMIT_MILLIS, () => process.step(() => settle(answerOf('unsent'))));
      return request.answer;
    }
    const latency = this.latency(scenario.latency.post);
    clock.after(latency / 2, () => {
      const reply = endpoint.isUnsent(id, clock.now()) ? 'unsent' : endpoint.post(id, this.name, body, clock.now());
      if (reply !== 'hang') clock.after(latency / 2, () => process.step(() => settle(answerOf(reply))));
    });
    return request.answer;
  }

  private dynamo(): DynamoDBClient {
    const { paceFails, paceHangs } = this.world.scenario.table;
    const send = (command: UpdateItemCommand, { abortSignal }: { abortSignal: AbortSignal }) =>
      this.tableCall(() => this.paceItem.update(command), paceFails, paceHangs, abortSignal);
    return { send } as unknown as DynamoDBClient;
  }
}

function answerOf(reply: number | 'reset' | 'unsent'): Answer {
  if (typeof reply === 'number') return { kind: 'status', status: reply };
  return reply === 'unsent' ? { kind: 'unsent', reason: reply } : { kind: 'ambiguous', reason: reply };
}

/** Returns the largest difference between two clocks. */
export function skewBetween(invocations: readonly Invocation[]): number {
  const skews = invocations.map(({ plan }) => plan.fate.skew);
  return Math.min(2 * MAX_SKEW, Math.max(...skews) - Math.min(...skews));
}
