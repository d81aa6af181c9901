import type { VirtualClock } from '../../../harness/virtual-clock';
import type { Connection, RecipientSource } from '../../../lambda-src/core/connection';
import type { ConnectionRows } from '../../../lambda-src/core/forget';
import type { Budget, Reservation } from '../../../lambda-src/core/pacer';
import type { Answer, Sender, Transmission } from '../../../lambda-src/core/sender';

/** Rows just old enough not to count as opening. */
export function rows(count: number, now: number, prefix = 'c'): Connection[] {
  return Array.from({ length: count }, (_, index) => ({ connectionId: `${prefix}${index}`, connectedAt: now - 600_000 }));
}

export const status = (code: number): Answer => ({ kind: 'status', status: code });
export const ambiguous: Answer = { kind: 'ambiguous', reason: 'timed out' };
export const unsent: Answer = { kind: 'unsent', reason: 'connection refused' };

/** Pages that come at intervals of `delay`; an `Error` in place of a page is thrown, 'hang' never comes. */
export class FakeSource implements RecipientSource {
  public pagesRead = 0;
  public ended = false;

  constructor(private readonly clock: VirtualClock, private readonly script: (readonly Connection[] | Error | 'hang')[], private readonly delay = 5) {}

  async* pages(abortSignal: AbortSignal): AsyncGenerator<readonly Connection[]> {
    try {
      for (const page of this.script) {
        if (page === 'hang') await new Promise((_, reject) => abortSignal.addEventListener('abort', () => reject(new Error('aborted'))));
        await this.clock.sleep(this.delay);
        if (abortSignal.aborted) return;
        if (page instanceof Error) throw page;
        this.pagesRead++;
        yield page as readonly Connection[];
      }
    } finally {
      this.ended = true;
    }
  }
}

/** Answers each post by connection id and number of the try; a `hang` is broken off after the time limit. */
export class FakeSender implements Sender {
  public readonly posts: { readonly id: string; readonly at: number }[] = [];
  public readonly bodies: string[] = [];
  public inFlight = 0;
  public mostInFlight = 0;
  public ended = false;
  private readonly tries = new Map<string, number>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly answer: (id: string, nth: number) => Answer | 'hang' = () => status(200),
    private readonly latency = 20,
    private readonly timeLimit = 3_000,
  ) {}

  begin(body: Uint8Array): Transmission {
    this.bodies.push(Buffer.from(body).toString());
    const open = new Set<(answer: Answer) => void>();
    let ended = false;
    return {
      post: (id) => {
        if (ended) throw new Error('posted after the end');
        this.posts.push({ id, at: this.clock.now() });
        this.tries.set(id, this.triesOf(id) + 1);
        this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
        const answer = this.answer(id, this.triesOf(id));
        return new Promise((resolve) => {
          const cancelTimer = this.clock.after(answer === 'hang' ? this.timeLimit : this.latency, () => settle(answer === 'hang' ? ambiguous : answer));
          const settle = (settled: Answer) => {
            cancelTimer();
            this.inFlight--;
            open.delete(settle);
            resolve(settled);
          };
          open.add(settle);
        });
      },
      end: () => {
        ended = this.ended = true;
        for (const settle of [...open]) settle(ambiguous);
      },
    };
  }

  triesOf(id: string): number {
    return this.tries.get(id) ?? 0;
  }
}

/** A budget of one invocation; `script` may refuse, be unreachable, or hang. */
export class FakeBudget implements Budget {
  public readonly asked: { readonly sends: number; readonly maxWaitMillis: number }[] = [];
  private until = 0;

  constructor(
    private readonly clock: VirtualClock,
    public readonly rate = 1_000,
    private readonly script: (nth: number) => Reservation | 'hang' | undefined = () => undefined,
    private readonly latency = 10,
  ) {}

  async reserve(sends: number, maxWaitMillis: number, abortSignal: AbortSignal): Promise<Reservation> {
    this.asked.push({ sends, maxWaitMillis });
    const scripted = this.script(this.asked.length);
    if (scripted === 'hang') {
      await new Promise<void>((resolve) => abortSignal.addEventListener('abort', () => resolve()));
      return { kind: 'unreachable' };
    }
    const start = Math.max(this.until, this.clock.now());
    this.until = start + (sends * 1000) / this.rate;
    await this.clock.sleep(this.latency);
    return scripted ?? { kind: 'slot', start };
  }
}

/** Records the rows that it is asked to delete. */
export class FakeRows implements ConnectionRows {
  public readonly removed: { readonly connectionId: string; readonly connectedAt: number }[] = [];
  public inFlight = 0;
  public mostInFlight = 0;

  constructor(private readonly clock: VirtualClock, private readonly fate: (id: string) => 'hang' | Error | undefined = () => undefined) {}

  async remove(connectionId: string, connectedAt: number, abortSignal?: AbortSignal): Promise<void> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    const fate = this.fate(connectionId);
    try {
      if (fate === 'hang') await new Promise((_, reject) => abortSignal!.addEventListener('abort', () => reject(new Error('aborted'))));
      await this.clock.sleep(5);
      if (fate instanceof Error) throw fate;
      this.removed.push({ connectionId, connectedAt });
    } finally {
      this.inFlight--;
    }
  }
}
