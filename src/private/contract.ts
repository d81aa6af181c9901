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
  /** Origins whose pages may connect, separated by commas; absent when all may. */
  allowedOrigins: 'ALLOWED_ORIGINS',
  /** `true` when clients that name no origin may connect all the same. */
  allowMissingOrigin: 'ALLOW_MISSING_ORIGIN',
  /** The key of the authorizer's context that names the sender to others; absent when its connection id does. */
  senderNameKey: 'SENDER_NAME_KEY',
  /** The key of the authorizer's context that lists who may publish; absent when all clients may. */
  publishClaim: 'PUBLISH_CLAIM',
  /** `true` when names in that list that end with a star stand for all that begin so. */
  publishClaimPatterns: 'PUBLISH_CLAIM_PATTERNS',
  /** Bytes that a message may have as its recipients get it; absent for what API Gateway takes. */
  maxMessageBytes: 'MAX_MESSAGE_BYTES',
  /** Messages per second that a connection may send, and how many at once; absent when as many as it likes. */
  messageRate: 'MESSAGE_RATE',
  messageBurst: 'MESSAGE_BURST',
  /** Whose tokens the JWT authorizer takes, as they name it. */
  jwtIssuer: 'JWT_ISSUER',
  /** Whom these have to be for, separated by commas. */
  jwtAudience: 'JWT_AUDIENCE',
  /** Address of the issuer's keys. Absent if its OpenID configuration names it. */
  jwksUri: 'JWKS_URI',
  /** The claims that are passed on, separated by commas; absent for all. */
  jwtClaims: 'JWT_CLAIMS',
  /** The query string parameter that holds the token; absent when the second subprotocol is it. */
  tokenParameter: 'TOKEN_PARAMETER',
  /** `access` or `id`, for the tokens of a Cognito user pool. */
  cognitoTokenUse: 'COGNITO_TOKEN_USE',
  /** One of `MESSAGE_FORMATS`. */
  messageFormat: 'MESSAGE_FORMAT',
  /** Id of the WebSocket API: what logs and metrics of its functions bear as `service`. */
  apiId: 'POWERTOOLS_SERVICE_NAME',
  /** Deliveries per second of the whole API; absent for the region's default. */
  deliveryRateLimit: 'DELIVERY_RATE_LIMIT',
  /** Deliveries in flight at once in one invocation; absent for what the memory size suggests. */
  maxInFlight: 'MAX_IN_FLIGHT',
  /** The queue that broadcasts are asked for on; publishers get it too. */
  broadcastQueueUrl: 'BROADCAST_QUEUE_URL',
  /** The queue of the work items, by address and by name: a record that comes from it, and no other, is a work item. */
  chunkQueueUrl: 'CHUNK_QUEUE_URL',
  chunkQueueArn: 'CHUNK_QUEUE_ARN',
  /** The queue for what cannot be delivered. */
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Invocations that deliver work items at once; absent for the default. */
  workers: 'DELIVERY_WORKERS',
  /** Seconds after which a broadcast that has not been delivered is dropped. */
  maxAgeSeconds: 'MAX_AGE_SECONDS',
} as const;

/**
 * Message attributes of the broadcast queue, all of the type String and all optional; its body is the message. Others are
 * ignored, so that what sits between a publisher and the queue may add its own.
 */
export const PUBLISH = {
  /** Reserved: a message that bears it is refused, since it was not meant for all. */
  to: 'to',
  /** Connection ids that do not receive, separated by commas. */
  exclude: 'exclude',
  /** One of `MESSAGE_FORMATS`, in place of the API's. */
  format: 'format',
  /** Id by which clients drop repetitions: 1 to 128 visible ASCII characters. Without it, the queue's message id. */
  id: 'id',
  /** When it was sent first, in epoch milliseconds: what is moved back from a dead-letter queue is as old as before. */
  sentAt: 'sentAt',
  /** `base64` when the body is base64 of UTF-8: queues refuse most control characters. */
  encoding: 'encoding',
} as const;

/** Stands for all connections, where a message has a target and where access rules ask for a name. */
export const ALL_CONNECTIONS = '*' as const;

/** Attributes of a row of the connections table. */
export const ATTRIBUTE = {
  /** Partition key (string): the id that API Gateway gave the connection. */
  connectionId: 'connectionId',
  /** When `$connect` was received, in epoch milliseconds by API Gateway's clock. */
  connectedAt: 'connectedAt',
  /** When the row is dead, in epoch seconds: the table's TTL attribute. */
  ttl: 'ttl',
  /** Up to when the connection's message rate is spent, in epoch milliseconds; from its first message on. */
  spentUntil: 'spent',
  /** When the connection was last told that it sends too often, in epoch milliseconds. */
  toldAt: 'told',
} as const;

/** Keys that begin so are not connections: every reader of the table skips them. */
export const RESERVED_KEY_PREFIX = '#';

/** The item of the connections table in which all invocations share one delivery rate. */
export const PACE = {
  key: '#pace',
  /** Time up to which the rate is reserved, in epoch milliseconds. */
  until: 't',
} as const;

/** Attributes of the history table. An origin has those of its channel, an entry those of one position. */
export const HISTORY_ATTRIBUTE = {
  /** Partition key (string): the channel for an origin, channel, separator and epoch for an entry. */
  channel: 'channel',
  /** Sort key (number): 0 for an origin. */
  position: 'position',
  /** Names the log among all that the channel ever had. */
  epoch: 'epoch',
  /** Positions of the epoch lie above. */
  first: 'first',
  /** When the epoch began, in epoch milliseconds. */
  createdAt: 'createdAt',
  /** The highest position that was reserved. */
  last: 'last',
  /** When it was reserved, or the entry written, in epoch milliseconds. */
  at: 'at',
  /** With a retention in seconds behind it: when a position was last reserved with it, in epoch milliseconds. */
  usedPrefix: 'used',
  /** When the position before it was reserved, in epoch milliseconds. */
  before: 'before',
  id: 'id',
  from: 'from',
  sentAt: 'sentAt',
  /** The text of the message, not its envelope. */
  body: 'body',
  /** When the entry may be deleted, in epoch seconds: the table's TTL attribute. An origin has it until its first position is reserved. */
  ttl: 'ttl',
} as const;

/** Keys of the history table. */
export const HISTORY_KEY = {
  /** Between channel and epoch; no channel's name has it. */
  separator: '#',
  /** The item, at position 0, that says above which position new epochs begin: written when the table was restored. */
  start: '#start',
} as const;

/** Formats of a message as its recipients get it. */
export const MESSAGE_FORMATS = ['ATTRIBUTED', 'RAW', 'ENVELOPE'] as const;
export type MessageFormatName = (typeof MESSAGE_FORMATS)[number];

/** The heartbeat: a client sends `{"action":"ping"}`, and API Gateway answers by itself. */
export const HEARTBEAT = {
  /** The `action` that clients send; also the key of the route. */
  action: 'ping',
  /** The whole frame that they get back. */
  answer: '{"action":"pong"}',
} as const;

/** Quotas of AWS. Each has its unit in its name. */
export const QUOTA = {
  /** API Gateway closes every connection after two hours. */
  connectionLifetimeSeconds: 2 * 60 * 60,
  /** API Gateway refuses a larger message on @connections (and closes on one from a client). */
  messageBytes: 128 * 1024,
  /** API Gateway takes no more from an authorizer. */
  authorizerResultBytes: 8 * 1024,
  /** Requests per second that API Gateway serves to an account in a region by default. */
  requestsPerSecond: 10_000,
  /** The same in the newer regions. */
  requestsPerSecondInNewerRegions: 2_500,
  /** API Gateway gives up on an integration after 29 s. */
  integrationTimeoutSeconds: 29,
  /** Maximum of one request to SQS, all its messages together. */
  queueBatchBytes: 1024 * 1024,
  queueBatchEntries: 10,
  /** Longest delay of one message on a queue. */
  queueDelaySeconds: 15 * 60,
} as const;

/** Values of props that are left out. */
export const DEFAULT = {
  connectionTtlSeconds: 3 * 60 * 60,
  /** One unit of API Gateway's metering, and one frame. */
  messageBytes: 32 * 1024,
  /** Per connection. */
  messageRate: 10,
  /** Requests to the stage, per second and at once. */
  throttle: 500,
  maxAgeSeconds: 5 * 60,
  workers: 4,
} as const;

/** Bounds of props. */
export const BOUND = {
  /** A row outlives its connection by five minutes at least, so that no live one ever counts as expired. */
  minConnectionTtlSeconds: 2 * 60 * 60 + 5 * 60,
  maxMessageRate: 1_000,
  maxMessageBurst: 10_000,
  /** Lambda takes 4 KB of environment variables in all: so much of it may be what a user lists. */
  environmentListBytes: 3 * 1024,
  /** No quota is raised so far. */
  maxDeliveryRate: 1_000_000,
  /** Delivering keeps 1.5 s for deleting rows and for its report. */
  minDeliveryTimeoutSeconds: 5,
  /** The connections that one invocation opens to API Gateway at most. */
  maxInFlight: 128,
  minMaxAgeSeconds: 60,
  /** Well below the day for which the queues keep a message. */
  maxMaxAgeSeconds: 12 * 60 * 60,
  /** Lambda's own bounds for the concurrency of an event source. */
  minWorkers: 2,
  maxWorkers: 1_000,
} as const;

/** Values that we chose, and that no prop changes. */
export const TUNING = {
  /** A 410 for a row younger than this may be a connection that is still opening. */
  youngConnectionMillis: 90_000,
  connectionHandlerTimeoutSeconds: 10,
  messageHandlerTimeoutSeconds: 28,
  deliveryHandlerTimeoutSeconds: 30,
  /** Rows that are read at once for sending to them. */
  deliveryPageRows: 2_000,
  /** The most recipients of one work item. It has as many as one worker can send to in its time at its share of the rate, or the least. */
  chunkRecipients: 1_000,
  minChunkRecipients: 50,
  /** Planned duration of a work item, out of the delivery handler's 30 seconds. */
  chunkSeconds: 20,
  /** Maximum tries of a recipient in a work item of its own, and maximum times that the rest of a work item goes back on the queue. */
  workItemAttempts: 3,
  workItemHops: 8,
  /** Three times the time limit of the function: what a crashed worker held comes back after this. */
  queueVisibilitySeconds: 90,
  /** Maximum receives of a message before it goes to the dead-letter queue. */
  queueReceives: 3,
  deadLetterDays: 4,
  publicQueueBatch: 10,
  publicQueueConcurrency: 2,
} as const;

/** Namespace of the metrics that the handlers emit. */
export const METRIC_NAMESPACE = 'BroadcastWebSocketApi';

/** The one dimension of those metrics, by Powertools' name for it: the id of the WebSocket API. */
export const METRIC_DIMENSION = 'service';

/** Counts of one broadcast, by the member of the tally that each reports; a line of metrics has all of them. */
export const METRIC = {
  recipients: 'Recipients',
  delivered: 'Delivered',
  gone: 'Gone',
  failed: 'Failed',
  abandoned: 'Abandoned',
  retried: 'Retried',
  throttled: 'Throttled',
  staleConnections: 'StaleConnections',
  incompleteReads: 'IncompleteReads',
  rateLimitFallbacks: 'RateLimitFallbacks',
  requeued: 'Requeued',
  expired: 'Expired',
} as const;

/**
 * The counts that are a metric of every broadcast. CloudWatch bills each metric for each hour in which it was sent: the
 * others are sent only when they are not 0, and no data of them means 0.
 */
export const STEADY_METRICS: readonly string[] = [METRIC.recipients, METRIC.delivered];

/** Metric of how long a broadcast, or the part of it that a work item is, took: in milliseconds. */
export const METRIC_DURATION = 'Duration';

/** Metric of messages that were not broadcast because of their form, their size or a rate. Each receive from a queue counts. */
export const METRIC_REJECTED_MESSAGES = 'RejectedMessages';

/** Metric of connections that were not let in, since their row could not be stored. */
export const METRIC_CONNECTION_STORE_FAILURES = 'ConnectionStoreFailures';
