import { statSync } from 'node:fs';
import { median, round, type Figure } from './figure';
import type { Output } from './output';
import { PACE_LIFTED, SUBJECTS, type Run, type Stage, type Subject } from './stage';
import type { Table } from './table';

/**
 * Number of measurements of each size; the subjects take turns. The naive one takes 10 s at the largest. A process has posted 10,000
 * messages before the broadcast that is measured, or posts 100,000 in it: a fifth of its CPU compiles its code before that.
 */
const SIZES = [
  { recipients: 1_000, warmUps: 10, rounds: 5 },
  { recipients: 10_000, warmUps: 1, rounds: 3 },
  { recipients: 100_000, warmUps: 0, rounds: 2 },
] as const;
/** The table also shows its cost. */
const YOUNG = { recipients: 1_000, warmUps: 2, rounds: 5 } as const;

/**
 * Memory is compared between processes that have delivered as much: V8's young generation grows with what has survived its
 * collections since the process began, up to a bound that Lambda sets, whatever the recipients of one broadcast are.
 */
const [SMALL, LARGE] = [1_000, 100_000];

interface Size {
  readonly recipients: number;
  readonly warmUps: number;
  readonly rounds: number;
}

interface Measured {
  readonly cpuMicrosPerDelivery: number;
  readonly wallMillis: number;
  readonly megabytes: number;
  readonly accepted: number;
  readonly highestInFlight: number;
  readonly perSecond: number;
}

/** CPU, wall time and memory of broadcasts in a warm environment, with the pace lifted. */
export async function benchDelivery(stage: Stage, { progress, show }: Output): Promise<Figure[]> {
  const measured = new Map<number, Record<Subject, Measured>>();
  for (const size of SIZES) measured.set(size.recipients, await measure(stage, size, progress));
  const young = await measure(stage, YOUNG, progress);
  progress(`memory of ${LARGE / SMALL} broadcasts to ${SMALL}`);
  const aged = await stage.run('ours', { recipients: SMALL, warmUps: LARGE / SMALL - 1 });
  show(deliveryTable([
    ...[...measured].map(([recipients, all]) => [String(recipients), all] as const),
    [`${YOUNG.recipients}, third broadcast of a process`, young],
  ], megabytesOf(aged)));
  show({
    title: 'Size of what is deployed',
    head: ['bundle', 'KB'],
    rows: SUBJECTS.map((subject) => [subject, (statSync(stage.bundles[subject]).size / 1000).toFixed(0)]),
  });
  const at = (recipients: number) => measured.get(recipients)!;
  const ratios = (to: Subject) => SIZES.map(({ recipients }) => at(recipients).ours.cpuMicrosPerDelivery / at(recipients)[to].cpuMicrosPerDelivery);
  return [
    ...SIZES.map(({ recipients }, index) => ({
      name: `CPU per delivery at ${recipients}, against the naive one`, value: ratios('naive')[index], atLeast: 0.2, aim: 0.08,
    })),
    ...SIZES.map(({ recipients }, index) => ({
      name: `CPU per delivery at ${recipients}, against the floor`, value: ratios('floor')[index], atLeast: 2, aim: 1.35,
    })),
    {
      name: `peak memory of one broadcast to ${LARGE}, against ${LARGE / SMALL} to ${SMALL}`,
      value: at(LARGE).ours.megabytes / megabytesOf(aged),
      atLeast: 1.3,
      aim: 1.1,
    },
  ];
}

async function measure(stage: Stage, { recipients, warmUps, rounds }: Size, progress: Output['progress']): Promise<Record<Subject, Measured>> {
  const runs: Record<Subject, Run[]> = { ours: [], naive: [], floor: [] };
  for (let round_ = 0; round_ < rounds; round_++) {
    for (const subject of SUBJECTS) {
      progress(`delivery to ${recipients}: ${subject}, ${round_ + 1} of ${rounds}`);
      runs[subject].push(await stage.run(subject, { recipients, warmUps }));
    }
  }
  return { ours: summary(runs.ours), naive: summary(runs.naive), floor: summary(runs.floor) };
}

function summary(runs: readonly Run[]): Measured {
  const of = (value: (run: Run) => number) => median(runs.map(value));
  return {
    cpuMicrosPerDelivery: of(({ settled, accepted }) => settled.cpuMicros / accepted),
    wallMillis: of(({ settled }) => settled.settledAt - settled.startedAt),
    megabytes: of(megabytesOf),
    accepted: of(({ accepted }) => accepted),
    highestInFlight: of(({ highestInFlight }) => highestInFlight),
    perSecond: of(({ times }) => (times.length * 1000) / Math.max(1, times[times.length - 1] - times[0])),
  };
}

function megabytesOf({ settled }: Run): number {
  return settled.maxRssKilobytes / 1024;
}

function deliveryTable(measured: ReadonlyArray<readonly [string, Record<Subject, Measured>]>, agedMegabytes: number): Table {
  return {
    title: `Delivery over TLS, pace lifted (${PACE_LIFTED}/s), warm; the naive one stops at its first page`,
    head: ['recipients, broadcaster', 'delivered', 'CPU µs each', '× floor', 'wall ms', 'peak MB', 'in flight', 'per second'],
    rows: [
      ...measured.flatMap(([recipients, all]) => SUBJECTS.map((subject) => {
        const { accepted, cpuMicrosPerDelivery, wallMillis, megabytes, highestInFlight, perSecond } = all[subject];
        return [
          `${recipients}, ${subject}`, String(accepted), round(cpuMicrosPerDelivery), round(cpuMicrosPerDelivery / all.floor.cpuMicrosPerDelivery),
          round(wallMillis), round(megabytes), String(highestInFlight), perSecond.toFixed(0),
        ];
      })),
      [`${LARGE / SMALL} times ${SMALL}, ours`, String(LARGE), '', '', '', round(agedMegabytes), '', ''],
    ],
  };
}
