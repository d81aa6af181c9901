import type { RequestWriter } from './request-writer';
import type { Answer } from '../../core/sender';

/** One POST: from the call to its answer. */
export class Post {
  readonly answer: Promise<Answer>;
  private resolve!: (answer: Answer) => void;

  /**
   * @param owner the transmission that it belongs to
   * @param startedAt since when it waits for a lane, on the steady clock
   */
  constructor(
    readonly owner: object, readonly startedAt: number,
    private readonly connectionId: string, private readonly writer: Pick<RequestWriter, 'write'>,
  ) {
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** The bytes to send, signed for this instant; written over the spare ones where they fit. */
  request(now: number, spare?: Buffer): Buffer {
    return this.writer.write(this.connectionId, now, spare);
  }

  /** Answers; what comes after the first answer is ignored. */
  settle(answer: Answer): void {
    this.resolve(answer);
  }
}
