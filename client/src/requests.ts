import { BroadcastError, type ErrorCode, type Timing } from './api';
import type { Clock } from './clock';
import type { Frame } from './frames';
import type { Line } from './line';

/** What is sent: an action of the server, its `ref`, and what it takes. */
export type Action = { readonly action: string; readonly ref: string } & Readonly<Record<string, unknown>>;

/** The answer, or why there is none. */
export type Answered = (answer: Frame | BroadcastError) => void;

interface Pending {
  readonly line: Line;
  readonly answered: Answered;
  readonly cancel: () => void;
}

/** What was asked on a line and waits for its answer, by its `ref`. */
export class Requests {
  readonly #pending = new Map<string, Pending>();
  #refs = 0;

  constructor(private readonly clock: Clock, private readonly timing: Timing) {}

  newRef(): string {
    return (++this.#refs).toString(36);
  }

  /** Sends an action; `answered` is called once. */
  send(line: Line, action: Action, answered: Answered): void {
    const { ref } = action;
    const cancel = this.clock.after(this.timing.answerTimeout, () => {
      line.probe();
      this.#settle(ref, new BroadcastError('timeout', 'the server has not answered'));
    });
    this.#pending.set(ref, { line, answered, cancel });
    if (!line.send(JSON.stringify(action))) this.#settle(ref, lost());
  }

  /** Returns whether the frame was an answer. */
  answer(frame: Frame): boolean {
    const { ref, type } = frame;
    if (typeof ref !== 'string' || !this.#pending.has(ref)) return false;
    this.#settle(ref, type === 'error' ? errorOf(frame) : frame);
    return true;
  }

  forget(ref: string): void {
    this.#pending.get(ref)?.cancel();
    this.#pending.delete(ref);
  }

  /** A line has ended: what was asked on it is not answered any more. */
  lost(line: Line): void {
    for (const [ref, pending] of [...this.#pending]) if (pending.line === line) this.#settle(ref, lost());
  }

  /** API Gateway could not have something handled, and does not say what. */
  failed(error: BroadcastError): void {
    for (const ref of [...this.#pending.keys()]) this.#settle(ref, error);
  }

  #settle(ref: string, answer: Frame | BroadcastError): void {
    const pending = this.#pending.get(ref);
    this.forget(ref);
    pending?.answered(answer);
  }
}

export function errorOf({ code, message }: Frame): BroadcastError {
  return new BroadcastError(String(code) as ErrorCode, String(message));
}

function lost(): BroadcastError {
  return new BroadcastError('lost', 'the connection was lost');
}
