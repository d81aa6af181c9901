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
  readonly #listeners = new Set<{ readonly type: unknown; readonly listener: (event: never) => void }>();

  on<Type extends keyof (Events & Common)>(type: Type, listener: (event: (Events & Common)[Type]) => void): () => void {
    const entry = { type, listener }; // of this call, though the same function may be given twice
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  emit<Type extends keyof (Events & Common)>(type: Type, event: (Events & Common)[Type]): void {
    for (const entry of [...this.#listeners]) {
      try {
        if (entry.type === type && this.#listeners.has(entry)) entry.listener(event as never);
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
    const queue: (Message | undefined)[] = this.ended ? [undefined] : []; // undefined at its end
    let wake: ((none?: undefined) => void) | undefined;
    const put = (message?: Message): void => {
      queue.push(message);
      wake?.();
    };
    const offs = [this.on('message', put), this.on('end', put)];
    try {
      for (;;) {
        for (; queue.length > 0; queue.shift()) {
          if (!queue[0]) return;
          yield queue[0];
        }
        await new Promise((resolve) => (wake = resolve));
      }
    } finally {
      for (const off of offs) off();
    }
  }
}
