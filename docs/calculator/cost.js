/*
 * What an API costs a month, by arithmetic: list prices of us-east-1, in dollars, as they were when this was written. Nothing here
 * was measured on a bill. The tables of the README and of docs/cost.md and the page beside this file come from it; docs/scale.md has the time.
 *
 * No module: browsers load none from a file.
 */

/** Dollars per unit. */
const PRICE = {
  /** API Gateway, a message in either direction of up to 32 KB. */
  message: 1 / 1e6,
  /** A byte from API Gateway to a client. */
  byteOut: 0.09 / 1e9,
  connectionMinute: 0.25 / 1e6,
  /** DynamoDB on demand: reading 4 KB consistently; writing 1 KB. */
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  queueRequest: 0.4 / 1e6,
  /** Lambda on arm64. */
  gigabyteSecond: 0.0000133334,
  invocation: 0.2 / 1e6,
};

const DAYS = 30;
const ROW_BYTES = 56;
/** A text of 200 bytes, in its envelope with a position. */
const MESSAGE_BYTES = 347;
const PAGE_ROWS = 1_000_000 / ROW_BYTES;
const PAGE_SECONDS = 0.15;
const CHUNK = 1_000;
/** Figures of the recommended client: 8 to 9 minutes between heartbeats, 100 to 110 between connections. */
const HEARTBEAT_MINUTES = 8.5;
const ROTATION_MINUTES = 105;
/** A connection costs two invocations of 256 MB, of some 20 ms, and two writes. */
const HANDSHAKE = 2 * (PRICE.invocation + 0.25 * 0.02 * PRICE.gigabyteSecond + PRICE.writeUnit);

/** A message of a client is written to its row, for `messageRateLimit`. */
const RATE_CHECK = PRICE.writeUnit;

const DEFAULT_RATE = 5_000;

/** One broadcast: its deliveries, the reading of the table, the queues if it is large, the functions. */
function broadcastCost(recipients, ratePerSecond = DEFAULT_RATE, bytes = MESSAGE_BYTES) {
  const pages = Math.ceil(recipients / PAGE_ROWS);
  const chunks = recipients > CHUNK ? Math.ceil(recipients / CHUNK) : 0;
  return {
    deliveries: recipients * PRICE.message,
    bytesOut: recipients * bytes * PRICE.byteOut,
    table: Math.ceil((recipients * ROW_BYTES) / 4096) * PRICE.readUnit + Math.ceil(recipients / CHUNK) * PRICE.writeUnit,
    queues: chunks * chunkRequests(bytes) * PRICE.queueRequest,
    functions: (1 + chunks) * PRICE.invocation + (recipients / ratePerSecond + pages * PAGE_SECONDS) * PRICE.gigabyteSecond,
  };
}

/** A chunk is sent, received and deleted; SQS counts each started 64 KB of the first two. It names its recipients, and has the frame in base64. */
function chunkRequests(bytes) {
  return 2 * Math.ceil((CHUNK * 36 + (bytes * 4) / 3) / 65_536) + 1;
}

/** Bytes of a frame, and those of it that are no message; a comma follows each message. */
const FRAME_BYTES = 32 * 1024;
const FRAME_EDGE_BYTES = 32;
const FRAME_MESSAGES = Math.floor((FRAME_BYTES - FRAME_EDGE_BYTES) / (MESSAGE_BYTES + 1));
/** Messages that SQS hands out at once, and takes back at once. */
const RECEIVE = 10;

/**
 * Messages in each frame, where they arrive evenly. They share frames if they wait together: for the window, or for the pace, which lets
 * `ratePerSecond` frames a second go to single recipients.
 */
function messagesPerFrame({ messagesPerSecond, recipients, batchSize, windowSeconds, ratePerSecond = DEFAULT_RATE }) {
  const waiting = messagesPerSecond * Math.max(windowSeconds, recipients / ratePerSecond);
  const together = Math.max(1, Math.min(batchSize, waiting));
  return together / Math.ceil(together / FRAME_MESSAGES);
}

/** With batches each message is on a queue, which hands out and deletes ten at once if as many wait. */
function queuedMessage(perFrame) {
  return (1 + 2 / Math.min(RECEIVE, perFrame)) * PRICE.queueRequest;
}

/** With a history a message is written twice, to reserve its position and to fill it. */
const HISTORY_MESSAGE = 2 * PRICE.writeUnit;
/** A client that comes back asks once: a message, an answer of some 150 bytes, an invocation of a gigabyte and some 20 ms, and a read. */
const HISTORY_ASK = 2 * PRICE.message + 150 * PRICE.byteOut + PRICE.readUnit + PRICE.invocation + 0.02 * PRICE.gigabyteSecond;

/**
 * A month of `connections` clients that are connected for `hoursADay`, of which together `messagesAnHour` are broadcast to all of them
 * in those hours, evenly; with a history, or without; with `batches`, `{ batchSize, windowSeconds }`, in frames that messages share.
 */
function monthlyCost({ connections, hoursADay, messagesAnHour, hasHistory = false, batches }) {
  const minutes = connections * hoursADay * 60 * DAYS;
  const messages = messagesAnHour * hoursADay * DAYS;
  const perFrame = batches ? messagesPerFrame({ messagesPerSecond: messagesAnHour / 3_600, recipients: connections, ...batches }) : 1;
  const frames = messages / perFrame;
  const each = broadcastCost(connections, DEFAULT_RATE, batches ? FRAME_EDGE_BYTES + perFrame * (MESSAGE_BYTES + 1) : MESSAGE_BYTES);
  const parts = {
    'connected time': minutes * PRICE.connectionMinute,
    // Ping and pong are a message each.
    'heartbeats': (minutes / HEARTBEAT_MINUTES) * 2 * PRICE.message,
    'opening and closing': (minutes / ROTATION_MINUTES) * HANDSHAKE,
    'deliveries': frames * each.deliveries + messages * PRICE.message,
    'data out': frames * each.bytesOut,
    'table, queues and functions': frames * (each.table + each.queues + each.functions) + messages * (RATE_CHECK + (batches ? queuedMessage(perFrame) : 0)),
    ...(hasHistory && { history: messages * HISTORY_MESSAGE + (minutes / ROTATION_MINUTES) * HISTORY_ASK }),
  };
  return { parts, perFrame, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
