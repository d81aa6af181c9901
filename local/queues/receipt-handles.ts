import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { SqsError } from './errors';

/** The ARN of the queue, the id of the message, a random id, and a signature of these. */
const HANDLE = /^([^ ]+) ([^ ]+) ([^ ]+) ([0-9a-f]{64})$/;

/** Tells the handles that were given out, which SQS knows for ever, from those that never were. */
export class ReceiptHandles {
  private readonly key = randomBytes(32);

  issue(queueArn: string, messageId: string): string {
    const text = `${queueArn} ${messageId} ${randomUUID()}`;
    return Buffer.from(`${text} ${this.sign(text).toString('hex')}`).toString('base64');
  }

  /** The id of the message that the handle was given out with. Throws unless it was, and by this queue. */
  messageIdOf(handle: string, queueArn: string): string {
    const bytes = Buffer.from(handle, 'base64');
    const [, arn, messageId, random, signature] = HANDLE.exec(bytes.toString()) ?? [];
    const isIssued = arn !== undefined && bytes.toString('base64') === handle
      && timingSafeEqual(this.sign(`${arn} ${messageId} ${random}`), Buffer.from(signature, 'hex'));
    if (!isIssued) throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
    if (arn !== queueArn) throw new SqsError('ReceiptHandleIsInvalid', `The receipt handle "${handle}" is not valid for this queue.`);
    return messageId;
  }

  private sign(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}

/** One for all queues of a runner, so that a handle of another queue is known as such. */
export const receiptHandles = new ReceiptHandles();
