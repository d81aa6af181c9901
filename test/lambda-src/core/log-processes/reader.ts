import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CHANNEL, RETENTION_SECONDS } from './protocol';
import { HistoryTable } from '../../../../lambda-src/aws/history-table';
import { LogReader } from '../../../../lambda-src/core/log/log-reader';
import { LOG_RULES } from '../../../../lambda-src/core/log/log-rules';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';

/** A client that reads the whole log as it grows, reconnects at random, and continues from an answer that it kept. */
export class RandomReader {
  readonly handed: { readonly id: string; readonly position: number }[] = [];
  /** Messages whose id it had received before: a second position of the same message. */
  duplicates = 0;
  reconnects = 0;
  readonly faults: string[] = [];
  private readonly ids = new Set<string>();
  /** Its position; it begins before the first message, however late its first answer comes. */
  private since: { readonly position: number; readonly epoch: string };

  constructor(private readonly client: DynamoDBClient, private readonly tableName: string, private readonly random: () => number, epoch: string) {
    this.since = { position: 0, epoch };
  }

  get position(): number {
    return this.since.position;
  }

  /** Reads until there is nothing more and `isOver` returns true. */
  async run(isOver: () => boolean): Promise<void> {
    let reader = this.connect();
    for (;;) {
      const wasOver = isOver();
      const page = await reader.read(CHANNEL, { since: this.since.position, epoch: this.since.epoch }, { bytes: 28 * 1024, sizeOf: () => 150 });
      if (this.random() < 0.1) {
        // The answer is lost with the connection; another environment answers the next one.
        reader = this.connect();
        this.reconnects++;
        if (this.random() < 0.3) await sleep(this.random() * 500);
        continue;
      }
      if (!page.recovered) this.faults.push(`was told at ${this.position} that something is lost`);
      for (const { position, message } of page.entries) this.hand(position, message!.id);
      this.since = { position: page.position, epoch: page.epoch };
      if (!page.more && wasOver) return;
      // A reader that has everything asks rarely: the database is for the writers.
      await sleep(page.wait === undefined ? this.random() * (page.more ? 20 : 400) : page.wait * (1 + this.random() / 5));
    }
  }

  private connect(): LogReader {
    return new LogReader({
      table: new HistoryTable(this.client, this.tableName),
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      rules: LOG_RULES,
      cache: new TailCache(),
      retentionSeconds: RETENTION_SECONDS,
      maxMessages: 1_000_000,
      newEpoch: () => 'from-a-reader',
    });
  }

  private hand(position: number, id: string): void {
    const last = this.handed.at(-1)?.position ?? 0;
    if (position <= last) this.faults.push(`was handed ${position} after ${last}`);
    if (this.ids.has(id)) {
      this.duplicates++;
      return;
    }
    this.ids.add(id);
    this.handed.push({ position, id });
  }
}
