import { Audit, SimulatedTable } from './simulated-table';
import { TableConnection } from './table-connection';
import { VirtualClock } from '../../../../harness/virtual-clock';
import { LogReader } from '../../../../lambda-src/core/log/log-reader';
import { LOG_RULES } from '../../../../lambda-src/core/log/log-rules';
import { LogWriter } from '../../../../lambda-src/core/log/log-writer';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';
import { Process } from '../simulation/process';
import { Random } from '../simulation/random';

/* Number of reservations per message at the highest rate of a channel, with readers that seal, and clocks that differ. */
const CHANNEL = '*';
const SECONDS = 5;
const RETENTION_SECONDS = 3_600;

interface Load {
  readonly writers: number;
  readonly messagesPerSecond: number;
  readonly readsPerSecond: number;
}

/** A channel under load: messages come evenly, and each writer and reader is an environment with its own clock. */
class LoadedChannel {
  readonly clock = new VirtualClock();
  readonly audit = new Audit();
  readonly random = new Random(1);
  readonly table = new SimulatedTable(this.audit, () => undefined);
  private readonly weather = { clock: this.clock, timeouts: 0, isCalm: true, throttledUntil: 0 };

  environment(n: number) {
    const { clock, random } = this;
    // One clock is late by the largest difference, the next is early.
    const process = new Process(clock, random, { skew: [-5_000, 5_000][n] ?? random.integer(-5_000, 5_000), lateness: 0 });
    const options = {
      table: new TableConnection(this.table, process, random, this.weather, 250),
      clock: { now: () => process.clock.now(), monotonic: () => clock.now() },
      rules: LOG_RULES,
      cache: new TailCache(),
      retentionSeconds: RETENTION_SECONDS,
      newEpoch: () => 'e',
    };
    return { writer: new LogWriter(options), reader: new LogReader({ ...options, maxMessages: 10_000 }) };
  }

  every(perSecond: number, happen: (n: number) => void): void {
    for (let n = 0; n < SECONDS * perSecond; n++) this.clock.after((n * 1_000) / perSecond, () => happen(n));
  }
}

async function reservesPerMessage(load: Load): Promise<number> {
  const channel = new LoadedChannel();
  const environments = Array.from({ length: load.writers }, (_, n) => channel.environment(n));
  const readers = Array.from({ length: 4 }, (_, n) => channel.environment(n));
  let placed = 0;
  channel.every(load.messagesPerSecond, (n) => {
    const { writer } = environments[n % environments.length];
    void writer.append(CHANNEL, { id: `m${n}`, sentAt: 0, text: '' }, Infinity).then(() => placed++);
  });
  channel.every(load.readsPerSecond, (n) => {
    const { reader } = readers[n % readers.length];
    const origin = channel.table.origin(CHANNEL, channel.clock.now());
    const since = origin && Math.max(0, origin.last - 30);
    void reader.read(CHANNEL, { since, epoch: origin?.epoch }, { bytes: 28_000, sizeOf: () => 100 });
  });
  await channel.clock.run();
  const messages = SECONDS * load.messagesPerSecond;
  expect(placed).toBe(messages);
  return channel.audit.reserves / messages;
}

/** Counts attempts to append without tickets: by a conditional put at the end, and another look when a faster writer wins. */
async function attemptsByCompareAndSet({ writers, messagesPerSecond }: Pick<Load, 'writers' | 'messagesPerSecond'>): Promise<number> {
  const channel = new LoadedChannel();
  const { clock, random } = channel;
  const ends = new Array<number>(writers).fill(0);
  let [end, attempts] = [0, 0];
  const append = async (n: number) => {
    for (;;) {
      const expected = ends[n % writers];
      attempts++;
      await clock.sleep(random.between(1, 9));
      const isMine = end === expected;
      if (isMine) end++;
      ends[n % writers] = end;
      await clock.sleep(random.between(1, 9));
      if (isMine) return;
    }
  };
  channel.every(messagesPerSecond, (n) => void append(n));
  await clock.run(clock.now() + 2 * SECONDS * 1_000);
  return attempts / (SECONDS * messagesPerSecond);
}

test.each<[string, Load, number]>([
  ['alone', { writers: 1, messagesPerSecond: 50, readsPerSecond: 50 }, 1.05],
  ['8 writers at 1,000 messages a second', { writers: 8, messagesPerSecond: 1_000, readsPerSecond: 300 }, 2],
])('%s: few reservations a message', async (_what, load, most) => {
  expect(await reservesPerMessage(load)).toBeLessThanOrEqual(most);
}, 60_000);

test('mutant: an append by compare-and-set takes more than two attempts a message, at a fraction of that rate', async () => {
  expect(await attemptsByCompareAndSet({ writers: 8, messagesPerSecond: 100 })).toBeGreaterThan(2);
}, 60_000);
