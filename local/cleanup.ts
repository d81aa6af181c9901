/** Cleanup steps, run once in reverse order. */
export class Cleanup {
  private readonly steps: (() => unknown)[] = [];
  private done?: Promise<void>;

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Runs every step, even after one fails; then rejects with the first error. */
  run(): Promise<void> {
    this.done ??= (async () => {
      const errors: unknown[] = [];
      for (const step of this.steps.reverse()) {
        try {
          await step();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    })();
    return this.done;
  }
}
