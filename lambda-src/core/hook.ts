import type { Clock } from './clock';
import { HookFailedError } from './layer-errors';
import { LAYER_TUNING } from '../../src/private/layer-contract';

/** Question to the hook. Its members are public: users' functions read them. */
export interface HookQuestion {
  readonly type: 'message' | 'subscribe';
  /** Id of the message, or of the request. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly connectionId: string;
  readonly userId?: string;
  /** Sender as others see it. */
  readonly from: string;
  /** Absent for a message to all connections. */
  readonly channel?: string;
  /** Absent when a client asks to join a channel. */
  readonly message?: string;
  /** Context of the authorizer. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

/** Decision of the hook. */
export type HookDecision =
  | { readonly action: 'allow'; readonly message?: string }
  | { readonly action: 'deny'; readonly reason?: string }
  | { readonly action: 'drop' };

export interface HookReporter {
  /** The hook failed, was too slow, or gave an invalid answer: the message was refused. */
  failed(id: string, error: Error): void;
  denied(id: string): void;
  dropped(id: string): void;
  took(millis: number): void;
}

export interface HookPorts {
  /** Calls the function and returns its answer. Rejects when it throws, cannot be reached, or the signal aborts. */
  readonly invoke: (payload: string, abortSignal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
  readonly report: HookReporter;
}

const VERSION = 1;
const MAX_REASON = 256;
/** Longest answer: a decision with the largest message, each of whose bytes may be written as six. */
const MAX_ANSWER = 1024 * 1024;

/**
 * The user's own function, which allows, changes, drops or refuses clients' messages.
 *
 * Invariants: nothing passes that the function did not allow within its time; it may change the text of a message, and nothing else.
 */
export class MessageHook {
  constructor(private readonly ports: HookPorts) {}

  /** Rejects with a `HookFailedError` when there is no decision. */
  async ask(question: HookQuestion, abortSignal: AbortSignal): Promise<HookDecision> {
    const { clock, report } = this.ports;
    const start = clock.now();
    try {
      const decision = read(await this.invoke(JSON.stringify({ v: VERSION, ...question }), abortSignal), question);
      if (decision.action === 'deny') report.denied(question.id);
      if (decision.action === 'drop') report.dropped(question.id);
      return decision;
    } catch (error) {
      const failure = error instanceof HookFailedError ? error : new HookFailedError('the function failed, or could not be called', error);
      report.failed(question.id, failure);
      throw failure;
    } finally {
      report.took(Math.max(0, clock.now() - start));
    }
  }

  /** Stops waiting for a call that does not react to the signal. */
  private async invoke(payload: string, abortSignal: AbortSignal): Promise<string> {
    const { clock, invoke } = this.ports;
    const stopped = new AbortController();
    const stop = () => stopped.abort();
    let cancelTimer = () => {};
    const tooSlow = new Promise<never>((_resolve, reject) => {
      stopped.signal.addEventListener('abort', () => reject(new HookFailedError(`the function took longer than ${LAYER_TUNING.hookTimeoutMillis} ms`)));
      cancelTimer = clock.after(LAYER_TUNING.hookTimeoutMillis, stop);
      abortSignal.addEventListener('abort', stop);
      if (abortSignal.aborted) stop();
    });
    try {
      return await Promise.race([invoke(payload, stopped.signal), tooSlow]);
    } finally {
      cancelTimer();
      abortSignal.removeEventListener('abort', stop);
    }
  }
}

function read(answer: string, { type }: HookQuestion): HookDecision {
  const { action, message, reason } = parse(answer);
  switch (action) {
    case 'allow':
      if (message === undefined) return { action };
      if (type !== 'message') throw new HookFailedError('only a message can be changed');
      if (typeof message !== 'string' || message === '') throw new HookFailedError('a changed message must be a string of at least one byte');
      // As UTF-8 writes it: half a surrogate pair is replaced.
      return { action, message: Buffer.from(message).toString() };
    case 'deny':
      if (reason !== undefined && typeof reason !== 'string') throw new HookFailedError('a reason must be a string');
      return { action, ...(reason !== undefined && { reason: [...reason.slice(0, 2 * MAX_REASON)].slice(0, MAX_REASON).join('') }) };
    case 'drop':
      // A client that got `subscribed` has to be a member.
      if (type !== 'message') throw new HookFailedError('only a message can be dropped: allow or deny');
      return { action };
    default:
      throw new HookFailedError('the answer must have an action: allow, deny or drop');
  }
}

function parse(answer: string): Readonly<Record<string, unknown>> {
  if (answer.length > MAX_ANSWER) throw new HookFailedError(`the answer may have ${MAX_ANSWER} characters, got ${answer.length}`);
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    throw new HookFailedError('the answer must be JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new HookFailedError('the answer must be an object');
  // Without a prototype, the object has no members besides those of the answer.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}
