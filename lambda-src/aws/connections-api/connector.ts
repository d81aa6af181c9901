/**
 * Opens sockets to the endpoint.
 *
 * Invariants:
 * - all share one secure context, and each resumes with the newest session ticket: a handshake costs less than half then;
 * - a ticket that a handshake failed with is forgotten: it can never fail twice;
 * - only HTTP/1.1 is offered: an endpoint that would choose HTTP/2 must not;
 * - a socket holds the process for nobody;
 * - sockets that are opened at the same time share one look-up of the endpoint's address: each would block one of the few
 *   threads that Node.js has for that;
 * - a socket reads into one buffer of its own, past Node's streams: that saves a tenth of a post.
 */
import { lookup } from 'node:dns';
import { connect, isIP, type ConnectOpts, type LookupFunction, type Socket } from 'node:net';
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
  private readonly lookup: LookupFunction;

  constructor(private readonly endpoint: Endpoint, options: TlsOptions & { readonly lookup?: LookupFunction } = {}) {
    this.lookup = shared(options.lookup ?? lookup as LookupFunction);
    this.readyEvent = endpoint.secure ? 'secureConnect' : 'connect';
    if (endpoint.secure) this.secureContext = createSecureContext({ ca: options.ca });
  }

  /** Whether the endpoint's address has to be looked up for each socket. Asked no sooner than for the first: it takes large expressions to tell. */
  get looksUp(): boolean {
    return isIP(this.endpoint.hostname) === 0;
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
    const options = { host, port, onread, lookup: this.lookup };
    const socket = this.secureContext ? this.openSecure(this.secureContext, options) : connect(options);
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

/** A look-up that those who ask for while it is under way share. All of them ask for the same name in the same way. */
function shared(lookUp: LookupFunction): LookupFunction {
  type Callback = Parameters<LookupFunction>[2];
  let waiting: Callback[] | undefined;
  return (hostname, options, callback) => {
    if (waiting) {
      waiting.push(callback);
      return;
    }
    const callbacks = waiting = [callback];
    lookUp(hostname, options, (...found) => {
      waiting = undefined;
      for (const each of callbacks) each(...found);
    });
  };
}
