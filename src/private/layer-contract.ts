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
  /** Number of the newest messages that can be recovered. */
  historyMaxMessages: 'HISTORY_MAX_MESSAGES',
  /** The queue on which clients' messages travel with their position, by address and by name. Only the message handler sends to it. */
  messageQueueUrl: 'MESSAGE_QUEUE_URL',
  messageQueueArn: 'MESSAGE_QUEUE_ARN',
  /** `true` when no client may publish, although clients may read the history. */
  publishForbidden: 'PUBLISH_FORBIDDEN',
  /** Access rule for clients that publish to all connections, as JSON. Absent if all clients may. */
  publishAccess: 'PUBLISH_ACCESS',
  /** Name of the table of who is in which channel. Absent without channels and without personal channels. */
  membersTableName: 'MEMBERS_TABLE_NAME',
  /** The channels as a JSON array of `{pattern, subscribe, publish, history, presence?}`, see `core/channels/channel-rules`. Absent without channels. */
  channelRules: 'CHANNEL_RULES',
  /** The key of the authorizer's context that holds the id of the user. Absent without personal channels. */
  userIdKey: 'USER_ID_KEY',
  /** Maximum channels of a connection, without its personal channel. Absent for the default. */
  maxChannelsPerConnection: 'MAX_CHANNELS_PER_CONNECTION',
  /** The function that allows, changes or refuses messages and subscriptions. Absent without one. */
  messageHookArn: 'MESSAGE_HOOK_ARN',
  /** The queue by which connections are closed: what backends send to. */
  disconnectQueueUrl: 'DISCONNECT_QUEUE_URL',
  /** `true` when logs may hold names of channels. */
  logChannels: 'LOG_CHANNELS',
  /** The queue of the ticks that make the lists of who is there, by address. Absent without presence. */
  presenceQueueUrl: 'PRESENCE_QUEUE_URL',
  /** `true` when messages that are delivered together share frames. */
  sharedFrames: 'SHARED_FRAMES',
} as const;

/** The `action` of what clients ask the layers for; also the keys of the routes. */
export const ACTION = {
  publish: 'publish',
  history: 'history',
  subscribe: 'subscribe',
  unsubscribe: 'unsubscribe',
  presence: 'presence',
} as const;

/** The version of what clients and layers say to each other, in the answer of the heartbeat. */
export const LAYERS_VERSION = 1;

/** The layers, by the names in the answer of the heartbeat. */
export const LAYER = {
  history: 'history',
  channels: 'channels',
  hook: 'hook',
  people: 'people',
  presence: 'presence',
  batch: 'batch',
} as const;

/** Why an action is refused, and `kicked`: the codes of error frames. */
export const ERROR_CODE = {
  badRequest: 'bad_request',
  forbidden: 'forbidden',
  tooLarge: 'too_large',
  rateExceeded: 'rate_exceeded',
  /** No rule covers the channel. */
  unknownChannel: 'unknown_channel',
  /** The action is for members of the channel only. */
  notSubscribed: 'not_subscribed',
  /** The connection has as many channels as it may have. */
  tooMany: 'too_many',
  /** The hook refused it. */
  denied: 'denied',
  unavailable: 'unavailable',
  /** A backend closes the connection. */
  kicked: 'kicked',
} as const;

/** Kinds of access rules, as the environment writes them. */
export const ACCESS_KINDS = ['anyone', 'nobody', 'subscribers', 'owner', 'hook', 'claim'] as const;

/** Forms of names of channels, and of patterns of names. */
export const CHANNEL_NAME = {
  /** Prefix of users' personal channels, which only rules with this prefix cover. */
  personalPrefix: 'user:',
  /** As a regular expression: the name of a channel. */
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$',
  /** As a regular expression: the name of a personal channel. A byte of the user's id outside `[A-Za-z0-9.-]` is `_` and two hex digits. */
  personalPattern: '^user:[A-Za-z0-9_.-]{1,395}$',
  /** As a regular expression: the id of a user. */
  userIdPattern: '^[\\x20-\\x7e]{1,128}$',
  /** At its end, the pattern of a rule stands for all names that begin with the rest of it. */
  wildcard: '*',
} as const;

/** Attributes of the members table. */
export const MEMBER_ATTRIBUTE = {
  /** Partition key (string): the name of a channel, or of a reverse row `@` and the id of the connection. */
  channel: 'channel',
  /** Sort key (string): the id of the connection, or of a reverse row the name of the channel. */
  connectionId: 'connectionId',
  /** When the connection began, in epoch milliseconds: with its id, it names the connection. */
  connectedAt: 'connectedAt',
  /** When the client asked for the row, in epoch milliseconds by API Gateway's clock. */
  at: 'at',
  /** In a reverse row only: the id of the message that asked for it, or of the connection whose handshake did. */
  request: 'request',
  /** When the row is dead, in epoch seconds: the table's TTL attribute. It is that of the connection. */
  ttl: 'ttl',
  /** The id of the user, if `userIdKey` names one. */
  userId: 'userId',
  /** The name of the user, if `senderNameKey` names one. */
  from: 'from',
} as const;

/** Partitions of the members table that begin so hold the channels of one connection: no channel's name begins so. */
export const REVERSE_ROW_PREFIX = '@';

/** Attributes of the presence item of a channel, in the members table. */
export const PRESENCE_ATTRIBUTE = {
  turn: 'turn',
  mark: 'mark',
  markedAt: 'markedAt',
  storedTurn: 'storedTurn',
  version: 'version',
  count: 'count',
  /** JSON: the users of the list; absent when they are too many. */
  users: 'users',
  /** JSON: since when users of the list have had no connection. */
  absent: 'absent',
  wakeAt: 'wakeAt',
  /** The random key by which the ids of users are made, in an item of its own. */
  idKey: 'idKey',
} as const;

/** Keys of the presence items in the members table. No channel's name begins like them. */
export const PRESENCE_KEY = {
  /** Before the name of the channel. */
  partitionPrefix: '!',
  /** Partition of the item that holds the key of the ids. */
  idKeyPartition: '!',
  /** Sort key of all of them. */
  sort: 'presence',
} as const;

/** Beginnings of what a message or a kick is for: the attribute `to` of the broadcast queue, the member `to` of the disconnect queue. */
export const TARGET_PREFIX = {
  channel: 'channel:',
  user: 'user:',
  connection: 'connection:',
} as const;

/** Values of the layers' props that are left out. */
export const LAYER_DEFAULT = {
  maxChannelsPerConnection: 50,
  /** With names of usual length, as many are one frame. */
  maxPresentUsers: 200,
} as const;

/** Bounds of the layers' props, and of what clients ask for at once. */
export const LAYER_BOUND = {
  /** A disconnect deletes two rows for each. */
  maxMaxChannelsPerConnection: 200,
  /** A list has to be one frame, and one item of the table: more users than that have no names to show. */
  maxMaxPresentUsers: 500,
  /** Maximum channels of one `subscribe`. */
  channelsPerRequest: 50,
  /** Maximum channels of one handshake, because each delays its answer. */
  channelsPerHandshake: 5,
  /** Messages that one invocation may pack into frames. */
  maxBatchSize: 1_000,
  /** SQS hands out no more at once to who does not wait. */
  maxBatchSizeWithoutWindow: 10,
  /** The longest that Lambda waits for messages. */
  maxBatchingWindowSeconds: 5 * 60,
} as const;

/** Values of the layers that we chose, and that no prop changes. */
export const LAYER_TUNING = {
  disconnectHandlerTimeoutSeconds: 30,
  presenceHandlerTimeoutSeconds: 30,
  /** Ticks of one invocation, and invocations at once. */
  presenceBatch: 10,
  presenceConcurrency: 4,
  /** The presence item of a channel without ticks is dead after this long: connections end after two hours. */
  presenceItemHours: 24,
  /** The hook has so long to answer. */
  hookTimeoutMillis: 3_000,
} as const;

/** Metrics of the hook; each is sent only when there is something to count. */
export const HOOK_METRIC = {
  /** Messages and subscriptions that were refused since the hook failed, was too slow, or answered what it may not. */
  failed: 'HookFailed',
  /** Messages and subscriptions that the hook refused. */
  denied: 'HookDenied',
  /** Messages that the hook dropped, although they look sent to their senders. */
  dropped: 'HookDropped',
  /** Milliseconds that the hook took. */
  duration: 'HookDuration',
} as const;

/** Metrics of channels; each is sent only when there is something to count. */
export const CHANNEL_METRIC = {
  /** Actions, handshakes and disconnects for which the members table was not available. */
  failures: 'ChannelFailures',
  /** Connections that were closed since a backend asked for it. */
  kicked: 'KickedConnections',
  /** Connections that should have been closed, and could not be. */
  failedKicks: 'FailedKicks',
} as const;

/**
 * The second dimension of the steady metrics of messages to channels: the pattern of the rule, or `user:*` for personal channels.
 * They are sent without it as well.
 */
export const PATTERN_DIMENSION = 'pattern';

/** Metrics of presence; each is sent only when there is something to count. */
export const PRESENCE_METRIC = {
  /** Lists that were made and sent to the members of a channel. */
  lists: 'PresenceLists',
  /** The frames that they left in, one for each connection. */
  frames: 'PresenceFrames',
  /** Attempts to make or send a list that failed, and are repeated. */
  failures: 'PresenceFailures',
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
  /** Messages in the history that could not be delivered: clients get them when they read it. */
  undelivered: 'UndeliveredMessages',
} as const;

/** Metrics of messages that share frames. */
export const BATCH_METRIC = {
  /** Messages that left in frames, each counted once, however many connections get it. */
  messages: 'BatchedMessages',
  /** The frames that they left in. */
  frames: 'BatchedFrames',
} as const;
