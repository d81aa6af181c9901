import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isOfPage } from '../cross-site';
import { stackOf } from '../errors';
import type { CertificateAuthority } from './certificates';
import { ISSUER_SERVICE, parseAwsHost, type AwsHost } from './hosts';
import { callOf, refuse } from './refusal';
import type { Log } from '../log';

/** Who calls AWS. */
export interface Caller {
  /** Construct path of the function. */
  readonly path: string;
}

/** A service that is emulated; undefined when not this part of it. */
export interface Service {
  /**
   * @param refuse what to do if only the body tells that it does not answer
   * @returns whether it answers, as far as can be told without the body
   */
  serve(host: AwsHost, request: IncomingMessage, response: ServerResponse, refuse: (body: Buffer) => void): boolean;
  /** The beginning of a WebSocket. */
  upgrade?(host: AwsHost, request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

export interface DoorOptions {
  readonly authority: CertificateAuthority;
  /** By their names in host names. */
  readonly services: ReadonlyMap<string, Service>;
  /** Hosts of issuers of tokens, which are led here as well. */
  readonly issuerHosts: readonly string[];
  readonly log: Log;
}

/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 0x16;

/**
 * What one function reaches instead of AWS, whatever host it calls: services that are emulated, and for all others a refusal that names
 * the service, the operation and the function.
 */
export class Door {
  static async open(caller: Caller, options: DoorOptions): Promise<Door> {
    const door = new Door(caller, options);
    await new Promise<void>((resolve, reject) => door.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return door;
  }

  private readonly server: NetServer = createServer((socket) => this.onConnection(socket));
  private readonly plain: Server;
  private readonly secure: Server;
  private readonly sockets = new Set<Socket>();
  /** What was refused, and is in the log. */
  private readonly refused = new Set<string>();

  private constructor(private readonly caller: Caller, private readonly options: DoorOptions) {
    const { authority } = options;
    this.plain = createHttpServer();
    this.secure = createHttpsServer({ SNICallback: (host, done) => done(null, authority.contextOf(host)) });
    for (const server of [this.plain, this.secure]) {
      // Clients keep their connections for as long as they like.
      server.keepAliveTimeout = 0;
      server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.serve(request, response).catch((error: unknown) => this.fail(error, response)));
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.upgrade(request, socket, head));
    }
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private onConnection(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.sockets.delete(socket));
    socket.once('readable', () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return void socket.destroy();
      socket.unshift(chunk);
      (chunk[0] === TLS_HANDSHAKE ? this.secure : this.plain).emit('connection', socket);
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = this.hostOf(request);
    if (!host || isOfPage(request)) return void response.writeHead(403).end();
    const refuseIt = (known?: Buffer) => refuse(request, response, (body) => this.describe(request, host, body), known);
    const refuseLater = (body: Buffer) => void refuseIt(body).catch((error: unknown) => this.fail(error, response));
    if (this.options.services.get(host.service)?.serve(host, request, response, refuseLater)) return;
    await refuseIt();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const host = this.hostOf(request);
    if (host && !isOfPage(request) && this.options.services.get(host.service)?.upgrade?.(host, request, socket, head)) return;
    if (host) this.describe(request, host, '');
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
  }

  /** What the function is told of a call that is not emulated; the log is told it once. */
  private describe(request: IncomingMessage, { service: hostService }: AwsHost, body: string): string {
    const { service, operation } = callOf(request, hostService, body);
    const what = `${service} ${operation}`;
    if (!this.refused.has(what)) this.options.log({ source: this.caller.path, event: 'error', detail: `${what} was refused: it is not emulated, and nothing leaves this machine` });
    this.refused.add(what);
    return `${what} is not emulated by broadcast-local (called by ${this.caller.path})`;
  }

  private fail(error: unknown, response: ServerResponse): void {
    this.options.log({ source: this.caller.path, event: 'error', detail: stackOf(error) });
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }

  private hostOf({ headers: { host = '' } }: IncomingMessage): AwsHost | undefined {
    const name = host.replace(/:\d+$/, '').toLowerCase();
    return this.options.issuerHosts.includes(name) ? { service: ISSUER_SERVICE, prefix: '' } : parseAwsHost(name);
  }
}
