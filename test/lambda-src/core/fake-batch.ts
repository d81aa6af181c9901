import { FakeQueue } from './fake-queue';
import { FakeBudget, FakeRows, FakeSender, FakeSource, rows } from './fakes';
import type { VirtualClock } from '../../../harness/virtual-clock';
import type { PatternReporter } from '../../../lambda-src/core/addressed-batch';
import { AddresseeReader } from '../../../lambda-src/core/channels/addressee';
import { ChannelRules, type ChannelRule } from '../../../lambda-src/core/channels/channel-rules';
import type { Connection } from '../../../lambda-src/core/connection';
import type { LayeredRecord } from '../../../lambda-src/core/layered-delivery';
import type { Answer } from '../../../lambda-src/core/sender';
import type { Tally } from '../../../lambda-src/core/tally';

/** Surroundings of a batch from a queue. */
export interface BatchWorld {
  /** Pages of the table. @default - one of ten rows */
  readonly pages?: (readonly Connection[] | Error)[];
  /** @default - each post is accepted */
  readonly answer?: (id: string, nth: number) => Answer | 'hang';
  /** Results of putting work items on the queue. */
  readonly fate?: ConstructorParameters<typeof FakeQueue>[1];
}

/** Result of a broadcast. */
export interface Reported {
  readonly id: string;
  readonly tally: Tally;
  readonly pattern?: string;
}

/** All AWS ports of a batch, and the calls they recorded. A test adds the format of its API. */
export function fakeBatch(clock: VirtualClock, { pages = [rows(10, clock.now())], answer, fate }: BatchWorld = {}) {
  const source = new FakeSource(clock, pages);
  const sender = new FakeSender(clock, answer);
  const queue = new FakeQueue(clock, fate);
  const reported: Reported[] = [];
  const errors: [messageId: string, name: string][] = [];
  const report: PatternReporter = {
    broadcast: (id, { tally }, pattern) => void reported.push({ id, tally, pattern }),
    failed: (messageId, error) => void errors.push([messageId, error.name]),
  };
  const ports = {
    recipientsOf: () => source,
    rows: new FakeRows(clock),
    sender,
    queue,
    budget: new FakeBudget(clock),
    clock,
    random: () => 0.5,
    maxInFlight: 128,
    maxBytes: 24 * 1024,
    maxAgeMillis: 300_000,
    report,
  };
  return { ports, source, sender, queue, reported, errors };
}

/** Records of the publishers' queue, by default sent a second ago. */
export function recordsOf(records: readonly Partial<LayeredRecord>[], now: number): LayeredRecord[] {
  return records.map((record, nth) => ({
    isWorkItem: false, isPlaced: false, messageId: `m${nth}`, body: `text ${nth}`, sentAt: now - 1_000, receipts: 1, attributes: {}, ...record,
  }));
}

/** Reads targets on an API with these channels and without users. */
export function addresseesOf(rules: readonly ChannelRule[] = []): AddresseeReader {
  return new AddresseeReader(new ChannelRules(rules, false), false);
}
