import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { LocalError, stackOf } from '../errors';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import { authorize } from './authorizer';
import { ABNORMAL_CLOSURE, Connection, GOING_AWAY, type CloseStatus } from './connection';
import { authorizerEvent, connectEvent, disconnectEvent, messageEvent, type EventSource, type GatewayEvent } from './events';
import { FrameTap } from './frame-tap';
import { isWebSocketHandshake, refuse, userAgentOf } from './handshake';
import { integrate, type IntegrationResult } from './integration';
import type { GatewayLimits } from './limits';
import { Management, parseManagementPath } from './management';
import { selectRouteKey } from './routing';
import type { ApiModel, RouteModel } from '../model/apis';

export interface GatewayOptions {
  readonly api: ApiModel;
  readonly limits: GatewayLimits;
  readonly log: Log;
  /** Answers what is neither a WebSocket nor @connections: the static page. */
  readonly fallback?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Clients that do not answer a close frame have so long when the runner stops. */
const STOP_GRACE_MS = 100;

/** The front end of one WebSocket API: its handshakes, messages and routes, and its @connections endpoint, on one port. */
export class Gateway {
  static async listen(options: GatewayOptions, port: number): Promise<Gateway> {
    const gateway = new Gateway(options);
    await new Promise<void>((resolve, reject) => {
      // Kept for later errors, too, such as too many open files.
      gateway.server.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
        ? new LocalError(`port ${port} is in use; pass another one with --port, or --port 0 for any that is free`)
        : new LocalError(`cannot listen on port ${port}: ${error.message}`)));
      gateway.server.listen(port, '127.0.0.1', resolve);
    });
    return gateway;
  }

  private readonly server: Server = createServer((request, response) => this.onRequest(request, response));
  private readonly webSockets: WebSocketServer;
  private readonly management: Management;
  private readonly connections = new Map<string, Connection>();
  /** Of the clients, from their handshakes on: the HTTP server takes no care of them any more. */
  private readonly sockets = new Set<Duplex>();
  private readonly subprotocols = new WeakMap<IncomingMessage, string>();
  private invoke?: Invoke;

  private constructor(private options: GatewayOptions) {
    const { api, limits, log } = options;
    this.webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false,
      handleProtocols: (_offered, request) => this.subprotocols.get(request) ?? false,
    });
    this.management = new Management(
      (stage, id) => (this.hasStage(stage) ? this.find(stage, id) : 'no stage'),
      limits,
      (event) => log({ source: api.path, ...event }),
    );
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.onUpgrade(request, socket, head).catch((error: unknown) => {
        this.logBug(error);
        refuse(socket, 502);
      });
    });
  }

  /** What is served, as it was last loaded. */
  get api(): ApiModel {
    return this.options.api;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many clients hold a socket, from their handshakes on. */
  get clients(): number {
    return this.sockets.size;
  }

  /** Begins to let clients in: from now on functions can be invoked. */
  start(invoke: Invoke): void {
    this.invoke = invoke;
  }

  /** Serves what the API has become: its routes, authorizers and stages. Connections stay open. */
  update(api: ApiModel): void {
    this.options = { ...this.options, api };
  }

  /** Closes every connection without telling the app, as a power cut would. */
  async stop(): Promise<void> {
    this.invoke = undefined;
    const closed = new Promise((resolve) => this.server.close(resolve));
    const open = [...this.connections.values()];
    for (const connection of open) connection.close(GOING_AWAY);
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MS));
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
    const target = parseManagementPath(request.url ?? '');
    if (target) {
      this.management.serve(target, request, response).catch((error: unknown) => {
        this.logBug(error);
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end();
      });
    } else if (this.options.fallback) {
      this.options.fallback(request, response);
    } else {
      response.writeHead(403, { 'Content-Type': 'application/json' }).end('{"message":"Forbidden"}');
    }
  }

  private async onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.sockets.delete(socket));
    const stage = /^\/([^/?]+)\/?(?:\?.*)?$/.exec(request.url ?? '')?.[1];
    if (!isWebSocketHandshake(request)) return refuse(socket, 400);
    if (stage === undefined || !this.hasStage(stage) || !this.invoke) return refuse(socket, 403);
    const { limits } = this.options;
    const identity = { sourceIp: request.socket.remoteAddress ?? '127.0.0.1', ...userAgentOf(request) };
    const connection = new Connection(stage, (request.headers.host ?? '').replace(/:\d+$/, ''), identity, limits);
    this.connections.set(connection.id, connection);
    const { status, subprotocol } = await this.connect(connection, request).catch((error: unknown) => {
      this.logBug(error);
      return { status: 502, subprotocol: undefined };
    });
    if (status < 200 || status > 299) {
      this.connections.delete(connection.id);
      return refuse(socket, status);
    }
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return this.onClose(connection, ABNORMAL_CLOSURE);
    }
    if (subprotocol !== undefined) this.subprotocols.set(request, subprotocol);
    this.upgrade(connection, request, socket, head);
  }

  /** A client that `$connect` has let in, but that the WebSocket library refuses after all, has gone as far as the app can tell. */
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

  /** Asks the authorizer and `$connect` whether a client may come in. */
  private async connect(connection: Connection, request: IncomingMessage): Promise<{ status: number; subprotocol?: string }> {
    const started = Date.now();
    const refusal = await this.authorize(connection, request);
    const result = refusal ? undefined : await this.run('$connect', connectEvent(this.source(connection), connection, request));
    const status = refusal?.status ?? (result === undefined ? 200 : handshakeStatus(result));
    this.log('connect', connection, `${status} in ${Date.now() - started} ms${refusal ? ` (${refusal.why})` : whyOf(result)}`);
    return { status, subprotocol: subprotocolOf(result) };
  }

  /** Returns why the client is not let in, if it is not. */
  private async authorize(connection: Connection, request: IncomingMessage): Promise<{ status: number; why: string } | undefined> {
    const authorizer = this.options.api.routes.get('$connect')?.authorizer;
    if (!authorizer || !this.invoke) return undefined;
    const authorization = await authorize(authorizer, authorizerEvent(this.source(connection), connection, request), this.invoke);
    if (!authorization.ok) return authorization;
    connection.authorizer = authorization.context;
    return undefined;
  }

  private onOpen(connection: Connection, client: WebSocket, socket: Duplex): void {
    const tap = new FrameTap(this.options.limits.frameBytes, () => connection.close({ code: 1009, reason: 'Frame too long' }));
    socket.prependListener('data', (chunk: Buffer) => tap.write(chunk));
    client.on('message', (data, isBinary) => {
      this.onMessage(connection, data, isBinary).catch((error: unknown) => this.logBug(error));
    });
    connection.open(client, (status) => this.onClose(connection, status));
  }

  private async onMessage(connection: Connection, data: RawData, isBinary: boolean): Promise<void> {
    if (!connection.isOpen) return;
    connection.touch();
    if (isBinary) return connection.close({ code: 1003, reason: 'Binary is not supported' });
    const body = (data as Buffer).toString();
    const selected = selectRouteKey(this.options.api.routeSelectionExpression, body);
    const route = this.customRoute(selected) ?? this.options.api.routes.get('$default');
    const event = messageEvent(this.source(connection), connection, route?.key ?? '$default', body);
    const started = Date.now();
    const result = route && await this.run(route.key, event);
    this.log('message', connection, `${route?.key ?? 'no route'} ${statusText(result)} in ${Date.now() - started} ms${whyOf(result)}`);
    const answer = answerOf(route, result, connection, event);
    if (answer !== undefined) connection.send(answer);
  }

  /** The routes that begin with `$` are never selected by a message. */
  private customRoute(key: string | undefined): RouteModel | undefined {
    return key === undefined || key.startsWith('$') ? undefined : this.options.api.routes.get(key);
  }

  private onClose(connection: Connection, status: CloseStatus): void {
    this.connections.delete(connection.id);
    this.log('disconnect', connection, `${status.code} ${status.reason}`.trim());
    this.run('$disconnect', disconnectEvent(this.source(connection), connection, status)).catch((error: unknown) => this.logBug(error));
  }

  /** Runs the integration of a route. Returns undefined when there is no such route. */
  private async run(routeKey: string, event: GatewayEvent): Promise<IntegrationResult | undefined> {
    const route = this.options.api.routes.get(routeKey);
    if (!route || !this.invoke) return undefined;
    try {
      return await integrate(route.integration, event, this.invoke, this.options.limits.integrationTimeoutMs);
    } catch (error) {
      this.logBug(error);
      return { kind: 'failed', why: 'the runner failed' };
    }
  }

  private source(connection: Connection): EventSource {
    const { apiId, arn, stages } = this.options.api;
    return { apiId, apiArn: arn, stageVariables: stages.find(({ name }) => name === connection.stage)?.variables };
  }

  /** An error of the runner itself costs one request, never the runner. */
  private logBug(error: unknown): void {
    this.options.log({ source: this.options.api.path, event: 'error', detail: stackOf(error) });
  }

  private log(event: 'connect' | 'message' | 'disconnect', connection: Connection, detail: string): void {
    this.options.log({ source: this.options.api.path, event, connectionId: connection.id, detail });
  }
}

/** The status that the client's handshake is answered with. */
function handshakeStatus(result: IntegrationResult): number {
  if (result.kind === 'timeout') return 504;
  return result.kind === 'response' ? result.statusCode ?? 502 : 502;
}

/** The subprotocol that `$connect` names. It goes into the answer as it is, so that it must not hold a line break, say. */
function subprotocolOf(result: IntegrationResult | undefined): string | undefined {
  const named = result?.kind === 'response' ? result.headers['sec-websocket-protocol'] : undefined;
  return named !== undefined && /^[\x21-\x7e]+$/.test(named) ? named : undefined;
}

/** What the client receives in answer to a message, if anything. */
function answerOf(
  route: RouteModel | undefined, result: IntegrationResult | undefined, connection: Connection, event: GatewayEvent,
): string | undefined {
  const errorFrame = (message: string) =>
    `{"message": "${message}", "connectionId":"${connection.id}", "requestId":"${event.requestContext.requestId}"}`;
  if (!route) return errorFrame('Forbidden');
  if (result?.kind === 'failed') return errorFrame('Internal server error');
  if (result?.kind === 'timeout') return errorFrame('Endpoint request timed out');
  return route.returnsResponse ? result?.body : undefined;
}

function statusText(result: IntegrationResult | undefined): string {
  if (result === undefined) return 'forbidden';
  return result.kind === 'response' ? String(result.statusCode ?? 'no status') : result.kind;
}

function whyOf(result: IntegrationResult | undefined): string {
  return result?.kind === 'failed' ? ` (${result.why})` : '';
}
