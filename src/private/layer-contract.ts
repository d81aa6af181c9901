/**
 * The part of the contract that concerns the opt-in layers. It is a file of its own so that the base bundles, which import nothing of it,
 * stay equal to the byte. Constants only; nothing is imported.
 */

/** Environment variables of the layered handlers, beside those of the base ones. */
export const LAYER_ENV = {
  /** Name of the history table. */
  historyTableName: 'HISTORY_TABLE_NAME',
  /** Seconds for which a message can be recovered. */
  historyRetentionSeconds: 'HISTORY_RETENTION_SECONDS',
  /** How many of the newest messages can be recovered. */
  historyMaxMessages: 'HISTORY_MAX_MESSAGES',
  /** The queue on which clients' messages travel with their position, by address and by name. Only the message handler sends to it. */
  messageQueueUrl: 'MESSAGE_QUEUE_URL',
  messageQueueArn: 'MESSAGE_QUEUE_ARN',
  /** `true` when no client may publish, although clients may read the history. */
  publishForbidden: 'PUBLISH_FORBIDDEN',
} as const;

/** The `action` of what clients ask the layers for; also the keys of the routes. */
export const ACTION = {
  publish: 'publish',
  history: 'history',
} as const;

/** The version of what clients and layers say to each other, in the answer of the heartbeat. */
export const LAYERS_VERSION = 1;

/** The layers, by the names in the answer of the heartbeat. */
export const LAYER = {
  history: 'history',
} as const;

/** Metrics of the history; each is sent only when there is something to count. */
export const HISTORY_METRIC = {
  /** Messages that got a position. */
  appended: 'AppendedMessages',
  /** Messages and actions whose senders learned that the history was not available. */
  failures: 'HistoryFailures',
  /** Positions that stay empty, since a function that reserved them did not fill them in time. */
  sealed: 'SealedPositions',
  /** Answers that told a client that it has missed messages which cannot be recovered. */
  unrecovered: 'FailedRecoveries',
  /** Messages in the history that could not be passed on: whoever reads it gets them. */
  undelivered: 'UndeliveredMessages',
} as const;
