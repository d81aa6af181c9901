import { availableParallelism, loadavg } from 'node:os';
import { figuresTable, type Figure } from './figure';
import { asMarkdown, type Table } from './table';

/** The machine of a run and its load: from other things at the beginning, and including the run at the end. */
export function machine(loadBefore: number): string {
  const now = loadavg()[0].toFixed(1);
  return `${availableParallelism()} processors, a load of ${loadBefore.toFixed(1)} before the run and of ${now} at its end, the run included`;
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
  'Every figure is a ratio within this one run, or a share of the pace (the delivery rate): trust those, not the milliseconds. *Ours* are the handlers as',
  'they are shipped. *Naive* is a broadcaster as tutorials write it: one Scan, `Promise.all`, one SDK command for each connection, bundled with the',
  'default settings. The *floor* is raw TLS sockets that send unsigned requests and do not parse the answers. Each of them runs in its own process, with',
  'the Node.js and the flags of Lambda. The endpoint, over TLS, runs in another process. [ADR 006](adr/006-what-the-bench-shows.md) explains why some',
  'aims are missed.',
];

const ABOUT_HISTORY = [
  '',
  'The figures of the [history](history.md) are counted at the table, an embedded DynamoDB: reservations, requests and read units. Times are ratios',
  'within this run; the database is one process, which slows down several writers at once. Clients come back without API Gateway in between. So these',
  'limits do not apply: its 500 new connections per second, the `throttle` of the stage, `messageRateLimit`, and the concurrency of Lambda. Each process',
  'is one execution environment, which handles all its invocations one after the other.',
];

const ABOUT_BATCHES = [
  '',
  'The figures of [messages that share frames](batches.md) come from a virtual clock, unless they say "over TLS". The shipped code plans, packs, paces',
  'and delivers, between queues, a table and an API Gateway whose times are assumed. These figures do not depend on the machine. Messages that arrive',
  'faster than the rate can deliver them have to wait, and are dropped as too old after five minutes: for such loads, the latencies are those of the',
  'first messages only. A message has 200 bytes, about 350 with its envelope.',
  '',
  'Those over TLS were measured: the shipped functions, in two processes that plan and four that deliver, send to an endpoint in its own process, which',
  'keeps every frame. The bench then looks for each message at each recipient. Trust the ratios and the messages per frame. Where a run did not reach the',
  'whole pace, the machine was the limit: all processes share its processors, with everything else that runs on it. On AWS each function has its own. The',
  'naive handler is the one of [the other measurements](bench.md), in one execution environment. On AWS, messages that arrive at the same time have an',
  'environment each, until the quota of requests is used up.',
];

const ABOUT_CHANNELS = [
  '',
  'For [channels](channels.md), requests and read units are counted at the tables, an embedded DynamoDB. CPU is that of the handler\'s process. The',
  'handlers that are compared take turns, so that other work on the machine affects all of them, and the figures are ratios of their medians. A function',
  'of 256 MB has 256/1,769 of a vCPU: its time is calculated as the measured CPU divided by that share, plus 10 ms for each round trip to the tables.',
];

const ABOUT_LOCAL = [
  '',
  'The figures of the [local runner](local.md) measure other things: how long a developer waits, on the machine of this run, with the construct as it is',
  'shipped; and what is left of 10,000 connections that were opened, sent a message, received it and were closed. Processes, files, rows and memory are',
  'counted before and after.',
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
    'To repeat the run, on a machine that does nothing else:',
    '',
    `    npm ci && npx projen bundle && ${command}`,
    '',
    ...[figuresTable(figures), ...tables].map(asMarkdown),
  ].join('\n');
}
