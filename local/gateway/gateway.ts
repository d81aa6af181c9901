import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { CREDENTIALS } from '../credentials';
import { mayComeFromPage } from '../cross-site';
import { stackOf } from '../errors';
import { ABNORMAL_CLOSURE, Connection, GOING_AWAY, type Client, type CloseStatus, type Observe } from './connection';
import { FrameTap } from './frame-tap';
import { isWebSocketHandshake, refuse, userAgentOf } from './handshake';
import { Inbox } from './inbox';
import type { GatewayLimits } from './limits';
import { Management, parseManagementPath } from './management';
import { listenOn } from './ports';
import { accountRates, type AccountRates } from './rates';
import { Routes } from './routes';
import { SignatureCheck } from './signature';
import { Throttles } from './throttles';
import type { Faults } from '../faults/faults';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { ApiModel } from '../model/apis';

export interface GatewayOptions {
  readonly api: ApiModel;
  readonly limits: GatewayLimits;
  /**
   * Rates of the account, which all its APIs in a region share.
   * @default those of a region that has no other API
   */
  readonly rates?: AccountRates;
  /**
   * Refuses calls of @connections that are not signed with the {@link CREDENTIALS} of the runner.
   * @default false
   */
  readonly checkSignatures?: boolean;
  readonly log: Log;
  /** Faults to inject. */
  readonly faults?: Faults;
  readonly observe?: Observe;
  /** Answers requests that are neither a WebSocket nor @connections: the static page. */
  readonly fallback?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Time that clients have to answer a close frame when the runner stops. */
const STOP_GRACE_MILLIS = 100;

/** Front end of one WebSocket API on one port: handshakes, messages, routes, and the @connections endpoint. */
export class Gateway {
  static async listen(options: GatewayOptions, port: number): Promise<Gateway> {
    const gateway = new Gateway(options);
    await listenOn(gateway.server, port);
    return gateway;
  }

  private readonly server: Server = createServer((request, response) => this.onRequest(request, response));
  private readonly webSockets: WebSocketServer;
  private readonly management: Management;
  private readonly routes: Routes;
  private readonly throttles: Throttles;
  private readonly connections = new Map<string, Connection>();
  /** Sockets of the clients from their handshakes on: the HTTP server does not track them any more. */
  private readonly sockets = new Set<Duplex>();
  private readonly subprotocols = new WeakMap<IncomingMessage, string>();

  private constructor(private options: GatewayOptions) {
    const { api, limits, log, rates = accountRates(api.region), checkSignatures, faults } = options;
    this.throttles = new Throttles(api.stages, rates);
    const signatures = new SignatureCheck(api.region, CREDENTIALS);
    this.routes = new Routes({ api, throttles: this.throttles, signatures, integrationTimeoutMillis: limits.integrationTimeoutMillis, log });
    this.webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      autoPong: false,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false,
      handleProtocols: (_offered, request) => this.subprotocols.get(request) ?? false,
    });
    this.management = new Management({
      find: (stage, id) => (this.hasStage(stage) ? this.find(stage, id) : 'no stage'),
      messageBytes: limits.messageBytes,
      throttles: this.throttles,
      signatures: checkSignatures ? signatures : undefined,
      log: (event) => log({ source: api.path, ...event }),
      faults,
    });
    faults?.onChange(() => this.connected.filter(({ isOpen }) => isOpen).forEach((connection) => this.applyUnplug(connection)));
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.accept(request, socket, head));
  }

  /** API that is served, as last loaded. */
  get api(): ApiModel {
    return this.options.api;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections that are open or connecting. */
  get connected(): readonly Connection[] {
    return [...this.connections.values()];
  }

  /** Number of clients with a socket, from their handshakes on. */
  get clients(): number {
    return this.sockets.size;
  }

  /** Begins to admit clients: from now on functions can be invoked. */
  start(invoke: Invoke): void {
    this.routes.start(invoke);
  }

  /** Updates routes, authorizers and stages. Connections stay open. */
  update(api: ApiModel): void {
    this.options = { ...this.options, api };
    this.routes.update(api);
    this.throttles.update(api.stages);
  }

  /** Takes a handshake from this port, or from a function's endpoint. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.onUpgrade(request, socket, head).catch((error: unknown) => {
      this.logBug(error);
      refuse(socket, 502);
    });
  }

  /** Answers a call of @connections from this port, or from a function's endpoint. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    const target = parseManagementPath(request.url ?? '');
    if (!target) return forbid(response);
    this.management.serve(target, request, response).catch((error: unknown) => {
      this.logBug(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  }

  /** Runs `$disconnect` for a connection that was open when an earlier run ended. */
  async bury(client: Client): Promise<void> {
    await this.routes.disconnect(client, ABNORMAL_CLOSURE);
  }

  /** Closes every connection without notice to the app, like a power cut. */
  async stop(): Promise<void> {
    this.routes.stop();
    const closed = new Promise((resolve) => this.server.close(resolve));
    const open = [...this.connections.values()];
    for (const connection of open) connection.close(GOING_AWAY);
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MILLIS));
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await closed;
  }

  private hasStage(name: string): boolean {
    return this.options.api.stages.some((stage) => stage.name === name);
  }

  private find(stage: string, id: string): Connection | undefined {
    const connection = this.connections.get(id);
    return connection?.stage === stage ? connection : undefined;
  }

  private onRequest(request: IncomingMessage, response: ServerResponse): void {
    const isCall = parseManagementPath(request.url ?? '') !== undefined;
    if (isCall && mayComeFromPage(request)) forbid(response);
    else if (!isCall && this.options.fallback) this.options.fallback(request, response);
    else this.serve(request, response);
  }

  private async onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.sockets.delete(socket));
    const stage = /^\/([^/?]+)\/?(?:\?.*)?$/.exec(request.url ?? '')?.[1];
    if (!isWebSocketHandshake(request)) return refuse(socket, 400);
    if (stage === undefined || !this.hasStage(stage) || !this.routes.isRunning) return refuse(socket, 403);
    const { limits } = this.options;
    const identity = { sourceIp: request.socket.remoteAddress ?? '127.0.0.1', ...userAgentOf(request) };
    const connection = new Connection(stage, this.options.api.host, identity, limits);
    connection.observe = this.options.observe;
    this.connections.set(connection.id, connection);
    this.options.faults?.admit(connection.id);
    const { status, subprotocol } = await this.routes.connect(connection, request).catch((error: unknown) => {
      this.logBug(error);
      return { status: 502, subprotocol: undefined };
    });
    if (status < 200 || status > 299) {
      this.connections.delete(connection.id);
      this.options.faults?.dismiss(connection.id);
      return refuse(socket, status);
    }
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return this.onClose(connection, ABNORMAL_CLOSURE);
    }
    if (subprotocol !== undefined) this.subprotocols.set(request, subprotocol);
    this.upgrade(connection, request, socket, head);
  }

  /** For the app, a client that `$connect` admitted but the WebSocket library refuses has disconnected. */
  private upgrade(connection: Connection, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    let opened = false;
    try {
      this.webSockets.handleUpgrade(request, socket, head, (client) => {
        opened = true;
        this.onOpen(connection, client, socket);
      });
    } catch (error) {
      this.logBug(error);
      socket.destroy();
    }
    if (!opened) this.onClose(connection, ABNORMAL_CLOSURE);
  }

  private onOpen(connection: Connection, client: WebSocket, socket: Duplex): void {
    const tap = new FrameTap(this.options.limits.frameBytes, () => connection.close({ code: 1009, reason: 'Frame too long' }));
    socket.prependListener('data', (chunk: Buffer) => tap.write(chunk));
    const inbox = new Inbox(client, () => connection.isClogged);
    client.on('message', (data, isBinary) => this.onMessage(connection, inbox, data, isBinary));
    connection.open(client, {
      onClose: (status) => this.onClose(connection, status),
      onSent: () => inbox.run(),
      onUnplugged: () => {
        // Whatever the client still sends is read and dropped, so that the socket ends with the client.
        socket.removeAllListeners('data').resume();
        this.options.log({ source: this.options.api.path, event: 'unplug', connectionId: connection.id, detail: 'nothing passes any more' });
      },
    });
    this.applyUnplug(connection);
  }

  private applyUnplug(connection: Connection): void {
    connection.unplugAfter(this.options.faults?.unplugMillis(connection.id));
  }

  private onMessage(connection: Connection, inbox: Inbox, data: RawData, isBinary: boolean): void {
    if (!connection.isOpen) return;
    connection.touch();
    if (isBinary) return connection.close({ code: 1003, reason: 'Binary is not supported' });
    const text = (data as Buffer).toString();
    connection.observe?.('in', connection, text);
    inbox.add(async () => {
      try {
        const answer = await this.routes.message(connection, text);
        if (answer !== undefined) connection.send(answer);
      } catch (error) {
        this.logBug(error);
      }
    });
  }

  private onClose(connection: Connection, status: CloseStatus): void {
    this.connections.delete(connection.id);
    void this.routes.disconnect(connection, status, this.options.faults?.dismiss(connection.id));
  }

  /** Limits an error of the runner itself to one request. */
  private logBug(error: unknown): void {
    this.options.log({ source: this.options.api.path, event: 'error', detail: stackOf(error) });
  }
}

function forbid(response: ServerResponse): void {
  response.writeHead(403, { 'Content-Type': 'application/json' }).end('{"message":"Forbidden"}');
}
