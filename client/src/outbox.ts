import { BroadcastError, type Ack, type SendOptions, type Timing } from './api';
import { shortened, type Clock } from './clock';
import type { Frame } from './frames';
import type { Line } from './line';
import type { Requests } from './requests';

/** A server that failed is tried so often. */
const TRIES = 3;

interface Outgoing {
  readonly ref: string;
  readonly channel?: string;
  readonly message: string;
  readonly acknowledge: (ack: Ack) => void;
  readonly reject: (reason: unknown) => void;
  wasSent: boolean;
  tries: number;
  /** Whether to send it as soon as possible. */
  isWaiting: boolean;
  cancelPause?: () => void;
}

/**
 * What is to be published, until it is acknowledged.
 *
 * Invariant: a message that may have arrived is sent again only with `again`, under the same `ref` and `session`, so that it stays one.
 */
export class Outbox {
  readonly #outgoing = new Map<string, Outgoing>();
  #line: Line | undefined;
  /** While it is there, nothing is sent again. */
  #cancelPace: (() => void) | undefined;

  constructor(
    private readonly clock: Clock, private readonly timing: Timing, private readonly requests: Requests, private readonly session: string,
    /** Whether nothing has to come before messages to a channel. */
    private readonly isOpen: (channel?: string) => boolean,
  ) {}

  send(message: string, options: SendOptions & { readonly channel?: string } = {}): Promise<Ack> {
    const { ref = this.requests.newRef(), again = false, signal, channel, timeout = this.timing.sendTimeout } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (typeof message !== 'string' || message === '') {
        return reject(new BroadcastError('bad_request', `'message' must be a text that is not empty, got ${typeof message}; use JSON.stringify`));
      }
      if (this.#outgoing.has(ref)) return reject(new BroadcastError('bad_request', `'ref' must differ from those under way, got ${ref}; leave it out`));
      const settled = <T>(settle: (outcome: T) => void) => (outcome: T): void => {
        cancel();
        signal?.removeEventListener('abort', abort);
        each.cancelPause?.();
        this.#outgoing.delete(ref);
        this.requests.forget(ref);
        settle(outcome);
      };
      const each: Outgoing = {
        ref, channel, message, acknowledge: settled(resolve), reject: settled(reject), wasSent: again, tries: 0, isWaiting: true,
      };
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
    for (const { reject } of [...this.#outgoing.values()]) reject(error);
  }

  /** Sends what can be sent. */
  flush(): void {
    for (const each of [...this.#outgoing.values()]) {
      if (each.isWaiting && this.#line && this.isOpen(each.channel)) this.#put(each, this.#line);
    }
  }

  #put(each: Outgoing, line: Line): void {
    // As plain text it would go to everybody.
    if (each.channel !== undefined && !line.layers!.includes('channels')) return each.reject(noChannels());
    if (!publishes(line)) {
      // Nothing will tell whether a text has arrived that was sent before: two copies are worse than a doubt.
      if (each.wasSent) each.reject(new BroadcastError('lost'));
      else if (line.send(each.message)) each.acknowledge({});
      return;
    }
    // It costs ten of the rate.
    if (each.wasSent && this.#cancelPace) return;
    if (each.wasSent) this.#pace();
    const { ref, channel, message, wasSent: again } = each;
    each.isWaiting = false;
    each.wasSent = true;
    each.tries++;
    const action = { action: 'publish', channel, message, ref, session: this.session, again: again || undefined };
    this.requests.send(line, action, (answer) => this.#answered(each, answer, again));
  }

  #pace(): void {
    this.#cancelPace = this.clock.after(this.timing.shortestDelay, () => {
      this.#cancelPace = undefined;
      this.flush();
    });
  }

  #answered(each: Outgoing, answer: Frame | BroadcastError, again: boolean): void {
    if (!(answer instanceof BroadcastError)) return each.acknowledge(ackOf(answer));
    const { code } = answer;
    const isLost = code === 'lost';
    const isWorthIt = isLost || code === 'timeout' || (each.tries < TRIES && (code === 'unavailable' || (code === 'rate_exceeded' && again)));
    if (!isWorthIt) return each.reject(answer);
    each.isWaiting = isLost;
    if (isLost) return this.flush();
    const { firstDelay, shortestDelay } = this.timing;
    each.cancelPause = this.clock.after(shortened(this.clock, firstDelay, firstDelay - shortestDelay), () => {
      each.isWaiting = true;
      this.flush();
    });
  }
}

export function noChannels(): BroadcastError {
  return new BroadcastError('unknown_channel', 'no channels');
}

/** Whether the server has the action `publish`. */
function publishes({ layers }: Line): boolean {
  return ['history', 'hook', 'channels'].some((layer) => layers!.includes(layer));
}

function ackOf({ id, position, delivered }: Frame): Ack {
  return { id, position, delivered } as Ack;
}
