import { availableParallelism, loadavg } from 'node:os';
import { figuresTable, type Figure } from './figure';
import { asMarkdown, type Table } from './table';

/** The machine of a run and its load: from other things at the beginning, and including the run at the end. */
export function machine(loadBefore: number): string {
  const now = loadavg()[0].toFixed(1);
  return `${availableParallelism()} processors, a load of ${loadBefore.toFixed(1)} from other things as it began and of ${now}, its own included, as it ended`;
}

export interface Measured {
  /** The file that the report is written to. */
  readonly file: string;
  /** The benches that were run; all of them when there is none. */
  readonly names: readonly string[];
  readonly machine: string;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
}

const ABOUT_HANDLERS = [
  'Every figure is a ratio within this one run, or a share of the pace: trust those, not the milliseconds. *Ours* are the handlers as they are',
  'shipped; *naive* is a broadcaster written the way tutorials do (one Scan, `Promise.all`, one SDK command each, bundled with the default',
  'settings); the *floor* is raw TLS sockets, unsigned, whose answers nobody parses. Each runs in a process of its own, under the Node.js and',
  'the flags of Lambda; the endpoint, over TLS, in another. [ADR 006](adr/006-what-the-bench-shows.md) says what stops the aims that are missed.',
];

const ABOUT_HISTORY = [
  '',
  'Those of the [history](history.md) are counted at the table, an embedded DynamoDB: reservations, requests, read units. Times are ratios',
  'within this run; the database is one process, which is what more writers wait for. Clients come back without API Gateway in between. Lifted are',
  'its 500 new connections per second, the `throttle` of the stage and `messageRateLimit`, as well as the concurrency of Lambda: each process is one',
  'execution environment, which has all its invocations one after the other.',
];

const ABOUT_BATCHES = [
  '',
  'Those of [messages that share frames](batches.md) come from a virtual clock: the planning, packing, pacing and delivering that is shipped, between',
  'queues, a table and an API Gateway whose times are assumed. They do not depend on the machine. What arrives faster than the rate delivers waits, and',
  'is too old after five minutes: there the latencies are those of the first messages only. Messages have 200 bytes, some 350 in their envelopes.',
  '',
  'Those over TLS were measured: the shipped function, two processes that plan and four that deliver, sends to an endpoint in a process of its own, which',
  'keeps every frame. The bench then looks for each message at each recipient. Trust the ratio, and the messages a frame. Where less than the whole pace was',
  'reached, the machine is the limit, and what else runs on it: all processes share its processors. On AWS each function has its own. The naive handler is',
  'that of [the other measurements](bench.md), in one environment; on AWS messages that come at once have one each, until the quota of requests is used up.',
];

const ABOUT_CHANNELS = [
  '',
  'Those of [channels](channels.md): requests and read units are counted at the tables, an embedded DynamoDB. CPU is that of the process of a handler; the',
  'subjects take turns, so that other work of the machine meets all of them, and the figures are ratios of their medians. A function of 256 MB has',
  '256/1,769 of a vCPU: its time is the measured CPU divided by that share, and 10 ms for each round trip to the tables.',
];

const ABOUT_LOCAL = [
  '',
  'Those of the [local runner](local.md) are other ones: how long a developer waits, on the machine of this run, with the construct as it is',
  'shipped in it; and what is left of 10,000 connections that came, sent, received and closed, counted before and after.',
];

/** A run as a page of the documentation. */
export function reportOf({ file, names, machine: on, figures, tables }: Measured): string {
  const command = [`npm run bench -- --report ${file}`, ...names].join(' ');
  const has = (...benches: string[]) => names.length === 0 || benches.some((bench) => names.includes(bench));
  return [
    `<!-- Written by ${command} -->`,
    '# What was measured',
    '',
    `On ${new Date().toISOString().slice(0, 10)}, with Node.js ${process.version}, ${on}.`,
    ...(has('cold', 'delivery', 'pace', 'fanout', 'synth') ? ABOUT_HANDLERS : []),
    ...(has('local') ? ABOUT_LOCAL : []),
    ...(has('history') ? ABOUT_HISTORY : []),
    ...(has('batches') ? ABOUT_BATCHES : []),
    ...(has('channels') ? ABOUT_CHANNELS : []),
    '',
    'To repeat it, on a machine that does nothing else:',
    '',
    `    npm ci && npx projen bundle && ${command}`,
    '',
    ...[figuresTable(figures), ...tables].map(asMarkdown),
  ].join('\n');
}
