import type { Credentials } from './credentials';
import type { RequestWriter } from './request-writer';
import type { Answer } from '../../core/sender';

/** One POST, from the call to its answer. */
export class Post {
  readonly answer: Promise<Answer>;
  private resolve!: (answer: Answer) => void;
  private signedWith?: Credentials;

  /**
   * @param owner transmission to which the post belongs
   * @param startedAt start of its wait for a lane, on the steady clock
   */
  constructor(
    readonly owner: object, readonly startedAt: number,
    private readonly connectionId: string, private readonly writer: Pick<RequestWriter, 'write' | 'signedWith' | 'areReplaced'>,
  ) {
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Returns the bytes to send, signed for this instant. They overwrite the spare buffer where they fit. */
  request(now: number, spare?: Buffer): Buffer {
    const request = this.writer.write(this.connectionId, now, spare);
    this.signedWith = this.writer.signedWith;
    return request;
  }

  /** Settles the post with its first answer; later ones are ignored. */
  settle(answer: Answer): void {
    this.resolve(this.isOutdated(answer) ? { kind: 'unsent', reason: 'its credentials were replaced' } : answer);
  }

  /** Whether the post was refused because of credentials that have been replaced since. */
  private isOutdated(answer: Answer): boolean {
    return answer.kind === 'status' && answer.status === 403 && this.writer.areReplaced(this.signedWith!);
  }
}
