/**
 * The contract between the construct (synth), its handlers (run time), the tests and the local runner: every name and
 * limit that two of them share is spelled here, once. Constants only; nothing is imported.
 */

/** Environment variables of the handlers. */
export const ENV = {
  /** Name of the connections table. */
  tableName: 'CONNECTIONS_TABLE_NAME',
  /** Base of the @connections endpoint: `https://{api}.execute-api.{region}.{suffix}/{stage}`. */
  callbackUrl: 'WS_CALLBACK_URL',
  /** Seconds after `$connect` at which a row is dead, whatever happened to its `$disconnect`. */
  connectionTtlSeconds: 'CONNECTION_TTL_SECONDS',
  /** `true` when a sender does not receive its own message. */
  excludeSender: 'EXCLUDE_SENDER',
  /** One of `MESSAGE_FORMATS`. */
  messageFormat: 'MESSAGE_FORMAT',
  /** Id of the WebSocket API: what logs and metrics of its functions bear as `service`. */
  apiId: 'POWERTOOLS_SERVICE_NAME',
  /** Deliveries per second of the whole API; absent for the region's default. */
  deliveryRateLimit: 'DELIVERY_RATE_LIMIT',
} as const;

/** Attributes of a row of the connections table. */
export const ATTRIBUTE = {
  /** Partition key (string): the id that API Gateway gave the connection. */
  connectionId: 'connectionId',
  /** When `$connect` was received, in epoch milliseconds by API Gateway's clock. */
  connectedAt: 'connectedAt',
  /** When the row is dead, in epoch seconds: the table's TTL attribute. */
  ttl: 'ttl',
} as const;

/** Keys that begin so are not connections: every reader of the table skips them. */
export const RESERVED_KEY_PREFIX = '#';

/** The item of the connections table in which all invocations share one delivery rate. */
export const PACE = {
  key: '#pace',
  /** Up to when the rate is spoken for, in epoch milliseconds. */
  until: 't',
} as const;

/** How a message is written to its recipients. */
export const MESSAGE_FORMATS = ['ATTRIBUTED', 'RAW', 'ENVELOPE'] as const;
export type MessageFormatName = (typeof MESSAGE_FORMATS)[number];

/** The heartbeat: a client sends `{"action":"ping"}`, and API Gateway answers by itself. */
export const HEARTBEAT = {
  /** The `action` that clients send; also the key of the route. */
  action: 'ping',
  /** The whole frame that they get back. */
  answer: '{"action":"pong"}',
} as const;

/** Limits, each with its unit in its name. */
export const LIMIT = {
  /** API Gateway closes every connection after two hours. */
  connectionLifetimeSeconds: 2 * 60 * 60,
  /** A row outlives its connection by five minutes at least, so that no live one ever counts as expired. */
  minConnectionTtlSeconds: 2 * 60 * 60 + 5 * 60,
  defaultConnectionTtlSeconds: 3 * 60 * 60,
  /** A 410 for a row younger than this may be a connection that is still opening. */
  youngConnectionMillis: 90_000,
  /** API Gateway refuses a larger message on @connections (and closes on one from a client). */
  apiGatewayMessageBytes: 128 * 1024,
  /** Requests per second that API Gateway serves to an account in a region by default. */
  defaultQuotaPerSecond: 10_000,
  /** No quota is raised so far. */
  maxDeliveryRate: 1_000_000,
  /** API Gateway gives up on an integration after 29 s. */
  integrationTimeoutSeconds: 29,
  connectionHandlerTimeoutSeconds: 10,
  messageHandlerTimeoutSeconds: 28,
  /** Delivering keeps 1.5 s for deleting rows and for its report. */
  minMessageHandlerTimeoutSeconds: 5,
} as const;

/** Namespace of the metrics that the handlers emit. */
export const METRIC_NAMESPACE = 'BroadcastWebSocketApi';

/** The one dimension of those metrics, by Powertools' name for it: the id of the WebSocket API. */
export const METRIC_DIMENSION = 'service';

/** Metrics of one broadcast, by the member of the tally that each reports. */
export const METRIC = {
  recipients: 'Recipients',
  delivered: 'Delivered',
  gone: 'Gone',
  failed: 'Failed',
  abandoned: 'Abandoned',
  retried: 'Retried',
  throttled: 'Throttled',
  unpruned: 'Unpruned',
  unread: 'Unread',
  unbudgeted: 'Unbudgeted',
} as const;
