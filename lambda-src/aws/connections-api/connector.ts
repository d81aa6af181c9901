/**
 * Opens sockets to the endpoint.
 *
 * Invariants:
 * - all share one secure context, and each resumes with the newest session ticket: a handshake costs less than half then;
 * - a ticket that a handshake failed with is forgotten: it can never fail twice;
 * - only HTTP/1.1 is offered: an endpoint that would choose HTTP/2 must not;
 * - a socket holds the process for nobody;
 * - a socket reads into one buffer of its own, past Node's streams: that saves a tenth of a post.
 */
import { connect, isIP, type ConnectOpts, type Socket } from 'node:net';
import { connect as secureConnect, createSecureContext, type SecureContext } from 'node:tls';
import type { Endpoint } from './endpoint';

/** Answers have some 300 bytes; longer ones come in pieces. */
const READ_BYTES = 2_048;

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

  /** @param onBytes called with what the socket reads, whose memory is written over after that */
  open(onBytes: (bytes: Buffer) => void): Socket {
    const { hostname: host, port } = this.endpoint;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = {
      buffer,
      callback: (length: number) => {
        onBytes(buffer.subarray(0, length));
        return true;
      },
    };
    const socket = this.secureContext ? this.openSecure(this.secureContext, { host, port, onread }) : connect({ host, port, onread });
    return socket.setNoDelay(true).unref();
  }

  /** A socket failed before it was ready. */
  failed(): void {
    this.session = undefined;
  }

  private openSecure(secureContext: SecureContext, options: ConnectOpts & { host: string; port: number }): Socket {
    const socket = secureConnect({
      ...options,
      servername: isIP(options.host) ? undefined : options.host, // SNI takes no addresses
      ALPNProtocols: ['http/1.1'],
      secureContext,
      session: this.session,
    });
    return socket.on('session', (session: Buffer) => {
      this.session = session;
    });
  }
}
