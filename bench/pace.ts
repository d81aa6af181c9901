import type { Figure } from './figure';
import type { Output } from './output';
import type { Stage } from './stage';
import { rateOverrun } from '../harness/conformance/rate';

const RECIPIENTS = 20_000;
/** The default of the region that the handlers are run in. */
const RATE = 5_000;
/** Sends of each broadcast that need no share of the rate. */
const FREE_SENDS = 20;
/** In any window w, at most rate × (w + this). */
const GRACE_SECONDS = 0.25;

/** Shows how much of the default pace is used, and that it is never exceeded. */
export async function benchPace(stage: Stage, { progress, show }: Output): Promise<Figure[]> {
  progress(`a backlog of ${RECIPIENTS} at the default pace`);
  const { times, highestInFlight } = await stage.run('ours', { recipients: RECIPIENTS, warmUps: 0, env: {} });
  const paced = times.slice(FREE_SENDS);
  const seconds = (paced[paced.length - 1] - paced[0]) / 1000;
  const share = (paced.length - 1) / seconds / RATE;
  const over = Math.max(0, Math.ceil(rateOverrun(times, RATE) - RATE * GRACE_SECONDS - FREE_SENDS));
  show({
    title: `The default pace, ${RATE} per second, under a backlog of ${RECIPIENTS}`,
    head: ['', 'ours'],
    rows: [
      ['per second', (share * RATE).toFixed(0)],
      ['highest in flight', String(highestInFlight)],
      ['most sends ahead of the rate', rateOverrun(times, RATE).toFixed(0)],
    ],
  });
  return [
    { name: 'share of the default pace used under a backlog', value: share, atLeast: 0.95, aim: 0.99, isMore: true, unit: '%' },
    { name: 'sends over the default pace', value: over, atLeast: 0, aim: 0 },
  ];
}
