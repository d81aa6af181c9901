import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { CHANNEL, type WriterOptions, type WriterReport } from './protocol';
import { RandomReader } from './reader';
import { Children, kill } from '../../../../harness/children';
import { startDatabase, type Database } from '../../../../harness/database';
import { createHistoryTable } from '../../../../harness/history-table';
import { HistoryTable } from '../../../../lambda-src/aws/history-table';

const TABLE = 'history';
const EPOCH = 'first';

export interface StressOptions {
  readonly writers: number;
  readonly messages: number;
  readonly readers: number;
  /** Appends that each process has under way at once. */
  readonly atOnce: number;
  /** @default 0 */
  readonly torn?: number;
  /** Writers that are killed during their work, and replaced. @default 0 */
  readonly kills?: number;
  /** Called now and then with the progress. */
  readonly progress?: (placed: number) => void;
}

export interface StressResult {
  readonly placed: number;
  readonly reservesPerMessage: number;
  readonly seconds: number;
  readonly last: number;
  readonly torn: number;
  readonly late: number;
  readonly reconnects: number;
  /** Messages that are missing, doubled or out of order: none, if the log is correct. */
  readonly faults: readonly string[];
}

/** Many processes append to one channel of an embedded database while others read it. */
export async function stress(options: StressOptions): Promise<StressResult> {
  const database = await startDatabase();
  const children = new Children();
  try {
    await createHistoryTable(database.client, TABLE);
    return await new Stress(options, database, children).run();
  } finally {
    await children.stop();
    await database.stop();
  }
}

class Stress {
  private readonly placed = new Map<string, number>();
  private readonly last = new Map<ChildProcess, WriterReport>();
  private readonly finished: Promise<void>[] = [];
  private killsLeft: number;
  private started = 0;

  constructor(private readonly options: StressOptions, private readonly database: Database, private readonly children: Children) {
    this.killsLeft = options.kills ?? 0;
  }

  async run(): Promise<StressResult> {
    const { writers, messages, readers: count } = this.options;
    const begun = Date.now();
    let isOver = false;
    const readers = Array.from({ length: count }, () => new RandomReader(this.database.client, TABLE, Math.random, EPOCH));
    const table = new HistoryTable(this.database.client, TABLE);
    await table.createOrigin(CHANNEL, EPOCH, Date.now());
    const reading = Promise.all(readers.map((reader) => reader.run(() => isOver)));
    // Their results do not matter once a writer has failed.
    reading.catch(() => undefined);
    for (let n = 0; n < writers; n++) this.start(Math.ceil(messages / writers));
    for (let n = 0; n < this.finished.length; n++) await this.finished[n];
    isOver = true;
    await reading;
    const reports = [...this.last.values()];
    const sum = (of: (report: WriterReport) => number) => reports.reduce((total, report) => total + of(report), 0);
    return {
      placed: this.placed.size,
      reservesPerMessage: sum(({ reserves }) => reserves) / this.placed.size,
      seconds: (Date.now() - begun) / 1_000,
      last: (await table.origin(CHANNEL))!.last,
      torn: sum(({ torn }) => torn),
      late: sum(({ late }) => late),
      reconnects: readers.reduce((total, { reconnects }) => total + reconnects, 0),
      faults: readers.flatMap((reader, n) => this.faultsOf(reader).map((fault) => `reader ${n} ${fault}`)),
    };
  }

  private start(messages: number): void {
    const name = `w${this.started++}`;
    const { atOnce, torn = 0 } = this.options;
    const options: WriterOptions = { endpoint: this.database.endpoint, tableName: TABLE, name, messages, atOnce, torn };
    const child = this.children.start(this.children.bundle(join(__dirname, 'writer.ts')), { args: [JSON.stringify(options)], env: {} });
    let placed = 0;
    let output = '';
    child.stderr!.on('data', (chunk) => (output += String(chunk)));
    const finished = new Promise<void>((resolve, reject) => {
      child.on('message', (report: WriterReport) => {
        for (const [id, position] of report.placed) this.placed.set(id, position);
        placed += report.placed.length;
        this.last.set(child, report);
        this.options.progress?.(this.placed.size);
        if (report.isDone) {resolve();} else if (this.killsLeft > 0 && placed > messages / 3) {
          this.killsLeft--;
          void kill(child).then(() => this.start(messages - placed)).then(resolve);
        }
      });
      child.once('exit', (code, signal) => {
        if (signal !== 'SIGKILL' && code !== 0) reject(new Error(`${name} ended with ${code}: ${output.slice(0, 2_000)}`));
      });
    });
    finished.catch(() => undefined);
    this.finished.push(finished);
  }

  private faultsOf(reader: RandomReader): string[] {
    const handed = new Map(reader.handed.map(({ id, position }) => [id, position]));
    const missing = [...this.placed.keys()].filter((id) => !handed.has(id));
    const late = [...this.last.values()].reduce((total, report) => total + report.late, 0);
    return [
      ...reader.faults,
      ...missing.slice(0, 3).map((id) => `lacks ${id}, which was placed at ${this.placed.get(id)}`),
      ...(missing.length > 3 ? [`lacks ${missing.length} in all`] : []),
      ...(reader.duplicates > late ? [`met ${reader.duplicates} messages twice, of which ${late} were late`] : []),
    ];
  }
}
