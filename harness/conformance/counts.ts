import { METRIC } from '../../src/private/contract';

/** Counts of a broadcast. */
export type Counts = Record<keyof typeof METRIC, number>;

/** The counts in the one line of embedded metrics that a broadcast writes; undefined when there is none, or more. */
export function countsOf(output: string): Counts | undefined {
  const lines = output.split('\n').filter((line) => line.includes('"_aws"'));
  if (lines.length !== 1) return undefined;
  const metrics = JSON.parse(lines[0]) as Record<string, number | readonly number[]>;
  return Object.fromEntries(Object.entries(METRIC).map(([name, metric]) => [name, [metrics[metric]].flat()[0]])) as Counts;
}
