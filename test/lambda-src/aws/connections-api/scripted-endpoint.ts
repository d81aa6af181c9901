import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { closeServer, listenOnLoopback, portOf } from '../../../../harness/loopback';
import { selfSigned, type KeyAndCertificate } from '../../../../harness/self-signed';

/** One certificate for all endpoints of a test file. */
const sharedCertificate = selfSigned();

/** One request, once its head has come. */
export interface Exchange {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: Connection;
  /** Settles once the body has come too. */
  readonly body: Promise<Buffer>;
  answer(status: number, ...headers: string[]): void;
  write(text: string): void;
}

export interface Connection {
  readonly socket: Socket;
  /** Sends a TCP reset. */
  readonly reset: () => void;
  readonly resumed: boolean;
  requests: number;
  open: boolean;
}

/** An endpoint that treats each request as the test says, and counts. */
export class ScriptedEndpoint {
  static async start(secure: boolean): Promise<ScriptedEndpoint> {
    const endpoint = new ScriptedEndpoint(secure, await sharedCertificate);
    await listenOnLoopback(endpoint.server);
    endpoint.server.unref();
    return endpoint;
  }

  readonly connections: Connection[] = [];
  readonly exchanges: Exchange[] = [];
  mostOpen = 0;
  readonly server: Server;
  /** The TCP sockets by the port of their other end. */
  private readonly sockets = new Map<number, Socket>();

  private constructor(readonly secure: boolean, readonly certificate: KeyAndCertificate) {
    const serve = (socket: Socket) => this.serve(socket);
    const server = secure ? createTlsServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, serve) : createPlainServer(serve);
    if (secure) server.on('connection', (socket: Socket) => this.accept(socket));
    server.on('tlsClientError', () => {});
    this.server = server;
  }

  /** Handles a connection before anything is read from it. */
  onAccept: (socket: Socket) => void = () => {};
  onRequest: (exchange: Exchange) => void = (exchange) => exchange.answer(200);

  async stop(): Promise<void> {
    for (const socket of this.sockets.values()) socket.destroy();
    await closeServer(this.server);
  }

  get url(): string {
    return `${this.secure ? 'https' : 'http'}://127.0.0.1:${portOf(this.server)}/prod`;
  }

  get open(): number {
    return this.connections.filter((connection) => connection.open).length;
  }

  private accept(socket: Socket): void {
    this.sockets.set(socket.remotePort!, socket.setNoDelay(true).on('error', () => {}));
    socket.unref(); // Then only the sender keeps the process alive.
    this.onAccept(socket);
  }

  private serve(socket: Socket): void {
    if (!this.secure) this.accept(socket);
    const port = socket.remotePort!;
    const reset = () => void this.sockets.get(port)?.resetAndDestroy();
    const connection = { socket, reset, resumed: this.secure && (socket as TLSSocket).isSessionReused(), requests: 0, open: true };
    this.connections.push(connection);
    this.mostOpen = Math.max(this.mostOpen, this.open);
    socket.on('error', () => {}).on('close', () => {
      connection.open = false;
    });
    let unread = Buffer.alloc(0);
    let finish: ((body: Buffer) => void) | undefined;
    let length = 0;
    socket.on('data', (bytes: Buffer) => {
      unread = Buffer.concat([unread, bytes]);
      const end = finish ? -1 : unread.indexOf('\r\n\r\n');
      if (end >= 0) {
        const [start, ...lines] = unread.toString('latin1', 0, end).split('\r\n');
        const headers = Object.fromEntries(lines.map((line) => line.split(': ')));
        unread = unread.subarray(end + 4);
        length = Number(headers['content-length']);
        const body = new Promise<Buffer>((resolve) => {
          finish = resolve;
        });
        this.begin(connection, decodeURIComponent(start.split(' ')[1].split('/').at(-1)!), headers, body);
      }
      if (finish && unread.length >= length) {
        finish(unread.subarray(0, length));
        finish = undefined;
        unread = unread.subarray(length);
      }
    });
  }

  private begin(connection: Connection, id: string, headers: Record<string, string>, body: Promise<Buffer>): void {
    connection.requests++;
    const write = (text: string) => {
      if (connection.socket.writable) connection.socket.write(text, 'latin1');
    };
    const answer = (status: number, ...lines: string[]) =>
      write([`HTTP/1.1 ${status} Status`, 'content-length: 0', ...lines, '', ''].join('\r\n'));
    const exchange = { id, headers, connection, body, answer, write };
    this.exchanges.push(exchange);
    this.onRequest(exchange);
  }
}
