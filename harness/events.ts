/*
 * Events as API Gateway sends them to the handlers of a WebSocket API.
 */

export interface ConnectionEvent {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function connectEvent({ connectionId, connectedAt, headers = {} }: ConnectionEvent): unknown {
  const all = { 'Host': 'api.execute-api.eu-west-1.amazonaws.com', 'Sec-WebSocket-Version': '13', ...headers };
  return {
    headers: all,
    multiValueHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    requestContext: requestContext('$connect', 'CONNECT', connectionId, connectedAt),
    isBase64Encoded: false,
  };
}

export function disconnectEvent({ connectionId, connectedAt }: ConnectionEvent): unknown {
  return {
    headers: { 'Host': 'api.execute-api.eu-west-1.amazonaws.com', 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
    requestContext: {
      ...requestContext('$disconnect', 'DISCONNECT', connectionId, connectedAt),
      disconnectStatusCode: 1005,
      disconnectReason: 'Client-side close frame status not set',
    },
    isBase64Encoded: false,
  };
}

export interface MessageEvent {
  readonly connectionId: string;
  readonly messageId: string;
  readonly text: string;
  /** Epoch milliseconds. */
  readonly sentAt?: number;
}

export function messageEvent({ connectionId, messageId, text, sentAt = Date.now() }: MessageEvent): unknown {
  return {
    requestContext: { ...requestContext('$default', 'MESSAGE', connectionId, sentAt - 600_000), messageId, requestTimeEpoch: sentAt },
    body: text,
    isBase64Encoded: false,
  };
}

function requestContext(routeKey: string, eventType: string, connectionId: string, connectedAt: number) {
  return {
    routeKey,
    eventType,
    extendedRequestId: 'QxWmtFsDDoEFSMg=',
    requestTime: '23/Nov/2026:22:00:00 +0000',
    messageDirection: 'IN',
    stage: 'prod',
    connectedAt,
    requestTimeEpoch: Date.now(),
    identity: { sourceIp: '203.0.113.7' },
    requestId: 'QxWmtFsDDoEFSMg=',
    domainName: 'api.execute-api.eu-west-1.amazonaws.com',
    connectionId,
    apiId: 'api',
  };
}
