import { median, round, type Figure } from './figure';
import type { Output } from './output';
import { MESSAGE_BYTES, usageDollars } from './scale-model';
import type { Stage } from './stage';

/* The broadcaster of the tutorials, for the same load: a message is a request to each recipient, from the function that took it. */

const WARM_UPS = 3;
const TURNS = 3;

/** Messages delivered in shared frames, measured in the same run. */
export interface Shared {
  readonly deliveredPerSecond: number;
  readonly handlerNanosEach: number;
}

/** One warm environment that has a message after the other: on AWS, messages that come at once have environments of their own. */
export async function benchNaive(
  stage: Stage, { progress, show }: Output, load: { readonly recipients: number; readonly latencyMillis: number }, shared: Shared,
): Promise<Figure[]> {
  const { recipients, latencyMillis } = load;
  const turns: { readonly millis: number; readonly micros: number }[] = [];
  for (let turn = 1; turn <= TURNS; turn++) {
    progress(`a message to ${recipients} over TLS by the naive handler, ${turn} of ${TURNS}`);
    const { settled, accepted } = await stage.run('naive', { recipients, warmUps: WARM_UPS, latencyMillis });
    if (accepted !== recipients) throw new Error(`the naive handler must reach ${recipients}, got: ${accepted}`);
    turns.push({ millis: settled.settledAt - settled.startedAt, micros: settled.cpuMicros });
  }
  const [millis, micros] = [median(turns.map((turn) => turn.millis)), median(turns.map((turn) => turn.micros))];
  const perSecond = (recipients * 1_000) / millis;
  const dollars = usageDollars({
    posts: recipients, bytes: recipients * MESSAGE_BYTES, invocations: 1, workerSeconds: millis / 1_000, queueRequests: 0,
  });
  show({
    title: `A tutorial's handler, over TLS, a warm environment, one message at a time to ${recipients}, an answer takes ${latencyMillis} ms`,
    head: ['delivered/s', 'messages a frame', 'p50 ms', 'CPU µs, each', '$ per million, with the memory of ours'],
    rows: [[perSecond.toFixed(0), '1', millis.toFixed(0), round(micros / recipients), ((dollars / recipients) * 1e6).toFixed(3)]],
  });
  return [
    {
      name: 'over TLS: messages delivered per second in shared frames, against one environment of the naive handler',
      value: shared.deliveredPerSecond / perSecond,
      atLeast: 10,
      aim: 50,
      isMore: true,
    },
    {
      name: 'over TLS: CPU of the functions for each message delivered, against the naive handler',
      value: (shared.handlerNanosEach * recipients) / (micros * 1_000),
      atLeast: 0.05,
      aim: 0.01,
    },
  ];
}
