import { runLoad, type LoadResult } from './batch-load';
import { benchStream } from './batch-stream';
import { round, type Figure } from './figure';
import type { Output } from './output';
import { usageDollars } from './scale-model';
import type { Stage } from './stage';

/** Messages per second of 200 bytes, 349 in their envelopes with a position. */
const ARRIVALS = [1, 10, 100, 1_000, 5_000] as const;
const AUDIENCES = [100, 1_000] as const;
/** The point of the figures: 250,000 messages delivered per second to 1,000 recipients. */
const FULL_LOAD = { messagesPerSecond: 260, recipients: 1_000, seconds: 60 } as const;
const MODES = {
  'a frame each': undefined,
  'frames of 10, no window': { batchSize: 10, windowSeconds: 0 },
  'frames of 1,000, window 1 s': { batchSize: 1_000, windowSeconds: 1 },
} as const;
type Mode = keyof typeof MODES;
/** As many as the rate can deliver: 5,000 frames a second of 94 messages. */
const MOST_MESSAGES = 470;
/** A run that is long enough to show a latency, and short enough for what waits at a load that is too high. */
const HOUR_SECONDS = 3_600;
const MOST_POSTS = 400_000;
const MIN_SECONDS = 20;

/** Messages that share frames, against a frame for each: how many are delivered, how late, and for how much. */
export async function benchBatches(stage: Stage, output: Output): Promise<Figure[]> {
  return [...await benchClock(output), ...await benchStream(stage, output)];
}

/** On a virtual clock, which has the load of an hour, or one that this machine could not carry. */
async function benchClock({ progress, show }: Output): Promise<Figure[]> {
  const rows: string[][] = [];
  const latency = new Map<Mode, number>();
  for (const recipients of AUDIENCES) {
    for (const messagesPerSecond of ARRIVALS) {
      for (const mode of Object.keys(MODES) as Mode[]) {
        progress(`${messagesPerSecond} messages a second to ${recipients}: ${mode}`);
        const seconds = secondsOf(messagesPerSecond, recipients);
        const result = await runLoad({ messagesPerSecond, recipients, seconds, frames: MODES[mode] });
        rows.push([String(recipients), String(messagesPerSecond), mode, ...cellsOf(result, messagesPerSecond * seconds)]);
        if (recipients === 100 && messagesPerSecond === 1) latency.set(mode, percentile(result.latencies, 0.99));
      }
    }
  }
  show({
    title: 'Messages of 200 bytes at the default pace, virtual clock (an answer of API Gateway takes 20 ms, a queue 20 ms, the table 6 ms)',
    head: ['recipients', 'arrivals/s', 'frames', 'delivered/s', 'messages a frame', 'p50 ms', 'p99 ms', 'delivered to all', '$ per million'],
    rows,
  });
  progress('the full load, for a minute');
  const full = await runLoad({ ...FULL_LOAD, frames: MODES['frames of 1,000, window 1 s'] });
  const most = await runLoad({ ...FULL_LOAD, messagesPerSecond: MOST_MESSAGES, frames: MODES['frames of 1,000, window 1 s'] });
  return [
    { name: 'virtual clock: messages delivered per second to 1,000 recipients, in shared frames', value: full.deliveredPerSecond, atLeast: 250_000, aim: 250_000, isMore: true },
    { name: `virtual clock: the same, when ${MOST_MESSAGES} messages arrive per second`, value: most.deliveredPerSecond, atLeast: 250_000, aim: 400_000, isMore: true },
    { name: 'virtual clock: p99 of these, from publishing to the last recipient, in seconds', value: percentile(full.latencies, 0.99) / 1_000, atLeast: 2.5, aim: 2.5 },
    { name: 'virtual clock: dollars per million of these, data transfer out included', value: costOf(full), atLeast: 0.05, aim: 0.045 },
    {
      name: 'virtual clock: p99 at one message per second without a window, against a frame each',
      value: latency.get('frames of 10, no window')! / latency.get('a frame each')!,
      atLeast: 1.1,
      aim: 1,
    },
  ];
}

function secondsOf(messagesPerSecond: number, recipients: number): number {
  return Math.max(MIN_SECONDS, Math.min(HOUR_SECONDS, Math.floor(MOST_POSTS / (messagesPerSecond * recipients))));
}

function cellsOf(result: LoadResult, messages: number): string[] {
  const { latencies, deliveries, posts, deliveredPerSecond } = result;
  const shown = (share: number) => (latencies.length > 0 ? percentile(latencies, share).toFixed(0) : 'none');
  return [
    deliveredPerSecond.toFixed(0), round(deliveries / posts), shown(0.5), shown(0.99), `${round((100 * latencies.length) / messages)} %`, costOf(result).toFixed(3),
  ];
}

function costOf(result: LoadResult): number {
  return (usageDollars(result) / result.deliveries) * 1e6;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)];
}
