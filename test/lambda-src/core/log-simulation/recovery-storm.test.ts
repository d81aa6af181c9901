import { Audit, SimulatedTable } from './simulated-table';
import { TableConnection } from './table-connection';
import { VirtualClock } from '../../../../harness/virtual-clock';
import { LogReader, type LogPage } from '../../../../lambda-src/core/log/log-reader';
import { LOG_RULES } from '../../../../lambda-src/core/log/log-rules';
import { bytesOf, LogThrottledError, type EntryPage, type EntryRange, type LogName, type Origin } from '../../../../lambda-src/core/log/log-table';
import { LogWriter } from '../../../../lambda-src/core/log/log-writer';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';
import { Process } from '../simulation/process';
import { Random } from '../simulation/random';

/*
 * Many clients come back at once. The table refuses requests like DynamoDB: above 3,000 read units of one partition in a second, without
 * credit from quieter seconds.
 */
const CHANNEL = '*';
const CLIENTS = 5_000;
const MISSED = 50;
const ENVIRONMENTS = 8;
const UNITS_PER_SECOND = 3_000;
/** New connections that API Gateway accepts by its default quota. */
const CONNECTIONS_PER_SECOND = 500;
const TEXT = 'x'.repeat(200);

/** Read units by partition and second. */
class Ration {
  units = 0;
  throttled = 0;
  private readonly taken = new Map<string, number>();

  constructor(private readonly clock: VirtualClock) {}

  take(partition: string, bytes: number): void {
    const units = Math.max(1, Math.ceil(bytes / 4_096));
    const second = `${partition} ${Math.floor(this.clock.now() / 1_000)}`;
    const taken = (this.taken.get(second) ?? 0) + units;
    if (taken > UNITS_PER_SECOND) {
      this.throttled++;
      throw new LogThrottledError(new Error(`${partition} was read too often`));
    }
    this.taken.set(second, taken);
    this.units += units;
  }

  get most(): number {
    return Math.max(...this.taken.values());
  }
}

class RationedTable extends TableConnection {
  ration?: Ration;

  async origin(channel: string): Promise<Origin | undefined> {
    this.ration?.take(channel, 0);
    return super.origin(channel);
  }

  async entries(log: LogName, range: EntryRange): Promise<EntryPage> {
    const page = await super.entries(log, range);
    this.ration?.take(`${log.channel}#${log.epoch}`, page.entries.reduce((sum, entry) => sum + bytesOf(entry), 0));
    return page;
  }
}

/** Lets all clients come back within a time; a refused one asks again after 1 to 6 s. */
async function comeBack(withinMillis: number) {
  const [clock, random] = [new VirtualClock(), new Random(1)];
  const table = new SimulatedTable(new Audit(), () => undefined);
  const weather = { clock, timeouts: 0, isCalm: true, throttledUntil: 0 };
  const environments = Array.from({ length: ENVIRONMENTS }, () => {
    const process = new Process(clock, random, { skew: 0, lateness: 0 });
    const connection = new RationedTable(table, process, random, weather, 1_000);
    const options = {
      table: connection,
      clock: { now: () => process.clock.now(), monotonic: () => clock.now() },
      rules: LOG_RULES,
      cache: new TailCache(),
      retentionSeconds: 3_600,
      newEpoch: () => 'e',
    };
    return { connection, writer: new LogWriter(options), reader: new LogReader({ ...options, maxMessages: 10_000 }) };
  });
  for (let n = 0; n < MISSED; n++) {
    void environments[0].writer.append(CHANNEL, { id: `m${n}`, sentAt: 0, text: TEXT }, Infinity);
    await clock.run();
  }
  const ration = new Ration(clock);
  for (const { connection } of environments) connection.ration = ration;
  let complete = 0;
  const read = async (reader: LogReader): Promise<LogPage> => {
    for (;;) {
      try {
        return await reader.read(CHANNEL, { since: 0, epoch: 'e' }, { bytes: 28_000, sizeOf: bytesOf });
      } catch (error) {
        if (!(error instanceof LogThrottledError)) throw error;
        await clock.sleep(random.between(1_000, 6_000));
      }
    }
  };
  for (let n = 0; n < CLIENTS; n++) {
    clock.after((n * withinMillis) / CLIENTS, () => void read(environments[n % ENVIRONMENTS].reader).then(({ recovered, more, entries }) => {
      if (recovered && !more && entries.length === MISSED) complete++;
    }));
  }
  await clock.run();
  return { complete, throttled: ration.throttled, units: ration.units / CLIENTS, most: ration.most };
}

test('at the rate of new connections that API Gateway allows, 5,000 clients recover all they missed, and the table throttles none', async () => {
  const { complete, throttled, units, most } = await comeBack((CLIENTS / CONNECTIONS_PER_SECOND) * 1_000);
  expect([complete, throttled]).toEqual([CLIENTS, 0]);
  expect(units).toBeLessThanOrEqual(1.1);
  expect(most).toBeLessThanOrEqual(UNITS_PER_SECOND / 4);
}, 60_000);

test('when all come in one instant, the table throttles some, and all recover within seconds', async () => {
  const { complete, throttled, units, most } = await comeBack(0);
  expect(throttled).toBeGreaterThan(CLIENTS - UNITS_PER_SECOND - 1);
  expect(most).toBe(UNITS_PER_SECOND);
  expect(complete).toBe(CLIENTS);
  expect(units).toBeLessThanOrEqual(2);
}, 60_000);
