/*
 * Connects two clients to an API, has one of them send a message, and returns every frame that each received.
 * Whether a frame should not have come can be known only by waiting for it: the exchange is over when nothing
 * has come for QUIET_MILLIS.
 */

const QUIET_MILLIS = 3_000;
const OPEN_MILLIS = 10_000;

/** The payload of an invocation. */
export interface Request {
  readonly url: string;
  readonly message: string;
}

/** What each client received, in order. */
export interface Frames {
  readonly sender: string[];
  readonly other: string[];
}

export async function handler({ url, message }: Request): Promise<Frames> {
  const clients = await Promise.allSettled([connect(url), connect(url)]);
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

interface Client {
  readonly socket: WebSocket;
  readonly frames: string[];
}

function connect(url: string): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const frames: string[] = [];
    const timer = setTimeout(() => fail('no answer'), OPEN_MILLIS);
    const fail = (why: string) => {
      clearTimeout(timer);
      socket.close();
      reject(new Error(`could not connect to ${url}: ${why}`));
    };
    socket.addEventListener('message', ({ data }) => frames.push(String(data)));
    socket.addEventListener('error', () => fail('refused'));
    socket.addEventListener('open', () => {
      clearTimeout(timer);
      resolve({ socket, frames });
    });
  });
}

/** Resolves when no client has received anything for a while. */
function silence(clients: Client[]): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(resolve, QUIET_MILLIS);
    for (const { socket } of clients) {
      socket.addEventListener('message', () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, QUIET_MILLIS);
      });
    }
  });
}
