import { connect, createServer, type Server, type Socket } from 'node:net';
import { closeServer, listenOnLoopback, portOf } from '../../../harness/loopback';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Passes nothing on, and no one learns of it. */
  isSilent?: boolean;
  /** Ends with the first half of what the server sends next. */
  endsMidFrame?: boolean;
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
  readonly #refusals: number[] = [];
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
    const link = this.#choose(choose);
    if (link) cut(link);
  }

  /** Cuts one connection in the middle of what the server sends next. */
  cutMidFrame(choose: number): void {
    const link = this.#choose(choose);
    if (link) link.endsMidFrame = true;
  }

  /** From now on one connection passes nothing on, and neither end learns of it. */
  silence(choose: number): void {
    const link = this.#choose(choose);
    if (!link) return;
    link.isSilent = true;
    for (const socket of [link.client, link.server]) socket.pause();
  }

  /** Refuses the next handshakes, one with each status. */
  refuseNext(...statuses: number[]): void {
    this.#refusals.push(...statuses);
  }

  /** Lets the handshakes pass again. */
  refuseNoMore(): void {
    this.#refusals.length = 0;
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
    for (const { client, server, isSilent } of this.#links) if (!isSilent) for (const socket of [client, server]) socket.resume();
    for (const client of [...this.#waiting]) this.#admit(client);
  }

  async stop(): Promise<void> {
    this.cutAll();
    for (const client of this.#waiting) client.destroy();
    await closeServer(this.#listener);
  }

  /** One of the connections that pass something on. */
  #choose(choose: number): Link | undefined {
    const live = [...this.#links].filter(({ isSilent }) => !isSilent);
    return live[Math.floor(choose * live.length)];
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
    const status = this.#refusals.shift() ?? this.refusal;
    if (status !== undefined) {
      client.once('data', () => client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`));
      return;
    }
    const server = connect({ port: Number(this.target.port), host: this.target.hostname });
    const link: Link = { client, server };
    this.#links.add(link);
    server.on('error', () => undefined);
    for (const [from, to] of [[client, server], [server, client]]) {
      from.on('data', (chunk: Buffer) => {
        if (!link.endsMidFrame || from === client) return void to.write(chunk);
        server.pause();
        client.end(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => cut(link));
      });
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
