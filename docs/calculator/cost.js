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
/** Of the client that is recommended: 8 to 9 minutes between heartbeats, 100 to 110 between connections. */
const HEARTBEAT_MINUTES = 8.5;
const ROTATION_MINUTES = 105;
/** A connection costs two invocations of 256 MB, of some 20 ms, and two writes. */
const HANDSHAKE = 2 * (PRICE.invocation + 0.25 * 0.02 * PRICE.gigabyteSecond + PRICE.writeUnit);

/** A message of a client is written to its row, for `messageRateLimit`. */
const RATE_CHECK = PRICE.writeUnit;

/** One broadcast: its deliveries, the reading of the table, the queues if it is large, the functions. */
function broadcastCost(recipients, ratePerSecond = 5_000) {
  const pages = Math.ceil(recipients / PAGE_ROWS);
  const chunks = recipients > CHUNK ? Math.ceil(recipients / CHUNK) : 0;
  return {
    deliveries: recipients * PRICE.message,
    bytesOut: recipients * MESSAGE_BYTES * PRICE.byteOut,
    table: Math.ceil((recipients * ROW_BYTES) / 4096) * PRICE.readUnit + Math.ceil(recipients / CHUNK) * PRICE.writeUnit,
    queues: chunks * 3 * PRICE.queueRequest,
    functions: (1 + chunks) * PRICE.invocation + (recipients / ratePerSecond + pages * PAGE_SECONDS) * PRICE.gigabyteSecond,
  };
}

/** With a history a message is written twice, to reserve its position and to fill it. */
const HISTORY_MESSAGE = 2 * PRICE.writeUnit;
/** A client that comes back asks once: a message, an answer of some 150 bytes, an invocation of a gigabyte and some 20 ms, and a read. */
const HISTORY_ASK = 2 * PRICE.message + 150 * PRICE.byteOut + PRICE.readUnit + PRICE.invocation + 0.02 * PRICE.gigabyteSecond;

/**
 * A month of `connections` clients that are connected for `hoursADay`, of which together `messagesAnHour` are broadcast to all of them
 * in those hours; with a history, or without.
 */
function monthlyCost({ connections, hoursADay, messagesAnHour, hasHistory = false }) {
  const minutes = connections * hoursADay * 60 * DAYS;
  const messages = messagesAnHour * hoursADay * DAYS;
  const each = broadcastCost(connections);
  const parts = {
    'connected time': minutes * PRICE.connectionMinute,
    // Ping and pong are a message each.
    'heartbeats': (minutes / HEARTBEAT_MINUTES) * 2 * PRICE.message,
    'opening and closing': (minutes / ROTATION_MINUTES) * HANDSHAKE,
    'deliveries': messages * (each.deliveries + PRICE.message),
    'data out': messages * each.bytesOut,
    'table, queues and functions': messages * (each.table + each.queues + each.functions + RATE_CHECK),
    ...(hasHistory && { history: messages * HISTORY_MESSAGE + (minutes / ROTATION_MINUTES) * HISTORY_ASK }),
  };
  return { parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
