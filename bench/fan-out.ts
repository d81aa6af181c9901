import { round, type Figure } from './figure';
import type { Output } from './output';
import { LATENCY_MILLIS as USUAL_LATENCY_MILLIS, PACE_LIFTED, type Stage } from './stage';
import type { Table } from './table';
import { rateOverrun } from '../harness/conformance/rate';

const RECIPIENTS = 20_000;
const LATENCY_MILLIS = 50;
const IN_FLIGHT = 32;
const WORKERS = [1, 2, 4, 8] as const;

/** The default of `FanOut.queued`. */
const DEFAULT_WORKERS = 4;
const MANY = 100_000;
/** The default of the region that the handlers are run in. */
const RATE = 5_000;
/** In any window w, at most rate × (w + this). */
const GRACE_SECONDS = 0.25;

interface Delivered {
  readonly seconds: number;
  readonly megabytes: number;
  /** Sends in the busiest second. */
  readonly peak: number;
  readonly highestInFlight: number;
}

/** A broadcast that is planned already, delivered by so many workers; and one at the default pace. */
export async function benchFanOut(stage: Stage, { progress, show }: Output): Promise<Figure[]> {
  const delivered = new Map<number, Delivered>();
  for (const workers of WORKERS) {
    progress(`fan-out to ${RECIPIENTS}: ${workers} workers`);
    const run = await stage.fanOut({
      workers, recipients: RECIPIENTS, latencyMillis: LATENCY_MILLIS, env: { DELIVERY_RATE_LIMIT: PACE_LIFTED, MAX_IN_FLIGHT: String(IN_FLIGHT) },
    });
    delivered.set(workers, { ...run, seconds: secondsOf(run.times), peak: busiestSecond(run.times) });
  }
  progress(`fan-out to ${MANY} at the default pace, which takes ${MANY / RATE} s at best`);
  const paced = await stage.fanOut({ workers: DEFAULT_WORKERS, recipients: MANY, latencyMillis: USUAL_LATENCY_MILLIS, env: {} });
  const share = (paced.times.length - 1) / secondsOf(paced.times) / RATE;
  const ahead = rateOverrun(paced.times, RATE);
  show(tableOf(delivered));
  show({
    title: `Queued fan-out to ${MANY} at the default pace, ${RATE} per second, ${DEFAULT_WORKERS} workers`,
    head: ['', 'ours'],
    rows: [
      ['per second', (share * RATE).toFixed(0)],
      ['busiest second', String(busiestSecond(paced.times))],
      ['most sends ahead of the rate', ahead.toFixed(0)],
      ['peak MB of a worker', round(paced.megabytes)],
    ],
  });
  return [
    { name: 'queued fan-out: 8 workers, against 1', value: delivered.get(1)!.seconds / delivered.get(8)!.seconds, atLeast: 6, aim: 7.5, isMore: true },
    { name: 'queued fan-out: share of the default pace used', value: share, atLeast: 0.95, aim: 0.99, isMore: true, unit: '%' },
    { name: 'queued fan-out: sends over the default pace', value: Math.max(0, Math.ceil(ahead - RATE * GRACE_SECONDS)), atLeast: 0, aim: 0 },
  ];
}

function tableOf(delivered: ReadonlyMap<number, Delivered>): Table {
  const one = delivered.get(1)!;
  return {
    title: `Queued fan-out to ${RECIPIENTS}, pace lifted, ${LATENCY_MILLIS} ms a send, ${IN_FLIGHT} in flight for each worker`,
    head: ['workers', 'seconds', 'speed-up', 'busiest second', 'of what is possible', 'in flight', 'peak MB of a worker'],
    rows: [...delivered].map(([workers, { seconds, peak, highestInFlight, megabytes }]) => [
      String(workers), round(seconds), round(one.seconds / seconds), String(peak),
      `${round((peak / ((workers * IN_FLIGHT * 1_000) / LATENCY_MILLIS)) * 100)} %`, String(highestInFlight), round(megabytes),
    ]),
  };
}

/** From the first send to the last. */
function secondsOf(times: readonly number[]): number {
  return (times[times.length - 1] - times[0]) / 1_000;
}

function busiestSecond(times: readonly number[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last] - times[first] >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
