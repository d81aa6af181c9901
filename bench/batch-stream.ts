import { setTimeout as sleep } from 'node:timers/promises';
import { benchNaive } from './batch-naive';
import { median, round, type Figure } from './figure';
import type { Output } from './output';
import { received } from './received';
import type { Stage } from './stage';
import type { Table } from './table';
import { ids } from '../harness/conformance/cases/build';
import type { BatchSettings } from '../harness/workers';
import type { Outgoing } from '../local/queues/message';
import { PUBLISH, QUOTA, TUNING, type MessageFormatName } from '../src/private/contract';
import { LAYER_ENV } from '../src/private/layer-contract';

/*
 * Messages that arrive at a steady rate, delivered by the shipped functions in processes of their own to an endpoint in another, over TLS:
 * the same pace with shared frames and without, in one run.
 */

const RECIPIENTS = 1_000;
const ANSWER_MILLIS = 20;
const SECONDS = 8;
/** The settings take turns, so that what else the machine does meets all of them. */
const TURNS = 3;
const TEXT = 'x'.repeat(200);
/** Messages are sent in steps of so long. */
const STEP_MILLIS = 10;
const RATE = QUOTA.requestsPerSecond / 2;
/** 5,000 messages delivered per second without shared frames; the figure with them is 250,000. */
const LEAST_RATIO = 50;

interface Mode {
  readonly name: string;
  readonly messagesPerSecond: number;
  readonly batches: BatchSettings;
  readonly env: Readonly<Record<string, string>>;
}

const SHARED = { batches: { batchSize: 1_000, windowSeconds: 1 }, env: { [LAYER_ENV.sharedFrames]: 'true' } } as const;
/** A frame each takes the whole pace at 5 messages a second to 1,000; so do shared frames, at 94 times as many. */
const MODES: readonly Mode[] = [
  { name: 'a frame each', messagesPerSecond: RATE / RECIPIENTS, batches: { batchSize: TUNING.publicQueueBatch, windowSeconds: 0 }, env: {} },
  { name: 'frames of 1,000, window 1 s', messagesPerSecond: 260, ...SHARED },
  { name: 'frames of 1,000, window 1 s', messagesPerSecond: 470, ...SHARED },
];

interface Measured {
  readonly deliveredPerSecond: number;
  readonly framesPerSecond: number;
  readonly messagesPerFrame: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** Deliveries that were lost or came again, and pairs in the wrong order within a frame. */
  readonly wrong: number;
  /** Share of the frames that came after a later one. */
  readonly overtaken: number;
  /** CPU of the functions for each message and recipient. */
  readonly handlerNanosEach: number;
  /** Processors that each used. */
  readonly handlerCpus: number;
  readonly endpointCpus: number;
}

/** Medians of the turns; what must not be, of all of them. */
function summary(turns: readonly Measured[]): Measured {
  const of = (name: keyof Measured) => median(turns.map((turn) => turn[name]));
  return {
    deliveredPerSecond: of('deliveredPerSecond'),
    framesPerSecond: of('framesPerSecond'),
    messagesPerFrame: of('messagesPerFrame'),
    p50Millis: of('p50Millis'),
    p99Millis: of('p99Millis'),
    wrong: turns.reduce((sum, { wrong }) => sum + wrong, 0),
    overtaken: of('overtaken'),
    handlerNanosEach: of('handlerNanosEach'),
    handlerCpus: of('handlerCpus'),
    endpointCpus: of('endpointCpus'),
  };
}

export async function benchStream(stage: Stage, output: Output): Promise<Figure[]> {
  const { progress, show } = output;
  const turns: Measured[][] = MODES.map(() => []);
  for (let turn = 1; turn <= TURNS; turn++) {
    for (const [nth, mode] of MODES.entries()) {
      progress(`${mode.messagesPerSecond} messages a second to ${RECIPIENTS} over TLS, ${turn} of ${TURNS}: ${mode.name}`);
      turns[nth].push(await measure(stage, mode));
    }
  }
  const runs = MODES.map((mode, nth) => ({ ...mode, ...summary(turns[nth]) }));
  show(tableOf(runs));
  const [alone, ...shared] = runs;
  const best = {
    deliveredPerSecond: Math.max(...shared.map(({ deliveredPerSecond }) => deliveredPerSecond)),
    handlerNanosEach: Math.min(...shared.map(({ handlerNanosEach }) => handlerNanosEach)),
  };
  return [
    {
      name: 'over TLS: messages delivered per second in shared frames, against a frame each',
      value: best.deliveredPerSecond / alone.deliveredPerSecond,
      atLeast: LEAST_RATIO,
      aim: 90,
      isMore: true,
    },
    {
      name: 'over TLS: CPU of the functions for each message delivered, against a frame each',
      value: best.handlerNanosEach / alone.handlerNanosEach,
      atLeast: 0.05,
      aim: 0.025,
    },
    {
      name: 'over TLS: messages per second at the whole default pace, computed from the measured messages per frame',
      value: Math.max(...shared.map(atFullPace)),
      atLeast: LEAST_RATIO * RATE,
      aim: 400_000,
      isMore: true,
    },
    ...await benchNaive(stage, output, { recipients: RECIPIENTS, latencyMillis: ANSWER_MILLIS }, best),
    { name: 'over TLS: deliveries that were lost, came again, or were out of order in their frame', value: runs.reduce((sum, { wrong }) => sum + wrong, 0), atLeast: 0, aim: 0 },
  ];
}

/** Messages delivered per second if the machine carries the whole pace. */
function atFullPace({ messagesPerFrame }: Measured): number {
  return messagesPerFrame * RATE;
}

async function measure(stage: Stage, mode: Mode): Promise<Measured> {
  const recipients = ids(RECIPIENTS);
  const messages = mode.messagesPerSecond * SECONDS;
  const sentAt: number[] = [];
  const publish = async (send: (message: Outgoing) => void) => {
    const start = Date.now();
    while (sentAt.length < messages) {
      const due = Math.min(messages, Math.floor(((Date.now() - start) / 1_000) * mode.messagesPerSecond) + 1);
      while (sentAt.length < due) {
        sentAt.push(Date.now());
        send(messageAt(sentAt.length, sentAt[sentAt.length - 1]));
      }
      await sleep(STEP_MILLIS);
    }
  };
  const report = await stage.stream({ recipients, latencyMillis: ANSWER_MILLIS, batches: mode.batches, env: mode.env, publish });
  if (report.refused.length > 0) throw new Error(`the endpoint refused: ${report.refused[0]}`);
  const { lost, repeated, disordered, overtaken, doneAt } = received(report, messages, recipients);
  const seconds = (report.times[report.times.length - 1] - report.times[0]) / 1_000;
  const latencies = [...doneAt].map(([position, at]) => at - sentAt[position - 1]).sort((a, b) => a - b);
  const frames = report.posts.length;
  return {
    deliveredPerSecond: (messages * RECIPIENTS) / seconds,
    framesPerSecond: frames / seconds,
    messagesPerFrame: (messages * RECIPIENTS) / frames,
    p50Millis: latencies[Math.floor(latencies.length / 2)],
    p99Millis: latencies[Math.floor(latencies.length * 0.99)],
    wrong: lost + repeated + disordered,
    overtaken: overtaken / frames,
    handlerNanosEach: (report.handlerMicros * 1_000) / (messages * RECIPIENTS),
    handlerCpus: report.handlerMicros / 1e6 / seconds,
    endpointCpus: report.cpuMicros / 1e6 / seconds,
  };
}

/** A message as the message handler puts it on its queue: in its envelope, with its position. */
function messageAt(position: number, sentAt: number): Outgoing {
  const id = String(position).padStart(22, '0');
  const attributes = { [PUBLISH.id]: id, [PUBLISH.sentAt]: String(sentAt), [PUBLISH.format]: 'RAW' satisfies MessageFormatName };
  return {
    body: JSON.stringify({ type: 'message', id, from: 'L0SM9cOFvHcCIhw=', sentAt, message: TEXT, position }),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }])),
    systemAttributes: {},
  };
}

function tableOf(runs: readonly (Mode & Measured)[]): Table {
  return {
    title: `Measured over TLS, to ${RECIPIENTS} at the default pace of ${RATE} frames per second, ${SECONDS} s of arrivals, medians of ${TURNS}, an answer takes ${ANSWER_MILLIS} ms`,
    head: [
      'frames', 'arrivals/s', 'delivered/s', 'against a frame each', 'frames/s', 'of the pace', 'messages a frame', 'at the whole pace, computed', 'p50 ms', 'p99 ms',
      'lost, twice or out of order', 'frames after a later one', 'CPU µs of the functions, each', 'processors: functions', 'endpoint',
    ],
    rows: runs.map((run) => [
      run.name, String(run.messagesPerSecond), run.deliveredPerSecond.toFixed(0), round(run.deliveredPerSecond / runs[0].deliveredPerSecond),
      run.framesPerSecond.toFixed(0), `${round((100 * run.framesPerSecond) / RATE)} %`, round(run.messagesPerFrame), atFullPace(run).toFixed(0),
      run.p50Millis.toFixed(0), run.p99Millis.toFixed(0), String(run.wrong),
      `${round(run.overtaken * 100)} %`, round(run.handlerNanosEach / 1_000), round(run.handlerCpus), round(run.endpointCpus),
    ]),
  };
}
