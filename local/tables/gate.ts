/** Runs many shared tasks at once, or one exclusive task alone. */
export class Gate {
  private readonly shared = new Set<Promise<void>>();
  /** Resolves when no exclusive task runs or waits. */
  private free: Promise<void> = Promise.resolve();

  async together(work: () => Promise<void>): Promise<void> {
    await this.free;
    const running = work();
    this.shared.add(running);
    await running.finally(() => this.shared.delete(running));
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.free;
    let done!: () => void;
    this.free = new Promise((resolve) => { done = resolve; });
    try {
      await before;
      await Promise.allSettled(this.shared);
      return await work();
    } finally {
      done();
    }
  }
}
