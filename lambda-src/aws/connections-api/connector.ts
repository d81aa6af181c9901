/**
 * Opens sockets to the endpoint.
 *
 * Invariants:
 * - all sockets share one secure context, and each resumes with the newest session ticket, which more than halves the cost of a handshake;
 * - a ticket is forgotten when a handshake fails with it, so it can fail only once;
 * - only HTTP/1.1 is offered: the endpoint must not choose HTTP/2;
 * - a socket never keeps the process alive;
 * - sockets that open at the same time share one DNS look-up: each look-up would block one of the few threads that Node.js has for them;
 * - a socket reads into one buffer of its own, past Node's streams, which saves a tenth of a post.
 */
import { lookup } from 'node:dns';
import { connect, isIP, type ConnectOpts, type LookupFunction, type Socket } from 'node:net';
import { connect as secureConnect, createSecureContext, type SecureContext } from 'node:tls';
import type { Endpoint } from './endpoint';

/** Answers have about 300 bytes; longer ones arrive in pieces. */
const READ_BYTES = 2_048;

export interface TlsOptions {
  /** PEM certificates of the authorities to trust instead of the runtime's. */
  readonly ca?: string;
}

export class Connector {
  /** Event of a socket that is ready for writing. */
  readonly readyEvent: 'secureConnect' | 'connect';
  private readonly secureContext?: SecureContext;
  private session?: Buffer;
  private readonly lookup: LookupFunction;

  constructor(private readonly endpoint: Endpoint, options: TlsOptions & { readonly lookup?: LookupFunction } = {}) {
    this.lookup = shared(options.lookup ?? lookup as LookupFunction);
    this.readyEvent = endpoint.secure ? 'secureConnect' : 'connect';
    if (endpoint.secure) this.secureContext = createSecureContext({ ca: options.ca });
  }

  /** Whether each socket has to look up the endpoint's address. It is worked out when the first socket opens, since the expressions are large. */
  get looksUp(): boolean {
    return isIP(this.endpoint.hostname) === 0;
  }

  /** @param onBytes receives the bytes that the socket reads; their memory is overwritten afterwards */
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

  /** Takes note of a socket that failed before it was ready. */
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

/** Shares a look-up among the callers that ask while it is under way. All of them ask for the same name with the same options. */
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
