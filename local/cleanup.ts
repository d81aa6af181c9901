/** What has to be undone, the newest first, once. */
export class Cleanup {
  private readonly steps: (() => unknown)[] = [];
  private done?: Promise<void>;

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.done ??= (async () => {
      for (const step of this.steps.reverse()) await step();
    })();
    return this.done;
  }
}
