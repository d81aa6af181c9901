/**
 * Opens sockets to the endpoint.
 *
 * Invariants:
 * - all share one secure context, and each resumes with the newest session ticket: a handshake costs less than half then;
 * - a ticket that a handshake failed with is forgotten: it can never fail twice;
 * - only HTTP/1.1 is offered: an endpoint that would choose HTTP/2 must not.
 */
import { connect, isIP, type Socket } from 'net';
import { connect as secureConnect, createSecureContext, type SecureContext } from 'tls';
import type { Endpoint } from './endpoint';

export interface TlsOptions {
  /** Certificate authorities to trust in place of the runtime's, in PEM. */
  readonly ca?: string;
}

export class Connector {
  /** Emitted by a socket that is ready to write to. */
  readonly readyEvent: 'secureConnect' | 'connect';
  private readonly secureContext?: SecureContext;
  private session?: Buffer;

  constructor(private readonly endpoint: Endpoint, options: TlsOptions = {}) {
    this.readyEvent = endpoint.secure ? 'secureConnect' : 'connect';
    if (endpoint.secure) this.secureContext = createSecureContext({ ca: options.ca });
  }

  open(): Socket {
    const { hostname: host, port } = this.endpoint;
    const socket = this.secureContext ? this.openSecure(this.secureContext, host, port) : connect({ host, port });
    return socket.setNoDelay(true);
  }

  /** A socket failed before it was ready. */
  failed(): void {
    this.session = undefined;
  }

  private openSecure(secureContext: SecureContext, host: string, port: number): Socket {
    const socket = secureConnect({
      host,
      port,
      servername: isIP(host) ? undefined : host, // SNI takes no addresses
      ALPNProtocols: ['http/1.1'],
      secureContext,
      session: this.session,
    });
    return socket.on('session', (session: Buffer) => {
      this.session = session;
    });
  }
}
