import { engine as shipped, type Engine } from './engine';
import type { Random } from './random';
import type { VirtualClock } from '../../../../harness/virtual-clock';
import type { SteadyClock } from '../../../../lambda-src/aws/system-clock';

export interface Fate {
  /** Skew of this environment's clock, in whole milliseconds. */
  readonly skew: number;
  /** Step before which it dies. */
  readonly crashAtStep?: number;
  /** Step before which it stands still, and for how long. */
  readonly freeze?: { readonly atStep: number; readonly millis: number };
  /** Change of its wall clock, and the time after its start. */
  readonly clockStep?: { readonly afterMillis: number; readonly byMillis: number };
  /** Largest delay of its timers: other work holds up its event loop. */
  readonly lateness: number;
}

/** A request of the process to the world, until its answer. */
export interface Request<T> {
  readonly answer: Promise<T>;
  readonly isOpen: () => boolean;
  resolve(value: T): void;
  reject(error: Error): void;
}

/**
 * An execution environment. Everything from outside reaches the engine as one of its steps, so it can stand still or die between any two of
 * them, which means at any await.
 */
export class Process {
  private steps = 0;
  private frozenUntil = 0;
  private timers = 0;
  private requests = 0;

  isCrashed = false;
  /** End of its last standstill. */
  thawedAt = -Infinity;

  /** Time of this environment, based on the wall clock at its start. */
  readonly clock: SteadyClock;
  private startedAt = Infinity;

  constructor(private readonly world: VirtualClock, private readonly random: Random, private readonly fate: Fate, engine: Engine = shipped) {
    const steady = () => Math.floor(world.now());
    this.clock = new engine.SteadyClock(() => steady() + fate.skew + this.clockStep(), steady);
    this.clock.after = (millis, callback) => this.after(millis, callback);
  }

  /** Begins an invocation. */
  begin(): void {
    this.startedAt = this.world.now();
    this.clock.synchronise();
  }

  private clockStep(): number {
    const { clockStep: step } = this.fate;
    return step && this.world.now() >= this.startedAt + step.afterMillis ? step.byMillis : 0;
  }

  /** Number of set timers and open requests. */
  get underWay(): number {
    return this.timers + this.requests;
  }

  /** Delivers an event to the process, now or when it thaws, unless it is dead. */
  step(happen: () => void): void {
    if (this.isCrashed) return;
    const { crashAtStep, freeze } = this.fate;
    if (this.world.now() >= this.frozenUntil) {
      this.steps++;
      if (this.steps === crashAtStep) {
        this.isCrashed = true;
        return;
      }
      if (this.steps === freeze?.atStep) this.frozenUntil = this.thawedAt = this.world.now() + freeze.millis;
    }
    if (this.world.now() < this.frozenUntil) this.world.after(this.frozenUntil - this.world.now(), () => this.step(happen));
    else happen();
  }

  /** An aborted request takes a moment to end. */
  soon(happen: () => void): void {
    this.world.after(1, () => this.step(happen));
  }

  request<T>(): Request<T> {
    let open = true;
    this.requests++;
    const close = () => {
      if (open) this.requests--;
      open = false;
    };
    let resolve!: (value: T) => void;
    let reject!: (error: Error) => void;
    const answer = new Promise<T>((...settlers) => [resolve, reject] = settlers);
    answer.catch(() => undefined);
    return {
      answer,
      isOpen: () => open,
      resolve: (value) => {
        close();
        resolve(value);
      },
      reject: (error) => {
        close();
        reject(error);
      },
    };
  }

  /** Sends a request, which is carried out halfway through its latency, even if the process is dead by then. */
  call<T>(latency: number, act: () => T, abortSignal?: AbortSignal): Promise<T> {
    const request = this.request<T>();
    const abort = () => this.soon(() => request.isOpen() && request.reject(new Error('aborted')));
    if (abortSignal?.aborted) abort();
    else abortSignal?.addEventListener('abort', abort);
    if (latency !== Infinity) {
      this.world.after(latency / 2, () => {
        const settle = capture(act, request);
        this.world.after(latency / 2, () => this.step(() => request.isOpen() && settle()));
      });
    }
    return request.answer;
  }

  private after(millis: number, callback: () => void): () => void {
    let set = true;
    this.timers++;
    const unset = () => {
      if (set) this.timers--;
      set = false;
    };
    const cancel = this.world.after(Math.ceil(millis) + this.random.next() * this.fate.lateness, () => this.step(() => {
      if (!set) return;
      unset();
      callback();
    }));
    return () => {
      unset();
      cancel();
    };
  }
}

function capture<T>(act: () => T, { resolve, reject }: Request<T>): () => void {
  try {
    const value = act();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error as Error);
  }
}
