import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { CertificateAuthority } from './certificates';

export interface Listeners {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 0x16;

/** Accepts every form of HTTP that AWS clients use, on one port: with or without TLS, and HTTP/2 over TLS. */
export class Listener {
  static async open(authority: CertificateAuthority, listeners: Listeners): Promise<Listener> {
    const listener = new Listener(authority, listeners);
    await new Promise<void>((resolve, reject) => listener.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return listener;
  }

  private readonly server: NetServer = createServer((socket) => this.onConnection(socket));
  private readonly plain: Server = createHttpServer();
  private readonly second: Http2Server = createHttp2Server();
  private readonly secure: TlsServer;
  private readonly sockets = new Set<Socket>();

  private constructor(authority: CertificateAuthority, { request, upgrade }: Listeners) {
    // Clients keep their connections open as long as they like.
    this.plain.keepAliveTimeout = 0;
    this.plain.on('request', request).on('upgrade', upgrade);
    this.second.on('request', (incoming, response) => {
      request(withHost(incoming as unknown as IncomingMessage), chaining(response as unknown as ServerResponse));
    }).on('sessionError', () => undefined);
    this.secure = createTlsServer({ SNICallback: (host, done) => done(null, authority.contextOf(host)), ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
      (socket.alpnProtocol === 'h2' ? this.second : this.plain).emit('connection', socket);
    });
    this.secure.on('tlsClientError', (_error, socket) => socket.destroy());
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
}

/** Adds the headers to an HTTP/2 request that it would have in HTTP/1.1. */
function withHost(request: IncomingMessage): IncomingMessage {
  const { headers, rawHeaders } = request;
  headers.host ??= String(headers[':authority']);
  const raw = ['host', headers.host];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = rawHeaders.slice(index, index + 2);
    if (!name.startsWith(':') && name !== 'host') raw.push(name, value);
  }
  Object.defineProperty(request, 'rawHeaders', { value: raw });
  return request;
}

/** Makes `setHeader` return the response, which it does not in HTTP/2. */
function chaining(response: ServerResponse): ServerResponse {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (...header) => {
    setHeader(...header);
    return response;
  };
  return response;
}
