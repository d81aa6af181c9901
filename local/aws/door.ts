import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isOfPage } from '../cross-site';
import { messageOf, stackOf } from '../errors';
import type { CertificateAuthority } from './certificates';
import { forward } from './forward';
import { CUSTOM_DOMAIN_SERVICE, ISSUER_SERVICE, METADATA_SERVICE, parseAwsHost, type AwsHost } from './hosts';
import { Listener } from './listener';
import { callOf, refuse } from './refusal';
import type { Log } from '../log';

/** The function that calls AWS. */
export interface Caller {
  /** Construct path of the function. */
  readonly path: string;
}

/** An emulated service. */
export interface Service {
  /**
   * @param refuse called if only the body shows that the request is not emulated
   * @returns whether the service answers, as far as this is known without the body
   */
  serve(host: AwsHost, request: IncomingMessage, response: ServerResponse, refuse: (body: Buffer) => void): boolean;
  /** Takes the handshake of a WebSocket. */
  upgrade?(host: AwsHost, request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

export interface DoorOptions {
  readonly authority: CertificateAuthority;
  /** Services by their names in host names. */
  readonly services: ReadonlyMap<string, Service>;
  /** Hosts of token issuers, which lead here as well. */
  readonly issuerHosts: readonly string[];
  /** Returns the custom domains of the app's APIs, which lead here as well. */
  readonly customDomains: () => readonly string[];
  /** Emulator for all other services, if there is one. */
  readonly endpoint?: URL;
  readonly log: Log;
}

/**
 * The endpoint that one function reaches instead of AWS, for every host. Emulated services answer; any other request is refused with an
 * error that names the service, the operation and the function.
 */
export class Door {
  static async open(caller: Caller, options: DoorOptions): Promise<Door> {
    const door = new Door(caller, options);
    door.listener = await Listener.open(options.authority, {
      request: (request, response) => void door.serve(request, response).catch((error: unknown) => door.fail(error, response)),
      upgrade: (request, socket, head) => door.upgrade(request, socket, head),
    });
    return door;
  }

  private listener!: Listener;
  /** Refused calls that are in the log already. */
  private readonly refused = new Set<string>();

  private constructor(private readonly caller: Caller, private readonly options: DoorOptions) {}

  get port(): number {
    return this.listener.port;
  }

  close(): void {
    this.listener.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = this.hostOf(request);
    if (!host || isOfPage(request)) return void response.writeHead(403).end();
    const { services, endpoint } = this.options;
    const service = services.get(host.service);
    if (!service && endpoint && isOfEmulator(host)) return this.hand(endpoint, host, request, response);
    const refuseIt = (known?: Buffer) => refuse(request, response, (body) => this.describe(request, host, body), known);
    const refuseLater = (body: Buffer) => void refuseIt(body).catch((error: unknown) => this.fail(error, response));
    if (service?.serve(host, request, response, refuseLater)) return;
    await refuseIt();
  }

  /** Forwards a request to the emulator. */
  private async hand(endpoint: URL, { service: hostService }: AwsHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await forward(endpoint, request, response);
    } catch (error) {
      const { service, operation } = callOf(request, hostService, '');
      const what = `${service} ${operation} was left to ${endpoint.href}, which cannot be reached: ${messageOf(error)}`;
      this.logOnce(`${service} ${endpoint.href}`, what);
      if (!response.headersSent) await refuse(request, response, () => `${what} (called by ${this.caller.path})`, Buffer.alloc(0));
    }
  }

  private logOnce(key: string, detail: string): void {
    if (!this.refused.has(key)) this.options.log({ source: this.caller.path, event: 'error', detail });
    this.refused.add(key);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const host = this.hostOf(request);
    if (host && !isOfPage(request) && this.options.services.get(host.service)?.upgrade?.(host, request, socket, head)) return;
    if (host) this.describe(request, host, '');
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
  }

  /** Describes a call that is not emulated to the function; the log gets it once. */
  private describe(request: IncomingMessage, { service: hostService }: AwsHost, body: string): string {
    const { service, operation } = callOf(request, hostService, body);
    const what = `${service} ${operation}`;
    this.logOnce(what, `${what} was refused: it is not emulated, and nothing leaves this machine`);
    return `${what} is not emulated by broadcast-local (called by ${this.caller.path})`;
  }

  private fail(error: unknown, response: ServerResponse): void {
    this.options.log({ source: this.caller.path, event: 'error', detail: stackOf(error) });
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }

  private hostOf({ headers: { host = '' } }: IncomingMessage): AwsHost | undefined {
    const name = host.replace(/:\d+$/, '').toLowerCase();
    if (this.options.issuerHosts.includes(name)) return { service: ISSUER_SERVICE, prefix: '' };
    return this.options.customDomains().includes(name) ? { service: CUSTOM_DOMAIN_SERVICE, prefix: name } : parseAwsHost(name);
  }
}

/** Requests to services that are not part of AWS stay here. */
function isOfEmulator({ service }: AwsHost): boolean {
  return ![ISSUER_SERVICE, METADATA_SERVICE, CUSTOM_DOMAIN_SERVICE].includes(service);
}
