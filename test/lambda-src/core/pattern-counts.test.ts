import { addresseesOf, fakeBatch, recordsOf, type BatchWorld, type Reported } from './fake-batch';
import { FakeQueue } from './fake-queue';
import { rows, status } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { handleLayeredRecords, type LayeredRecord } from '../../../lambda-src/core/layered-delivery';
import type { QueueEntry } from '../../../lambda-src/core/queue';
import { writeWorkItem } from '../../../lambda-src/core/work-item';
import { TUNING } from '../../../src/private/contract';

/* The metrics of a pattern count each recipient of its channels once, even if a message reaches them in several pieces. */

const access = { subscribe: { kind: 'anyone' }, publish: { kind: 'anyone' }, history: false } as const;
const RULES = [{ pattern: 'room:*', ...access }, { pattern: 'news', ...access }];
const to = (channel: string, attributes: Record<string, string> = {}): Partial<LayeredRecord> => ({ attributes: { to: `channel:${channel}`, ...attributes } });

interface Situation extends Pick<BatchWorld, 'answer'> {
  readonly sharesFrames?: boolean;
  readonly members?: number;
}

interface Handled {
  readonly reported: Reported[];
  /** Entries that ended in the dead-letter queue. */
  readonly dead: readonly QueueEntry[];
}

/** Handles records, and then each resulting work item in its own invocation. */
async function handle(
  given: (now: number) => readonly Partial<LayeredRecord>[], { sharesFrames, members = 10, answer }: Situation = {},
): Promise<Handled> {
  const clock = new VirtualClock();
  const deadLetters = new FakeQueue(clock);
  const pages = [rows(members, clock.now())];
  const reported: Reported[] = [];
  const pending = [recordsOf(given(clock.now()), clock.now())];
  for (let batch = pending.shift(); batch; batch = pending.shift()) {
    const { ports, queue, ...noted } = fakeBatch(clock, { pages, answer });
    const failures = await clock.runUntil(handleLayeredRecords(batch, clock.now() + 29_500, {
      ...ports,
      format: 'ENVELOPE',
      deadLetters,
      addressees: addresseesOf(RULES),
      history: { failed: () => undefined },
      ...(sharesFrames && { frames: { framed: () => undefined } }),
    }));
    expect([failures, noted.errors]).toEqual([[], []]);
    reported.push(...noted.reported);
    pending.push(...queue.entries.map(({ body }) => recordsOf([{ isWorkItem: true, body }], clock.now())));
  }
  return { reported, dead: deadLetters.entries };
}

/** Recipients by pattern, and how many of them were delivered. */
function countsOf({ reported }: Handled): Record<string, [recipients: number, delivered: number]> {
  const counts: Record<string, [number, number]> = {};
  for (const { pattern = 'none', tally } of reported) {
    const [recipients, delivered] = counts[pattern] ?? [0, 0];
    counts[pattern] = [recipients + tally.recipients, delivered + tally.delivered];
  }
  return counts;
}

describe.each([['each message in a frame of its own', false], ['messages that share frames', true]])('%s', (_, sharesFrames) => {
  test('a message that is planned in several work items', async () => {
    const handled = await handle(() => [to('room:1')], { sharesFrames, members: 2_500 });
    expect(handled.reported).toHaveLength(3);
    expect(countsOf(handled)).toEqual({ 'room:*': [2_500, 2_500] });
  });

  test('recipients that go back on the queue, and are delivered later', async () => {
    const tries = new Map<string, number>();
    const answer = (id: string) => {
      tries.set(id, (tries.get(id) ?? 0) + 1);
      return status(id.endsWith('7') && tries.get(id)! < 3 ? 429 : 200);
    };
    const handled = await handle(() => [to('room:1')], { sharesFrames, answer, members: 1_200 });
    expect(handled.reported.some(({ tally }) => tally.requeued > 0)).toBe(true);
    expect(countsOf(handled)).toEqual({ 'room:*': [1_200, 1_200] });
  });

  test('messages of one batch, to channels of several patterns and to all', async () => {
    const handled = await handle(() => [to('room:1'), to('news'), {}, to('room:2')], { sharesFrames });
    expect(countsOf(handled)).toEqual({ 'room:*': [20, 20], 'news': [10, 10], 'none': [10, 10] });
  });

  test('messages of one batch with one id, each for another pattern', async () => {
    const id = 'order-1';
    const given = [to('room:1', { id }), { attributes: { id } }, to('news', { id }), to('room:2', { id })];
    expect(countsOf(await handle(() => given, { sharesFrames }))).toEqual({ 'room:*': [20, 20], 'news': [10, 10], 'none': [10, 10] });
    const large = await handle(() => given, { sharesFrames, members: 1_500 });
    expect(countsOf(large)).toEqual({ 'room:*': [3_000, 3_000], 'news': [1_500, 1_500], 'none': [1_500, 1_500] });
  });

  test('a message that is too old', async () => {
    const { reported } = await handle((now) => [{ ...to('news'), sentAt: now - 300_000 }], { sharesFrames });
    expect(reported).toMatchObject([{ pattern: 'news', tally: { expired: 1, recipients: 0 } }]);
  });
});

const itemFor = (pattern: string, now: number, hop = 0): Partial<LayeredRecord> => {
  const body = writeWorkItem({ id: 'order-1', body: Buffer.from('text'), expiresAt: now + 60_000, recipients: rows(5, now), attempt: 0, hop });
  return { isWorkItem: true, body: `${body.slice(0, -1)},"pattern":"${pattern}"}` };
};

test('work items of one batch with one id, each for another pattern', async () => {
  expect(countsOf(await handle((now) => [itemFor('room:*', now), itemFor('news', now)]))).toEqual({ 'room:*': [5, 5], 'news': [5, 5] });
});

test('a work item that comes from the dead-letter queue', async () => {
  const { dead } = await handle((now) => [itemFor('room:*', now, TUNING.workItemHops)], { answer: () => status(429) });
  expect(dead).toHaveLength(1);
  expect(countsOf(await handle(() => [{ isWorkItem: true, body: dead[0].body }]))).toEqual({ 'room:*': [5, 5] });
});
