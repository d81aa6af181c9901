import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket, type ClientOptions } from 'ws';
import { eventually } from '../../../harness/eventually';
import { send, type HttpAnswer } from '../../../harness/http';
import { closeServer, listenOnLoopback } from '../../../harness/loopback';

export type ApiName = 'Api' | 'Bare' | 'Guarded';

/** Address of an implementation. */
export interface Address {
  readonly port: number;
  readonly apiId: string;
  /** `Host` header of its clients. */
  readonly host: string;
}

export interface Event {
  readonly requestContext: {
    readonly eventType: string;
    readonly routeKey: string;
    readonly connectionId: string;
    readonly identity: { readonly userAgent?: string };
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** Records the events that the functions of one implementation report. */
export class Recorder {
  static async start(): Promise<Recorder> {
    const recorder = new Recorder();
    const port = await listenOnLoopback(recorder.server);
    recorder.url = `http://127.0.0.1:${port}/`;
    return recorder;
  }

  readonly events: Event[] = [];
  url = '';
  private readonly server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      this.events.push(JSON.parse(body) as Event);
      response.end();
    });
  });

  stop(): Promise<void> {
    return closeServer(this.server);
  }
}

/** Each client has a number, which its events contain. */
let clients = 0;

/** One of the compared implementations. */
export class Subject {
  private readonly clients: WebSocket[] = [];

  constructor(readonly addresses: Readonly<Record<ApiName, Address>>, private readonly recorder: Recorder) {}

  dial(api: ApiName, path: string, { protocols = [], ...options }: ClientOptions & { protocols?: string[] } = {}): WebSocket {
    const { port, host } = this.addresses[api];
    const headers = { 'Host': host, 'User-Agent': `witness/${++clients}`, ...options.headers };
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { perMessageDeflate: false, ...options, headers });
    this.clients.push(client);
    return client;
  }

  /** Opens a client; its frames are kept from the first on. */
  async open(api: ApiName = 'Api', query = '', options: Parameters<Subject['dial']>[2] = {}): Promise<Client> {
    const client = new Client(this.dial(api, `/prod${query}`, options), `witness/${clients}`);
    await client.opened;
    return client;
  }

  /** Returns the matching event of a client, once a function has reported it. */
  event({ userAgent }: Client, eventType: string, fits: (event: Event) => boolean = () => true): Promise<Event> {
    return eventually(() => this.recorder.events.find((event) => (
      event.requestContext.eventType === eventType && event.requestContext.identity.userAgent === userAgent && fits(event))));
  }

  /** Returns a client's id, from its own events. */
  async idOf(client: Client): Promise<string> {
    return (await this.event(client, 'CONNECT')).requestContext.connectionId;
  }

  /** A call of @connections. */
  manage(method: string, connectionId: string, body?: string | Buffer, stage = 'prod'): Promise<HttpAnswer> {
    const { port, host } = this.addresses.Api;
    return send({ port, method, path: `/${stage}/@connections/${connectionId}`, headers: { Host: host } }, body);
  }

  closeClients(): void {
    for (const client of this.clients.splice(0)) client.terminate();
  }
}

/** A client that keeps its received frames. */
export class Client {
  readonly frames: string[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(readonly socket: WebSocket, readonly userAgent: string) {
    socket.on('message', (data: Buffer, isBinary) => this.frames.push(isBinary ? `binary ${data.toString('hex')}` : data.toString()));
    this.opened = new Promise((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
    this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    socket.on('error', () => undefined);
  }

  /** Returns a frame by its index, from the first on. */
  frame(index = 0): Promise<string> {
    return eventually(() => this.frames.at(index));
  }
}
