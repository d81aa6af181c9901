import type { Message } from './api';

interface Source {
  on(type: 'message', listener: (message: Message) => void): () => void;
}

/** Messages for a `for await` loop, until there are no more. What is not read yet waits in memory. */
export async function* messagesOf(
  source: Source, client: { on(type: 'state', listener: () => void): () => void }, isOver: () => boolean,
): AsyncGenerator<Message, void, undefined> {
  const messages: Message[] = [];
  let wake = (): void => undefined;
  const offs = [source.on('message', (message) => {
    messages.push(message);
    wake();
  }), client.on('state', () => wake())];
  try {
    for (;;) {
      while (messages.length > 0) yield messages.shift()!;
      if (isOver()) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    for (const off of offs) off();
  }
}
