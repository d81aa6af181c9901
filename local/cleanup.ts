/** What has to be undone, the newest first, once. */
export class Cleanup {
  private readonly steps: (() => unknown)[] = [];
  private done?: Promise<void>;

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Takes every step, also when one fails; then fails with the first error. */
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
