import { BroadcastError, type ErrorCode, type SendOptions, type Timing } from './api';
import { shortened, type Clock } from './clock';
import type { Frame } from './frames';
import { MAX_REF, TRIES } from './limits';
import type { Line } from './line';
import { newRef, type Requests } from './requests';

/** Layers that acknowledge a message. */
const ACKNOWLEDGING = ['history', 'hook', 'channels'];

/** A request: an action, and what it takes. */
export interface Call {
  readonly action: 'publish' | 'history' | 'presence';
  readonly channel?: string;
  readonly message?: string;
  readonly before?: number;
  readonly limit?: number;
}

interface Outgoing {
  readonly ref: string;
  readonly call: Call;
  readonly acknowledge: (answer: Frame) => void;
  readonly reject: (reason: unknown) => void;
  wasSent: boolean;
  tries: number;
  /** Whether to send it as soon as possible. */
  isWaiting: boolean;
  cancelPause?: () => void;
}

/**
 * Requests until they are answered. Each waits for a connection, and is sent again on the next one.
 *
 * Invariant: a message that may have arrived is sent again only with `again`, under the same `ref` and `session`, so that it stays one.
 */
export class Outbox {
  readonly #outgoing = new Map<string, Outgoing>();
  #line: Line | undefined;
  /** While it is there, nothing is published again. */
  #cancelPace: (() => void) | undefined;

  constructor(
    private readonly clock: Clock, private readonly times: Timing, private readonly requests: Requests, private readonly sessionId: string,
    /** Whether nothing has to come before what concerns a channel. */
    private readonly isOpen: (channel?: string) => boolean,
  ) {}

  call(call: Call, options: SendOptions = {}): Promise<Frame> {
    const { ref = newRef(), again = false, signal, timeout = this.times.sendTimeout } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!ref || [...ref].length > MAX_REF || this.#outgoing.has(ref)) {
        return reject(new BroadcastError('bad_request', `'ref' must be unused and of 1 to ${MAX_REF} characters, got ${ref}`));
      }
      const settled = <T>(settle: (outcome: T) => void) => (outcome: T): void => {
        cancel();
        signal?.removeEventListener('abort', abort);
        each.cancelPause?.();
        this.#outgoing.delete(ref);
        this.requests.forget(ref);
        settle(outcome);
      };
      const each: Outgoing = { ref, call, acknowledge: settled(resolve), reject: settled(reject), wasSent: again, tries: 0, isWaiting: true };
      const abort = (): void => each.reject(signal!.reason);
      const cancel = this.clock.after(timeout, () => each.reject(new BroadcastError('timeout')));
      signal?.addEventListener('abort', abort);
      this.#outgoing.set(ref, each);
      this.flush();
    });
  }

  /** Messages can be sent. */
  begin(line: Line): void {
    this.#line = line;
    this.flush();
  }

  /** Nothing can be sent until it begins again. */
  pause(): void {
    this.#line = undefined;
  }

  /** Rejects all that waits. */
  fail(error: BroadcastError): void {
    this.#cancelPace?.();
    this.#cancelPace = undefined;
    for (const { reject } of this.#outgoing.values()) reject(error);
  }

  /** Sends what can be sent. */
  flush(): void {
    for (const each of this.#outgoing.values()) {
      if (each.isWaiting && this.#line && this.isOpen(each.call.channel)) this.#put(each, this.#line);
    }
  }

  #put(each: Outgoing, line: Line): void {
    const { ref, call, wasSent } = each;
    const { action, channel, message } = call;
    const isMessage = action === 'publish';
    const has = (layer: string): boolean => line.offered!.includes(layer);
    // As plain text, what is meant for a channel would go to everybody.
    if (isMessage && channel !== undefined && !has('channels')) return each.reject(missing('unknown_channel', 'channels'));
    // A server that names none of what is needed would broadcast the question.
    if (!(isMessage ? ACKNOWLEDGING : [action]).some(has)) {
      if (!isMessage) each.reject(missing('unavailable', action));
      // Nothing will tell whether a text has arrived that was sent before: two copies are worse than a doubt.
      else if (wasSent) each.reject(new BroadcastError('lost'));
      else if (line.send(message!)) each.acknowledge({});
      return;
    }
    const again = isMessage && wasSent;
    // It costs ten of the rate.
    if (again && this.#cancelPace) return;
    if (again) this.#pace();
    each.isWaiting = false;
    each.wasSent = true;
    each.tries++;
    const published = isMessage && { session: this.sessionId, again: again || undefined };
    this.requests.send(line, { ...call, ref, ...published }, (answer) => this.#answered(each, answer, again, line));
  }

  #pace(): void {
    this.#cancelPace = this.clock.after(this.times.shortestDelay, () => {
      this.#cancelPace = undefined;
      this.flush();
    });
  }

  #answered(each: Outgoing, answer: Frame | BroadcastError, again: boolean, line: Line): void {
    if (!(answer instanceof BroadcastError)) return each.acknowledge(answer);
    const { code } = answer;
    const isLost = code === 'lost';
    const isWorthIt = isLost || code === 'timeout' || (each.tries < TRIES && (code === 'unavailable' || (code === 'rate_exceeded' && again)));
    if (!isWorthIt) return each.reject(answer);
    each.isWaiting = isLost;
    // A line that is about to end takes nothing more.
    if (isLost) return line === this.#line ? undefined : this.flush();
    const { firstDelay, shortestDelay } = this.times;
    each.cancelPause = this.clock.after(shortened(this.clock, firstDelay, firstDelay - shortestDelay), () => {
      each.isWaiting = true;
      this.flush();
    });
  }
}

export function missing(code: ErrorCode, layer: string): BroadcastError {
  return new BroadcastError(code, `the server has no ${layer}`);
}
