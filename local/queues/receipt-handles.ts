import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { SqsError } from './errors';

/** The queue's ARN, the message id, a random id, and a signature of these. */
const HANDLE = /^([^ ]+) ([^ ]+) ([^ ]+) ([0-9a-f]{64})$/;

/** Recognises the handles that were issued, which SQS accepts for ever. */
export class ReceiptHandles {
  private readonly key = randomBytes(32);

  issue(queueArn: string, messageId: string): string {
    const text = `${queueArn} ${messageId} ${randomUUID()}`;
    return Buffer.from(`${text} ${this.sign(text).toString('hex')}`).toString('base64');
  }

  /** Returns the message id of a handle. Throws unless this queue issued it. */
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

/** One instance for all queues of a runner, so that a handle of another queue is recognised. */
export const receiptHandles = new ReceiptHandles();
