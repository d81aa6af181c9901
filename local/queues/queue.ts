import { createHash, randomUUID } from 'node:crypto';
import { invalidValue, missing, SqsError } from './errors';
import { md5OfText, sizeOf, type Outgoing } from './message';
import { receiptHandles } from './receipt-handles';
import type { QueueModel } from '../model/queues';

/** A message in a queue. */
export interface Message extends Outgoing {
  readonly id: string;
  readonly md5: string;
  readonly sentAt: number;
  /** Source queue of a message that was moved to this dead-letter queue. */
  readonly deadLetterSource?: string;
  readonly sequence: number;
  /** Receives from all queues, as SQS reports them. */
  receiveCount: number;
  /** Receives from this queue, which its redrive policy counts. */
  receivedHere: number;
  firstReceivedAt?: number;
  lastReceivedAt?: number;
  receiptHandle?: string;
}

export const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;
const DEDUPLICATION_MILLIS = 5 * 60_000;
const PURGE_MILLIS = 60_000;
const NOT_FOR_THIS_TYPE = 'The request include parameter that is not valid for this queue type.';

/**
 * One queue. A message is in `ready` or in `hidden` (delayed, or received and not yet deleted), until it is deleted, outlives the
 * retention, or is moved to the dead-letter queue. On a FIFO queue a hidden message hides the rest of its group.
 */
export class Queue {
  private readonly ready = new Set<Message>();
  private readonly hidden = new Map<Message, NodeJS.Timeout>();
  private readonly byReceipt = new Map<string, Message>();
  private readonly waiting = new Set<() => void>();
  /** Recent messages of a FIFO queue, the oldest first. */
  private readonly recent = new Map<string, Message>();
  private sequence = 0;
  private purgedAt = -Infinity;
  private stopped = false;

  /** @param deadLetterQueue finds the queue of the redrive policy among those of the app */
  constructor(readonly model: QueueModel, private readonly deadLetterQueue: () => Queue | undefined = () => undefined) {}

  /** @param problem SQS's words for a message that is too large: alone, or in a batch */
  send(outgoing: Outgoing, problem: 'are invalid' | 'cannot be validated' = 'are invalid'): Message {
    this.check(outgoing, problem);
    const duplicate = this.duplicateOf(outgoing);
    if (duplicate) return duplicate;
    this.sequence++;
    const { isFifo, delaySeconds } = this.model;
    const deduplicationId = isFifo ? deduplicationIdOf(outgoing) : undefined;
    const message: Message = {
      ...outgoing,
      deduplicationId,
      id: randomUUID(),
      md5: md5OfText(outgoing.body),
      sentAt: Date.now(),
      sequence: this.sequence,
      receiveCount: 0,
      receivedHere: 0,
    };
    if (deduplicationId !== undefined) this.recent.set(deduplicationId, message);
    // A message to a FIFO queue may have a delay of 0, but the queue's delay is used.
    this.put(message, isFifo ? delaySeconds : outgoing.delaySeconds ?? delaySeconds);
    return message;
  }

  /** Takes messages that are ready, and hides each until it is deleted or the time is over. */
  receive(max: number, visibilitySeconds = this.model.visibilityTimeoutSeconds): Message[] {
    const received: Message[] = [];
    for (const message of this.ready) {
      if (received.length === max) break;
      if (!this.isAvailable(message) || this.isUndeliverable(message)) continue;
      this.ready.delete(message);
      message.receiveCount++;
      message.receivedHere++;
      message.lastReceivedAt = Date.now();
      message.firstReceivedAt ??= message.lastReceivedAt;
      if (message.receiptHandle !== undefined) this.byReceipt.delete(message.receiptHandle);
      message.receiptHandle = receiptHandles.issue(this.model.arn, message.id);
      this.byReceipt.set(message.receiptHandle, message);
      received.push(message);
    }
    for (const message of received) this.put(message, visibilitySeconds);
    return received;
  }

  /** As {@link receive}, but waits until there is a message, the time is over, or the caller has gone. */
  async receiveWithin(max: number, waitSeconds: number, visibilitySeconds?: number, abortSignal?: AbortSignal): Promise<Message[]> {
    const deadline = Date.now() + waitSeconds * 1000;
    for (;;) {
      if (abortSignal?.aborted) return [];
      const received = this.receive(max, visibilitySeconds);
      if (received.length > 0 || this.stopped || Date.now() >= deadline) return received;
      await this.wake(deadline - Date.now(), abortSignal);
    }
  }

  /**
   * Deletes a received message. Deleting it again, or with a handle older than the last one, does nothing. On a FIFO queue the handle
   * must not have expired.
   */
  delete(receiptHandle: string): void {
    const id = receiptHandles.messageIdOf(receiptHandle, this.model.arn);
    const message = this.byReceipt.get(receiptHandle);
    const isExpired = message ? this.ready.has(message) : [...this.ready, ...this.hidden.keys()].some((other) => other.id === id);
    if (this.model.isFifo && isExpired) throw invalidValue(receiptHandle, 'ReceiptHandle', 'The receipt handle has expired.');
    if (message) this.remove(message);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    receiptHandles.messageIdOf(receiptHandle, this.model.arn);
    const message = this.byReceipt.get(receiptHandle);
    if (!message || !this.hidden.has(message)) {
      throw invalidValue(receiptHandle, 'ReceiptHandle', 'Message does not exist or is not available for visibility timeout change.');
    }
    const hiddenSince = (Date.now() - (message.lastReceivedAt ?? Date.now())) / 1000;
    if (hiddenSince + seconds > MAX_VISIBILITY_SECONDS) {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds].`;
      throw invalidValue(seconds, 'VisibilityTimeout', reason);
    }
    this.put(message, seconds);
  }

  /** Empties the queue for a caller, who may ask for it once a minute. */
  purgeOnRequest(): void {
    if (Date.now() - this.purgedAt < PURGE_MILLIS) {
      throw new SqsError('PurgeQueueInProgress', `Only one PurgeQueue operation on ${this.model.name} is allowed every 60 seconds.`);
    }
    this.purgedAt = Date.now();
    this.purge();
  }

  purge(): void {
    for (const message of [...this.ready, ...this.hidden.keys()]) this.remove(message);
  }

  /** Returns the next message that could be received. */
  next(): Message | undefined {
    return [...this.ready].find((message) => this.isAvailable(message));
  }

  /** Moves a message to another queue, as a redrive does: there it is a new message, with its own id and age. */
  move(message: Message, target: Queue): void {
    this.remove(message);
    target.sequence++;
    target.put({
      ...message,
      id: randomUUID(),
      sentAt: Date.now(),
      sequence: target.sequence,
      receiveCount: 0,
      receivedHere: 0,
      firstReceivedAt: undefined,
      lastReceivedAt: undefined,
      receiptHandle: undefined,
      deadLetterSource: undefined,
    }, target.model.delaySeconds);
  }

  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const hidden = [...this.hidden.keys()];
    const inFlight = hidden.filter(({ receiveCount }) => receiveCount > 0).length;
    return { visible: this.ready.size, inFlight, delayed: hidden.length - inFlight };
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.hidden.values()) clearTimeout(timer);
    this.hidden.clear();
    for (const wake of [...this.waiting]) wake();
  }

  private check(outgoing: Outgoing, problem: string): void {
    const { isFifo, deduplicatesByContent, maxMessageBytes } = this.model;
    const { delaySeconds, groupId, deduplicationId } = outgoing;
    if (sizeOf(outgoing) > maxMessageBytes) {
      throw new SqsError('InvalidParameterValue', `One or more parameters ${problem}. Reason: Message must be shorter than ${maxMessageBytes} bytes.`);
    }
    if (!isFifo && deduplicationId !== undefined) throw invalidValue(deduplicationId, 'MessageDeduplicationId', NOT_FOR_THIS_TYPE);
    if (isFifo && delaySeconds !== undefined && delaySeconds > 0) throw invalidValue(delaySeconds, 'DelaySeconds', NOT_FOR_THIS_TYPE);
    if (isFifo && groupId === undefined) throw missing('MessageGroupId');
    if (isFifo && !deduplicatesByContent && deduplicationId === undefined) {
      throw new SqsError('InvalidParameterValue', 'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly');
    }
  }

  private put(message: Message, hiddenSeconds: number): void {
    clearTimeout(this.hidden.get(message));
    if (this.stopped) return;
    if (hiddenSeconds > 0) {
      this.hidden.set(message, setTimeout(() => this.show(message), hiddenSeconds * 1000));
    } else {
      this.show(message);
    }
  }

  private show(message: Message): void {
    this.hidden.delete(message);
    if (this.model.isFifo && message.receiveCount > 0) {
      // It goes back before later messages of its group.
      const all = [...this.ready, message].sort((a, b) => a.sequence - b.sequence);
      this.ready.clear();
      for (const each of all) this.ready.add(each);
    } else {
      this.ready.add(message);
    }
    for (const wake of [...this.waiting]) wake();
  }

  private remove(message: Message): void {
    clearTimeout(this.hidden.get(message));
    this.hidden.delete(message);
    this.ready.delete(message);
    if (message.receiptHandle !== undefined) this.byReceipt.delete(message.receiptHandle);
    // In a FIFO queue, the messages that it hid can be received now.
    if (this.model.isFifo) for (const wake of [...this.waiting]) wake();
  }

  private isAvailable(message: Message): boolean {
    return !this.isOver(message) && !this.isGroupHidden(message);
  }

  private isOver(message: Message): boolean {
    if (Date.now() < message.sentAt + this.model.retentionSeconds * 1000) return false;
    this.remove(message);
    return true;
  }

  private isGroupHidden({ groupId }: Message): boolean {
    return this.model.isFifo && [...this.hidden.keys()].some((other) => other.groupId === groupId);
  }

  /** Moves a message that was received too often to the dead-letter queue, if there is one. */
  private isUndeliverable(message: Message): boolean {
    const { redrive, arn } = this.model;
    const target = redrive && message.receivedHere >= redrive.maxReceiveCount ? this.deadLetterQueue() : undefined;
    if (!target) return false;
    this.remove(message);
    target.sequence++;
    target.put({ ...message, sequence: target.sequence, deadLetterSource: arn, receiptHandle: undefined, receivedHere: 0 }, 0);
    return true;
  }

  private duplicateOf(outgoing: Outgoing): Message | undefined {
    if (!this.model.isFifo) return undefined;
    for (const [key, { sentAt }] of this.recent) {
      if (Date.now() - sentAt < DEDUPLICATION_MILLIS) break;
      this.recent.delete(key);
    }
    return this.recent.get(deduplicationIdOf(outgoing));
  }

  private wake(milliseconds: number, abortSignal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        abortSignal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.waiting.add(wake);
      abortSignal?.addEventListener('abort', wake, { once: true });
    });
  }
}

/** Without an id of its own, a message is identified by the hash of its body. */
function deduplicationIdOf({ deduplicationId, body }: Outgoing): string {
  return deduplicationId ?? createHash('sha256').update(body).digest('hex');
}
