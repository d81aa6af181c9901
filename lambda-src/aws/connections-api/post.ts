import type { Answer } from '../../core/sender';

/** One POST: from the call to its answer. */
export class Post {
  readonly answer: Promise<Answer>;
  private resolve!: (answer: Answer) => void;

  /**
   * @param owner the transmission that it belongs to
   * @param startedAt when it was called for, on the steady clock
   * @param request makes the bytes to send, signed for the instant of writing
   */
  constructor(readonly owner: object, readonly startedAt: number, readonly request: (now: number) => Buffer) {
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Answers; what comes after the first answer is ignored. */
  settle(answer: Answer): void {
    this.resolve(answer);
  }
}
