/*
 * What a broadcast takes and costs, by arithmetic: list prices of us-east-1, connections of 56 bytes a row, a message of up
 * to 32 KB. Not measured on AWS. docs/scale.md has the table; a test keeps the two the same.
 */

const PRICE = {
  /** API Gateway, one message of up to 32 KB. */
  delivery: 1 / 1e6,
  /** DynamoDB on demand: one unit reads 4 KB consistently, one writes the shared rate. */
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  /** SQS, one request of up to 64 KB. */
  queueRequest: 0.4 / 1e6,
  gigabyteSecond: 0.0000133334,
  invocation: 0.2 / 1e6,
} as const;

const ROW_BYTES = 56;
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
export function estimate(recipients: number, ratePerSecond: number): Estimate {
  const pages = Math.ceil(recipients / PAGE_ROWS);
  const chunks = recipients > CHUNK ? Math.ceil(recipients / CHUNK) : 0;
  const sending = recipients / ratePerSecond;
  // Reading and sending go on at the same time; the slower of the two is what the broadcast takes.
  const seconds = START_SECONDS + Math.max(sending, pages * PAGE_SECONDS);
  const dollars = recipients * PRICE.delivery
    + Math.ceil((recipients * ROW_BYTES) / 4096) * PRICE.readUnit
    + Math.ceil(recipients / CHUNK) * PRICE.writeUnit
    + chunks * REQUESTS_PER_CHUNK * PRICE.queueRequest
    + (1 + chunks) * PRICE.invocation
    + (sending + pages * PAGE_SECONDS) * GIGABYTES * PRICE.gigabyteSecond;
  return { seconds, dollars };
}

/** What the model starts from, for docs/scale.md. */
export function priceTable(): string {
  const perMillion = (price: number) => `$${Number((price * 1e6).toPrecision(6))} per million`;
  const rows = [
    ['API Gateway, a message of up to 32 KB', perMillion(PRICE.delivery)],
    ['DynamoDB on demand, reading 4 KB consistently', perMillion(PRICE.readUnit)],
    ['DynamoDB on demand, writing 1 KB', perMillion(PRICE.writeUnit)],
    ['SQS standard, a request of up to 64 KB', perMillion(PRICE.queueRequest)],
    ['Lambda on arm64, a gigabyte-second', `$${PRICE.gigabyteSecond}`],
    ['Lambda, an invocation', perMillion(PRICE.invocation)],
  ];
  return ['| price | us-east-1 |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
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
