import type { Message } from './api';

/** Events that every source has. */
interface Common {
  message: Message;
  /** Ends loops: no message will follow. */
  end: undefined;
}

/** Listeners of events, by the events' names, and a loop over the messages. */
export abstract class Emitter<Events extends Pick<Common, 'message'>> implements AsyncIterable<Message> {
  /** Why nothing more will come; undefined while something may. */
  abstract readonly ended: Error | undefined;
  readonly #listeners = new Map<keyof (Events & Common), Set<(event: never) => void>>();

  on<Type extends keyof (Events & Common)>(type: Type, listener: (event: (Events & Common)[Type]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit<Type extends keyof (Events & Common)>(type: Type, event: (Events & Common)[Type]): void {
    for (const listener of [...this.#listeners.get(type) ?? []] as ((event: (Events & Common)[Type]) => void)[]) {
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

  /** Messages for a `for await` loop, until there are no more. What is not read yet waits in memory. */
  async* [Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    const messages: Message[] = [];
    let isOver = this.ended !== undefined;
    let wake = (): void => undefined;
    const offs = [this.on('message', (message) => {
      messages.push(message);
      wake();
    }), this.on('end', () => {
      isOver = true;
      wake();
    })];
    try {
      for (;;) {
        while (messages.length > 0) yield messages.shift()!;
        if (isOver) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      for (const off of offs) off();
    }
  }
}
