/*
 * Time and cost of a broadcast, by arithmetic: list prices of us-east-1, connections of 56 bytes a row, a text of 200 bytes in its
 * envelope. Not measured on AWS. docs/scale.md has the tables; a test keeps the two the same.
 */

const PRICE = {
  /** API Gateway, one message of up to 32 KB. */
  delivery: 1 / 1e6,
  /** A byte from API Gateway to a client. */
  byteOut: 0.09 / 1e9,
  /** DynamoDB on demand: one unit reads 4 KB consistently, one writes the shared rate. */
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  /** SQS, one request of up to 64 KB. */
  queueRequest: 0.4 / 1e6,
  gigabyteSecond: 0.0000133334,
  invocation: 0.2 / 1e6,
} as const;

const ROW_BYTES = 56;
/** Bytes that an envelope with a position adds to a text. */
const ENVELOPE_BYTES = 147;
const TEXT_BYTES = 200;
/** A message of the measurements, as it is sent. */
export const MESSAGE_BYTES = TEXT_BYTES + ENVELOPE_BYTES;
const PAGE_ROWS = 1_000_000 / ROW_BYTES;
const PAGE_SECONDS = 0.15;
const CHUNK = 1_000;
/** A chunk with a message of 1 KB: 36 KB, so one request each to send, to receive and to delete it. */
const REQUESTS_PER_CHUNK = 3;
const GIGABYTES = 1;
/** From the message to its first delivery. */
const START_SECONDS = 0.05;

export interface Estimate {
  readonly seconds: number;
  readonly dollars: number;
}

/** A broadcast to so many recipients, at a delivery rate, through the queue when it is large. */
export function estimate(recipients: number, ratePerSecond: number, textBytes = TEXT_BYTES): Estimate {
  const pages = Math.ceil(recipients / PAGE_ROWS);
  const chunks = recipients > CHUNK ? Math.ceil(recipients / CHUNK) : 0;
  const sending = recipients / ratePerSecond;
  // Reading and sending go on at the same time; the slower of the two is what the broadcast takes.
  const seconds = START_SECONDS + Math.max(sending, pages * PAGE_SECONDS);
  const dollars = recipients * (PRICE.delivery + (textBytes + ENVELOPE_BYTES) * PRICE.byteOut)
    + Math.ceil((recipients * ROW_BYTES) / 4096) * PRICE.readUnit
    + Math.ceil(recipients / CHUNK) * PRICE.writeUnit
    + chunks * REQUESTS_PER_CHUNK * PRICE.queueRequest
    + (1 + chunks) * PRICE.invocation
    + (sending + pages * PAGE_SECONDS) * GIGABYTES * PRICE.gigabyteSecond;
  return { seconds, dollars };
}

/** Prices of the model, for docs/scale.md. */
export function priceTable(): string {
  const perMillion = (price: number) => `$${Number((price * 1e6).toPrecision(6))} per million`;
  const rows = [
    ['API Gateway, a message of up to 32 KB', perMillion(PRICE.delivery)],
    ['Data out to the internet, a gigabyte', `$${Number((PRICE.byteOut * 1e9).toPrecision(6))}`],
    ['DynamoDB on demand, reading 4 KB consistently', perMillion(PRICE.readUnit)],
    ['DynamoDB on demand, writing 1 KB', perMillion(PRICE.writeUnit)],
    ['SQS standard, a request of up to 64 KB', perMillion(PRICE.queueRequest)],
    ['Lambda on arm64, a gigabyte-second', `$${PRICE.gigabyteSecond}`],
    ['Lambda, an invocation', perMillion(PRICE.invocation)],
  ];
  return ['| price | us-east-1 |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

/** Keys, times and the id of an entry of the history, beside its text. */
const ENTRY_BYTES = 160;
/** The read of the origin; the cache of the functions has the rest, see docs/bench-history.md. */
const RECOVERY_READ_UNITS = 1;
const RECOVERY_SECONDS = 0.02;
const EMPTY_ANSWER_BYTES = 150;

/** Write units of a message in the history: its reservation, and its entry by each kilobyte. */
function historyWrites(textBytes: number): number {
  return 1 + Math.ceil((textBytes + ENTRY_BYTES) / 1_024);
}

/** Additional cost of a message with a history. */
export function historyDollars(textBytes: number): number {
  return historyWrites(textBytes) * PRICE.writeUnit;
}

/** Cost of a question of a client that returns, and of an answer with that many messages. */
export function recoveryDollars(messages: number): number {
  return 2 * PRICE.delivery + (EMPTY_ANSWER_BYTES + messages * (TEXT_BYTES + ENVELOPE_BYTES)) * PRICE.byteOut + RECOVERY_READ_UNITS * PRICE.readUnit
    + PRICE.invocation + RECOVERY_SECONDS * GIGABYTES * PRICE.gigabyteSecond;
}

/** Tables of the cost of a history, for docs/scale.md. */
export function historyTables(): string {
  const million = (dollars: number) => `$${(dollars * 1e6).toFixed(2)}`;
  const kept = [200, 2_000, 20_000].map((bytes) => {
    const share = historyDollars(bytes) / estimate(100, RATES[0], bytes).dollars;
    return [`${bytes.toLocaleString('en')} bytes`, historyWrites(bytes), million(historyDollars(bytes)), `${(share * 100).toFixed(1)} %`];
  });
  const asked = [0, 10, 50].map((messages) => [`${messages === 0 ? 'nothing new' : `${messages} messages`}`, million(recoveryDollars(messages))]);
  const row = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['a text of', 'writes', 'a million of them', 'of a broadcast to 100']), '|---|---|---|---|', ...kept.map(row), '',
    row(['a client comes back and gets', 'a million times']), '|---|---|', ...asked.map(row),
  ].join('\n');
}

const FRAME_BYTES = 32 * 1024;
/** Bytes of a frame besides its messages; a comma follows each of them. */
const FRAME_EDGE_BYTES = 32;

/** Messages of a frame that is full. */
export function fullFrame(textBytes = TEXT_BYTES): number {
  return Math.floor((FRAME_BYTES - FRAME_EDGE_BYTES) / (textBytes + ENVELOPE_BYTES + 1));
}

/** Messages per second that the default rate delivers, for docs/scale.md. */
export function batchTable(): string {
  const full = fullFrame();
  const rows = [100, 1_000, 10_000, 100_000].map((recipients) => {
    const perSecond = [1, 10, full].map((messages) => Number(((messages * RATES[0]) / recipients).toPrecision(3)).toLocaleString('en'));
    return `| ${recipients.toLocaleString('en')} | ${perSecond.join(' | ')} |`;
  });
  return [`| recipients | a frame each | batches of 10 | full frames of ${full} |`, '|---|---|---|---|', ...rows].join('\n');
}

/** Resources that measured messages used. */
export interface Usage {
  readonly posts: number;
  readonly bytes: number;
  readonly invocations: number;
  readonly workerSeconds: number;
  readonly queueRequests: number;
}

export function usageDollars({ posts, bytes, invocations, workerSeconds, queueRequests }: Usage): number {
  return posts * PRICE.delivery + bytes * PRICE.byteOut + invocations * PRICE.invocation + workerSeconds * GIGABYTES * PRICE.gigabyteSecond
    + queueRequests * PRICE.queueRequest;
}

const RATES = [5_000, 1_250, 50_000];

/** The table of docs/scale.md. */
export function scaleTable(): string {
  const rows = [100, 1_000, 10_000, 100_000, 1_000_000].map((recipients) => {
    const times = RATES.map((rate) => `${Number(estimate(recipients, rate).seconds.toPrecision(2))} s`);
    return `| ${recipients.toLocaleString('en')} | ${times.join(' | ')} | $${estimate(recipients, RATES[0]).dollars.toPrecision(2)} |`;
  });
  return ['| recipients | 5,000/s, the default | 1,250/s, newer regions | 50,000/s, quota raised | cost |', '|---|---|---|---|---|', ...rows].join('\n');
}
