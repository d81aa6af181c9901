import type { Message } from './api';

interface Source {
  on(type: 'message' | 'end', listener: (message?: Message) => void): () => void;
}

/** Messages for a `for await` loop, until the source ends. What is not read yet waits in memory. */
export async function* messagesOf(source: Source, isOver: boolean): AsyncGenerator<Message, void, undefined> {
  const messages: Message[] = [];
  let wake = (): void => undefined;
  const offs = [source.on('message', (message) => {
    messages.push(message!);
    wake();
  }), source.on('end', () => {
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
