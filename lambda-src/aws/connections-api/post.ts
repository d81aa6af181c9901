import type { Credentials } from './credentials';
import type { RequestWriter } from './request-writer';
import type { Answer } from '../../core/sender';

/** One POST: from the call to its answer. */
export class Post {
  readonly answer: Promise<Answer>;
  private resolve!: (answer: Answer) => void;
  private signedWith?: Credentials;

  /**
   * @param owner the transmission that it belongs to
   * @param startedAt since when it waits for a lane, on the steady clock
   */
  constructor(
    readonly owner: object, readonly startedAt: number,
    private readonly connectionId: string, private readonly writer: Pick<RequestWriter, 'write' | 'signedWith' | 'areReplaced'>,
  ) {
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** The bytes to send, signed for this instant; written over the spare ones where they fit. */
  request(now: number, spare?: Buffer): Buffer {
    const request = this.writer.write(this.connectionId, now, spare);
    this.signedWith = this.writer.signedWith;
    return request;
  }

  /** Answers; what comes after the first answer is ignored. */
  settle(answer: Answer): void {
    this.resolve(this.isOutdated(answer) ? { kind: 'unsent', reason: 'its credentials were replaced' } : answer);
  }

  /** Whether the post was refused with credentials that were replaced meanwhile. */
  private isOutdated(answer: Answer): boolean {
    return answer.kind === 'status' && answer.status === 403 && this.writer.areReplaced(this.signedWith!);
  }
}
