import { performance } from 'node:perf_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CHANNEL, RETENTION_SECONDS, type WriterOptions, type WriterReport } from './protocol';
import { HistoryTable } from '../../../../lambda-src/aws/history-table';
import { LOG_LIMIT } from '../../../../lambda-src/core/log/log-limits';
import { LOG_RULES } from '../../../../lambda-src/core/log/log-rules';
import type { Entry, LogName, Origin } from '../../../../lambda-src/core/log/log-table';
import { LogWriter } from '../../../../lambda-src/core/log/log-writer';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';

/* A process that appends messages, the requested number at once, and leaves a reservation empty now and then. */
const options = JSON.parse(process.argv[2]) as WriterOptions;

class CountingTable extends HistoryTable {
  reserves = 0;
  late = 0;
  private readonly asked = new Map<number, number>();

  async reserve(...given: Parameters<HistoryTable['reserve']>): Promise<Origin | undefined> {
    const asked = performance.now();
    const origin = await super.reserve(...given);
    if (origin) this.reserves++;
    if (origin) this.asked.set(origin.last + 1, asked);
    return origin;
  }

  async fill(log: LogName, entry: Entry): Promise<Entry | undefined> {
    const found = await super.fill(log, entry);
    if (!found && performance.now() - this.asked.get(entry.position)! > LOG_LIMIT.appendWindowMillis) this.late++;
    this.asked.delete(entry.position);
    return found;
  }
}

const client = new DynamoDBClient({ endpoint: options.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
const table = new CountingTable(client, options.tableName);
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const writer = new LogWriter({
  table, clock, rules: LOG_RULES, cache: new TailCache(), retentionSeconds: RETENTION_SECONDS, newEpoch: () => `${options.name}-${process.pid}`,
});

let placed: [string, number][] = [];
let torn = 0;
let next = 0;

function report(isDone: boolean): void {
  const message: WriterReport = { placed, reserves: table.reserves - torn, torn, late: table.late, isDone };
  placed = [];
  process.send!(message);
}

async function lane(): Promise<void> {
  for (let n = next++; n < options.messages; n = next++) {
    const id = `${options.name}-${n}`;
    if (Math.random() < options.torn && await table.reserve(CHANNEL, 1, clock.now(), RETENTION_SECONDS)) torn++;
    const { position } = await writer.append(CHANNEL, { id, sentAt: clock.now(), text: `text of ${id}` }, Infinity);
    placed.push([id, position]);
    if (placed.length >= 20) report(false);
  }
}

void Promise.all(Array.from({ length: options.atOnce }, lane)).then(() => {
  report(true);
  process.disconnect();
});
process.on('disconnect', () => process.exit());
