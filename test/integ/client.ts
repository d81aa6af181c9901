/* A client of the integ apps. A missing frame can only be observed by waiting: an exchange is over when nothing has come for QUIET_MILLIS. */

const QUIET_MILLIS = 3_000;
const OPEN_MILLIS = 10_000;

export interface Client {
  readonly socket: WebSocket;
  /** Received frames in order. */
  readonly frames: string[];
}

/** Headers that a page's browser would send. */
export interface Handshake {
  readonly protocols?: string[];
  readonly origin?: string;
}

/** Connects a client; rejects when it is refused. */
export function connect(url: string, { protocols = [], origin }: Handshake = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    // Node.js accepts headers, which browsers do not.
    const options = { protocols, headers: origin === undefined ? {} : { origin } } as unknown as string[];
    const socket = new WebSocket(url, options);
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
export function silence(clients: readonly Client[]): Promise<void> {
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
