import { median, round, type Figure } from './figure';
import type { Output } from './output';
import type { Run, Stage } from './stage';

const ROUNDS = 7;
const RECIPIENTS = 100;

/** CPU of loading a handler and of the first broadcast of a new environment, and the time until its first message. */
export async function benchCold(stage: Stage, { progress, show }: Output): Promise<Figure[]> {
  const runs = { ours: [] as Run[], naive: [] as Run[] };
  for (let turn = 0; turn < ROUNDS; turn++) {
    progress(`first broadcast of a new environment: ${turn + 1} of ${ROUNDS}`);
    for (const subject of ['ours', 'naive'] as const) runs[subject].push(await stage.run(subject, { recipients: RECIPIENTS }));
  }
  const init = (subject: 'ours' | 'naive') => median(runs[subject].map(({ initCpuMicros }) => initCpuMicros / 1000));
  const first = (subject: 'ours' | 'naive') => median(runs[subject].map(({ settled }) => settled.cpuMicros / 1000));
  const post = (subject: 'ours' | 'naive') => median(runs[subject].map(({ firstPostMillis }) => firstPostMillis));
  show({
    title: `A new environment and its first broadcast, to ${RECIPIENTS} recipients`,
    head: ['broadcaster', 'init CPU ms', 'broadcast CPU ms', 'time from the start to the first message, ms'],
    rows: (['ours', 'naive'] as const).map((subject) => [subject, round(init(subject)), round(first(subject)), round(post(subject))]),
  });
  return [
    { name: 'CPU of the first broadcast, init apart, against the naive one', value: first('ours') / first('naive'), atLeast: 0.6, aim: 0.35 },
    { name: 'init CPU, against the naive one', value: init('ours') / init('naive'), atLeast: 0.7, aim: 0.5 },
    { name: 'time from a cold start to the first message, against the naive one', value: post('ours') / post('naive'), atLeast: 0.7, aim: 0.55 },
  ];
}
