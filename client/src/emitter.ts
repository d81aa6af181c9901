/** Listeners of events, by the events' names. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  on<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    for (const listener of [...this.#listeners.get(type) ?? []] as ((event: Events[Type]) => void)[]) {
      try {
        listener(event);
      } catch (error) {
        // As the browser's own events do it: the next listener is called, and the error is not lost.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
