import type { IncomingMessage } from 'node:http';
import type { Client, CloseStatus, Connection } from './connection';
import { newId } from './ids';
import { traceId } from '../lambda/runtime-api';

/** API and stage that events refer to. */
export interface EventSource {
  readonly apiId: string;
  readonly apiArn: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
}

/** An event as a Lambda integration receives it. */
export interface GatewayEvent {
  readonly requestContext: { readonly requestId: string; readonly routeKey: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Headers of the handshake that only an authorizer sees. */
const HOP_BY_HOP = ['connection', 'upgrade', 'content-length'];

export function connectEvent(source: EventSource, connection: Connection, request: IncomingMessage): GatewayEvent {
  return {
    ...headersOf(request, connection, HOP_BY_HOP),
    ...queryOf(request),
    ...common(source),
    requestContext: context(source, connection, '$connect', 'CONNECT'),
    isBase64Encoded: false,
  };
}

/** Builds the event of a Lambda authorizer, before `$connect`. */
export function authorizerEvent(source: EventSource, connection: Connection, request: IncomingMessage): GatewayEvent {
  return {
    type: 'REQUEST',
    methodArn: `${source.apiArn}/${connection.stage}/$connect`,
    ...headersOf(request, connection, []),
    ...queryOf(request),
    stageVariables: source.stageVariables ?? {},
    requestContext: context(source, connection, '$connect', 'CONNECT'),
  };
}

export function messageEvent(source: EventSource, connection: Connection, routeKey: string, body: string): GatewayEvent {
  return {
    ...common(source),
    requestContext: { ...context(source, connection, routeKey, 'MESSAGE'), messageId: newId() },
    body,
    isBase64Encoded: false,
  };
}

export function disconnectEvent(source: EventSource, connection: Client, status: CloseStatus): GatewayEvent {
  const headers = { 'Host': connection.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return {
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    ...common(source),
    requestContext: {
      ...context(source, connection, '$disconnect', 'DISCONNECT'),
      disconnectStatusCode: status.code,
      disconnectReason: status.reason,
    },
    isBase64Encoded: false,
  };
}

function common({ stageVariables }: EventSource): object {
  return stageVariables ? { stageVariables } : {};
}

function context({ apiId }: EventSource, connection: Client, routeKey: string, eventType: string) {
  const now = new Date();
  const requestId = newId();
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: commonLogTime(now),
    messageDirection: 'IN',
    stage: connection.stage,
    connectedAt: connection.connectedAt,
    requestTimeEpoch: now.getTime(),
    identity: connection.identity,
    requestId,
    domainName: connection.domainName,
    connectionId: connection.id,
    apiId,
    ...(connection.authorizer && { authorizer: connection.authorizer }),
  };
}

function headersOf(request: IncomingMessage, { domainName, identity: { sourceIp } }: Client, hidden: readonly string[]): object {
  // Without a prototype: a client may send headers named `constructor` or `__proto__`.
  const multiValueHeaders = Object.create(null) as Record<string, string[]>;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [name, value] = request.rawHeaders.slice(index, index + 2);
    if (!hidden.includes(name.toLowerCase())) (multiValueHeaders[name] ??= []).push(name.toLowerCase() === 'host' ? domainName : value);
  }
  Object.assign(multiValueHeaders, {
    'X-Amzn-Trace-Id': [traceId()],
    'X-Forwarded-For': [sourceIp],
    // As on AWS, where every connection uses TLS.
    'X-Forwarded-Port': ['443'],
    'X-Forwarded-Proto': ['https'],
  });
  return { headers: lastValues(multiValueHeaders), multiValueHeaders };
}

function queryOf(request: IncomingMessage): object {
  const { searchParams } = new URL(request.url ?? '/', 'http://local');
  const names = [...new Set(searchParams.keys())];
  if (names.length === 0) return {};
  const multiValues = Object.fromEntries(names.map((name) => [name, searchParams.getAll(name)]));
  return { queryStringParameters: lastValues(multiValues), multiValueQueryStringParameters: multiValues };
}

function lastValues(multiValues: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(multiValues).map(([name, values]) => [name, values[values.length - 1]]));
}

/** Formats a time such as `23/Nov/2026:22:50:06 +0000`. */
export function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
