import type { IncomingMessage } from 'node:http';
import { authorize } from './authorizer';
import type { Client, CloseStatus, Connection } from './connection';
import { authorizerEvent, connectEvent, disconnectEvent, messageEvent, type EventSource, type GatewayEvent } from './events';
import { integrate, type IntegrationResult } from './integration';
import { nearMiss } from './near-miss';
import type { SignatureCheck } from './signature';
import type { Throttles } from './throttles';
import { stackOf } from '../errors';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { ApiModel, RouteModel } from '../model/apis';
import { bodyVariables, evaluate } from '../model/selection';
import { sentUrlOf } from '../rewritten-url';

export interface RoutesOptions {
  readonly api: ApiModel;
  readonly throttles: Throttles;
  /** Signature check of IAM authorization. */
  readonly signatures: SignatureCheck;
  readonly integrationTimeoutMillis: number;
  readonly log: Log;
}

/** Answer to a handshake. */
export interface HandshakeAnswer {
  readonly status: number;
  readonly subprotocol?: string;
}

/** The routes of one API: they run integrations when clients connect, send and disconnect. */
export class Routes {
  private invoke?: Invoke;

  constructor(private options: RoutesOptions) {}

  /** Starts invoking functions. */
  start(invoke: Invoke): void {
    this.invoke = invoke;
  }

  /** Applies the routes of a newly loaded app. */
  update(api: ApiModel): void {
    this.options = { ...this.options, api };
  }

  /** Stops invoking anything. */
  stop(): void {
    this.invoke = undefined;
  }

  get isRunning(): boolean {
    return this.invoke !== undefined;
  }

  /** Runs IAM or the authorizer, then `$connect`, for a handshake. */
  async connect(connection: Connection, request: IncomingMessage): Promise<HandshakeAnswer> {
    const started = Date.now();
    const refusal = await this.refusal(connection, request);
    const result = refusal ? undefined : await this.run('$connect', connectEvent(this.source(connection), connection, request));
    const status = refusal?.status ?? (result === undefined ? 200 : handshakeStatus(result));
    this.log('connect', connection, `${status} in ${Date.now() - started} ms${refusal ? ` (${refusal.why})` : whyOf(result)}`);
    return { status, subprotocol: subprotocolOf(result) };
  }

  /** Handles a client's message. Returns the answer for the client, if any. */
  async message(connection: Connection, body: string): Promise<string | undefined> {
    const { api: { routes, routeSelectionExpression }, throttles } = this.options;
    const selected = evaluate(routeSelectionExpression, bodyVariables(body));
    const route = this.customRoute(selected) ?? routes.get('$default');
    if (selected !== undefined && selected !== route?.key) this.hint(selected, route);
    const event = messageEvent(this.source(connection), connection, route?.key ?? '$default', body);
    const started = Date.now();
    const admitted = throttles.admits(connection.stage, event.requestContext.routeKey);
    const result = admitted ? route && await this.run(route.key, event) : { kind: 'throttled' } as const;
    this.log('message', connection, `${route?.key ?? 'no route'} ${statusText(result)} in ${Date.now() - started} ms${whyOf(result)}`);
    return answerOf(route, result, connection, event);
  }

  /** @param isLost whether a fault drops the event */
  async disconnect(connection: Client, status: CloseStatus, isLost = false): Promise<void> {
    this.log('disconnect', connection, `${status.code} ${status.reason}${isLost ? ' ($disconnect lost)' : ''}`.trim());
    if (!isLost) await this.run('$disconnect', disconnectEvent(this.source(connection), connection, status));
  }

  /** Returns the reason for refusing a client, if there is one. */
  private async refusal(connection: Connection, request: IncomingMessage): Promise<{ status: number; why: string } | undefined> {
    if (!this.options.throttles.admitsConnection(connection.stage)) return { status: 429, why: 'too many requests' };
    const { authorization: kind, authorizer } = this.options.api.routes.get('$connect') ?? {};
    if (kind === 'AWS_IAM') return this.unsigned(request);
    if (kind !== 'CUSTOM' || !this.invoke) return undefined;
    if (!authorizer) return { status: 500, why: 'its authorizer is not available here' };
    const authorization = await authorize(authorizer, authorizerEvent(this.source(connection), connection, request), this.invoke);
    if (!authorization.ok) return authorization;
    connection.authorizer = authorization.context;
    return undefined;
  }

  private async unsigned(request: IncomingMessage): Promise<{ status: number; why: string } | undefined> {
    const { method = '', headers } = request;
    const refused = await this.options.signatures.refusal({ method, path: sentUrlOf(request), headers, body: new Uint8Array() }, Date.now());
    return refused && { status: 403, why: `${refused.errorType}: ${refused.message}` };
  }

  /** Returns the route of a key; a message never selects a route that begins with `$`. */
  private customRoute(key: string | undefined): RouteModel | undefined {
    return key === undefined || key.startsWith('$') ? undefined : this.options.api.routes.get(key);
  }

  /** Warns in the log only, not the client: on AWS, a message that selects no route is like any other text. */
  private hint(selected: string, route: RouteModel | undefined): void {
    const { api: { path, routes }, log } = this.options;
    const meant = nearMiss(selected, [...routes.keys()].filter((key) => !key.startsWith('$')));
    if (meant === undefined) return;
    log({ source: path, event: 'warning', detail: `${JSON.stringify(selected)} selects no route of this API, so that the message ${route ? 'went to $default, as plain text does' : 'was refused'}; did you mean ${meant}?` });
  }

  /** Runs the integration of a route. Returns undefined when the route does not exist. */
  private async run(routeKey: string, event: GatewayEvent): Promise<IntegrationResult | undefined> {
    const route = this.options.api.routes.get(routeKey);
    if (!route || !this.invoke) return undefined;
    try {
      return await integrate(route.integration, event, this.invoke, this.options.integrationTimeoutMillis);
    } catch (error) {
      // Limits an error of the runner itself to one request.
      this.options.log({ source: this.options.api.path, event: 'error', detail: stackOf(error) });
      return { kind: 'failed', why: 'the runner failed' };
    }
  }

  private source(connection: Client): EventSource {
    const { apiId, arn, stages } = this.options.api;
    return { apiId, apiArn: arn, stageVariables: stages.find(({ name }) => name === connection.stage)?.variables };
  }

  private log(event: 'connect' | 'message' | 'disconnect', connection: Client, detail: string): void {
    this.options.log({ source: this.options.api.path, event, connectionId: connection.id, detail });
  }
}

type MessageResult = IntegrationResult | { readonly kind: 'throttled' } | undefined;

/** Returns the status of the handshake's answer. */
function handshakeStatus(result: IntegrationResult): number {
  if (result.kind === 'timeout') return 504;
  return result.kind === 'response' ? result.statusCode ?? 502 : 502;
}

/** Returns the subprotocol that `$connect` names. It becomes a header, so it must not hold a line break. */
function subprotocolOf(result: IntegrationResult | undefined): string | undefined {
  const named = result?.kind === 'response' ? result.headers['sec-websocket-protocol'] : undefined;
  return named !== undefined && /^[\x21-\x7e]+$/.test(named) ? named : undefined;
}

/** Returns the client's answer to a message, if any. */
function answerOf(route: RouteModel | undefined, result: MessageResult, connection: Connection, event: GatewayEvent): string | undefined {
  const errorFrame = (message: string) =>
    `{"message": "${message}", "connectionId":"${connection.id}", "requestId":"${event.requestContext.requestId}"}`;
  switch (result?.kind) {
    case 'failed': return errorFrame('Internal server error');
    case 'timeout': return errorFrame('Endpoint request timed out');
    // AWS does not document the frame of a throttled client; this is the 429 of HTTP in the form of the other frames.
    case 'throttled': return errorFrame('Too Many Requests');
    default: return route ? route.returnsResponse ? result?.body : undefined : errorFrame('Forbidden');
  }
}

function statusText(result: MessageResult): string {
  if (result === undefined) return 'forbidden';
  return result.kind === 'response' ? String(result.statusCode ?? 'no status') : result.kind;
}

function whyOf(result: MessageResult): string {
  return result?.kind === 'failed' ? ` (${result.why})` : '';
}
