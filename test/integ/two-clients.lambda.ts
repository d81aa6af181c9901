import { connect, silence } from './client';

/* Connects two clients to an API, sends a message with one, and returns every frame that each received. */

/** Payload of an invocation. */
export interface Request {
  readonly url: string;
  /** Address of the other client, if it differs. */
  readonly otherUrl?: string;
  readonly message: string;
}

/** Received frames of each client in order. */
export interface Frames {
  readonly sender: string[];
  readonly other: string[];
}

export async function handler({ url, otherUrl = url, message }: Request): Promise<Frames> {
  const clients = await Promise.allSettled([connect(url), connect(otherUrl)]);
  try {
    const [sender, other] = clients.map((client) => {
      if (client.status === 'rejected') throw client.reason;
      return client.value;
    });
    sender.socket.send(message);
    await silence([sender, other]);
    return { sender: sender.frames, other: other.frames };
  } finally {
    for (const client of clients) if (client.status === 'fulfilled') client.value.socket.close();
  }
}
