import { BroadcastError, type ErrorCode, type Timing } from './api';
import type { Clock } from './clock';
import type { Frame } from './frames';
import type { Line } from './line';

/** A frame to send: an action of the server, its `ref`, and what it takes. */
export interface Action {
  readonly action: string;
  readonly ref: string;
  readonly [member: string]: unknown;
}

/** The answer, or why there is none. @param channel the one that an answer to a request about several is about */
export type Answered = (answer: Frame | BroadcastError, channel?: unknown) => void;

interface Pending {
  readonly line: Line;
  readonly answered: Answered;
  readonly cancel: () => void;
  /** Number of answers still to come. */
  left: number;
}

let refs = 0;

/** Unlike any that a page would choose. */
export function newRef(): string {
  return `~${++refs}`;
}

/** Requests on a line that wait for their answers, by their `ref`. */
export class Requests {
  readonly #pending = new Map<string, Pending>();

  constructor(private readonly clock: Clock, private readonly times: Timing) {}

  /** Sends an action. `answered` is called once for each answer, or once without a channel when no more will come. */
  send(line: Line, action: Action, answered: Answered, left = 1): void {
    const { ref } = action;
    const cancel = this.clock.after(this.times.answerTimeout, () => {
      line.probe();
      this.#settle(ref, new BroadcastError('timeout'));
    });
    this.#pending.set(ref, { line, answered, cancel, left });
    if (!line.send(JSON.stringify(action))) this.#settle(ref, new BroadcastError('lost'));
  }

  /** Returns whether the frame was an answer. */
  answer(frame: Frame): boolean {
    const { ref, type, channel } = frame;
    const pending = this.#pending.get(ref as string);
    if (!pending) return false;
    if (--pending.left === 0 || channel === undefined) this.forget(ref as string);
    pending.answered(type === 'error' ? errorOf(frame) : frame, channel);
    return true;
  }

  forget(ref: string): void {
    this.#pending.get(ref)?.cancel();
    this.#pending.delete(ref);
  }

  /** No answer comes any more: to any request, or to those of one line. */
  fail(error: BroadcastError, line?: Line): void {
    for (const [ref, pending] of [...this.#pending]) if (!line || pending.line === line) this.#settle(ref, error);
  }

  #settle(ref: string, answer: Frame | BroadcastError): void {
    const pending = this.#pending.get(ref);
    this.forget(ref);
    pending?.answered(answer);
  }
}

export function errorOf({ code, message }: Frame): BroadcastError {
  return new BroadcastError(textOf(code) as ErrorCode, textOf(message));
}

/** Not every object of JSON can become a text: `{"toString":1}` cannot. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
