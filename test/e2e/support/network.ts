import { connect, createServer, type Server, type Socket } from 'node:net';
import { closeServer, listenOnLoopback, portOf } from '../../../harness/loopback';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** The network between clients and a server on this machine, which a test can break. */
export class Network {
  /** @param target the server's address, whose path the clients keep */
  static async to(target: string): Promise<Network> {
    const network = new Network(new URL(target));
    await listenOnLoopback(network.#listener);
    return network;
  }

  /** Status that refuses handshakes; undefined to let them pass. */
  refusal: number | undefined;
  /** Number of handshakes, including refused ones. */
  knocks = 0;
  #isPulled = false;
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  /** Clients that connect while nothing passes. */
  readonly #waiting = new Set<Socket>();

  private constructor(private readonly target: URL) {
    this.#listener = createServer((client) => this.#knock(client));
  }

  /** The server's address through this network. */
  get url(): string {
    return Object.assign(new URL(this.target), { port: String(portOf(this.#listener)) }).href;
  }

  /** Number of open connections. */
  get open(): number {
    return this.#links.size;
  }

  /** Cuts one connection without a close frame. @param choose a number from 0 to below 1 */
  cutOne(choose: number): void {
    const link = [...this.#links][Math.floor(choose * this.#links.size)];
    if (link) cut(link);
  }

  cutAll(): void {
    for (const link of [...this.#links]) cut(link);
  }

  /** Lets nothing pass from now on, without any notice. */
  pull(): void {
    this.#isPulled = true;
    for (const { client, server } of this.#links) for (const socket of [client, server]) socket.pause();
  }

  /** Delivers the withheld data to connections that are still open. */
  plugIn(): void {
    this.#isPulled = false;
    for (const { client, server } of this.#links) for (const socket of [client, server]) socket.resume();
    for (const client of [...this.#waiting]) this.#admit(client);
  }

  async stop(): Promise<void> {
    this.cutAll();
    for (const client of this.#waiting) client.destroy();
    await closeServer(this.#listener);
  }

  #knock(client: Socket): void {
    this.knocks++;
    client.on('error', () => undefined);
    this.#waiting.add(client);
    client.once('close', () => this.#waiting.delete(client));
    if (!this.#isPulled) this.#admit(client);
  }

  #admit(client: Socket): void {
    this.#waiting.delete(client);
    if (this.refusal !== undefined) {
      const status = this.refusal;
      client.once('data', () => client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`));
      return;
    }
    const server = connect({ port: Number(this.target.port), host: this.target.hostname });
    const link = { client, server };
    this.#links.add(link);
    server.on('error', () => undefined);
    for (const [from, to] of [[client, server], [server, client]]) {
      from.on('data', (chunk: Buffer) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('close', () => {
        this.#links.delete(link);
        to.destroy();
      });
    }
  }
}

function cut({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}
