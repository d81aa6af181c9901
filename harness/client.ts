import WebSocket from 'ws';

/** A client has received everything once something that was sent later has arrived: no test has to wait for silence. */
const PATIENCE_MILLIS = 25_000;

export interface Envelope {
  readonly type: string;
  readonly id: string;
  readonly from: string;
  readonly sentAt: number;
  readonly message: string;
}

/** Options of a handshake. */
export interface Handshake {
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

/** A WebSocket client that keeps what it gets. */
export class Client {
  static open(url: string, protocols?: string[], headers?: Record<string, string>): Promise<Client> {
    const socket = new WebSocket(url, protocols, { headers });
    const client = new Client(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('error', reject);
    });
  }

  /** Tries to connect; returns the status with which the handshake was refused. */
  static refusal(url: string, { protocols, headers }: Handshake = {}): Promise<number> {
    const socket = new WebSocket(url, protocols, { headers });
    return new Promise((resolve, reject) => {
      socket.once('unexpected-response', (request, response) => {
        resolve(response.statusCode!);
        response.resume();
        request.destroy();
      });
      socket.once('open', () => {
        socket.terminate();
        reject(new Error('the connection was accepted'));
      });
      socket.once('error', reject);
    });
  }

  readonly frames: string[] = [];
  private waiting: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(data.toString());
      this.waiting.forEach((look) => look());
    });
    socket.on('error', () => undefined); // A test that waits for a frame reports it.
  }

  send(text: string): void {
    this.socket.send(text);
  }

  /** The first frame that fits, from all that ever came. */
  frame(fits: (frame: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting = this.waiting.filter((other) => other !== look);
      };
      const look = () => {
        const found = this.frames.find(fits);
        if (found === undefined) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`no such frame within ${PATIENCE_MILLIS} ms; there came ${JSON.stringify(this.frames)}`));
      }, PATIENCE_MILLIS);
      this.waiting.push(look);
      look();
    });
  }

  envelopes(): Envelope[] {
    return this.frames.map((frame) => JSON.parse(frame) as Envelope);
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.close();
    await closed;
  }

  /** As a crash or a lost network would end it: no close frame. */
  kill(): void {
    this.socket.terminate();
  }
}
