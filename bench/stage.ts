import { join } from 'node:path';
import { Children } from '../harness/children';
import { ids, rowsOf } from '../harness/conformance/cases/build';
import { REGION } from '../harness/credentials';
import { Endpoint } from '../harness/endpoint/endpoint';
import type { Report } from '../harness/endpoint/protocol';
import { messageEvent } from '../harness/events';
import { Handler } from '../harness/handler/handler';
import type { Settled } from '../harness/handler/protocol';
import { naiveBundle } from '../harness/naive-bundle';
import { ROOT } from '../harness/root';
import { selfSigned, type KeyAndCertificate } from '../harness/self-signed';
import { shippedBundle } from '../harness/shipped-bundle';
import { Tables } from '../harness/table/table';
import { Workers, type BatchSettings } from '../harness/workers';
import type { Outgoing } from '../local/queues/message';
import { DEFAULT, ENV, TUNING, type MessageFormatName } from '../src/private/contract';
import { LAYER_ENV } from '../src/private/layer-contract';

export const SUBJECTS = ['ours', 'naive', 'floor'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Milliseconds that the endpoint takes for each answer. */
export const LATENCY_MILLIS = 5;
/** No pace at all, for what is to be measured without it. */
export const PACE_LIFTED = '1000000';

export interface Run {
  readonly settled: Settled;
  readonly initCpuMicros: number;
  /** From the start of loading the handler to the first message at the endpoint, less the time between loading and the invocation. */
  readonly firstPostMillis: number;
  /** Messages that the endpoint took. */
  readonly accepted: number;
  readonly highestInFlight: number;
  /** When each request arrived, in epoch milliseconds. */
  readonly times: readonly number[];
}

export interface RunOptions {
  readonly recipients: number;
  /** Invocations before the one that is measured. */
  readonly warmUps?: number;
  /** Milliseconds that the endpoint takes for each answer. @default LATENCY_MILLIS */
  readonly latencyMillis?: number;
  /** Environment of the message handler. Without it the pace is lifted. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface FanOutOptions {
  readonly workers: number;
  readonly recipients: number;
  readonly latencyMillis: number;
  /** Environment of the delivery handler. */
  readonly env: Readonly<Record<string, string>>;
}

export interface StreamOptions {
  readonly recipients: readonly string[];
  readonly latencyMillis: number;
  readonly batches: BatchSettings;
  /** Environment of the delivery handler. */
  readonly env: Readonly<Record<string, string>>;
  /** Sends messages as they come, each in its envelope with its position. */
  readonly publish: (send: (message: Outgoing) => void) => Promise<void>;
}

export interface Stream extends Report {
  /** CPU of all invocations. */
  readonly handlerMicros: number;
}

/** The endpoints, tables and bundles of a bench, over TLS. */
export class Stage {
  static async start(): Promise<Stage> {
    const ours = shippedBundle('message-handler');
    const children = new Children();
    const identity = await selfSigned();
    const tls = { key: children.write('key.pem', identity.key), cert: children.write('cert.pem', identity.cert) };
    const endpoint = await Endpoint.start(children, { region: REGION, stage: '/prod', tls });
    return new Stage(children, await Tables.start(identity), endpoint, tls.cert, identity, ours);
  }

  readonly bundles: Readonly<Record<Subject, string>>;
  private readonly tableNames = new Map<string, string>();

  private constructor(
    readonly children: Children,
    private readonly tables: Tables,
    private readonly endpoint: Endpoint,
    private readonly certificate: string,
    /** Of the servers that handlers trust. */
    readonly identity: KeyAndCertificate,
    ours: string,
  ) {
    this.bundles = {
      ours,
      naive: naiveBundle(children),
      floor: children.bundle(join(ROOT, 'bench', 'floor', 'sockets.ts')),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.children.stop(), this.tables.stop()]);
  }

  /** Addresses that handlers send to. */
  get endpointUrl(): string {
    return this.endpoint.url;
  }

  /** Environment with which a handler trusts the endpoint. */
  get trust(): Readonly<Record<string, string>> {
    return { NODE_EXTRA_CA_CERTS: this.certificate };
  }

  /** From now on the endpoint takes every message. */
  async acceptAll(): Promise<void> {
    await this.endpoint.play({ others: [{ status: 200, afterMillis: LATENCY_MILLIS }], checkEvery: 100 });
  }

  /** One broadcast in a new execution environment. */
  async run(subject: Subject, options: RunOptions): Promise<Run> {
    const { endpoint } = this;
    const { recipients, warmUps = 0, latencyMillis = LATENCY_MILLIS, env = { DELIVERY_RATE_LIMIT: PACE_LIFTED } } = options;
    const handler = await Handler.start(this.children, {
      bundle: this.bundles[subject],
      tableName: await this.tableOf(subject, recipients),
      tableEndpoint: this.tables.endpoint,
      callbackUrl: endpoint.url,
      env: { NODE_EXTRA_CA_CERTS: this.certificate, ...env },
    });
    const event = subject === 'floor' ? { recipients } : messageEvent({ connectionId: 'sender', messageId: 'bench', text: 'hello '.repeat(10) });
    // Checking every signature would make the endpoint slower than what it measures.
    const play = () => endpoint.play({ others: [{ status: 200, afterMillis: latencyMillis }], checkEvery: subject === 'floor' ? 0 : 100 });
    try {
      await play();
      for (let warmUp = 0; warmUp < warmUps; warmUp++) await handler.invoke(event, 120_000);
      await play();
      const { settled, output } = await handler.invoke(event, 120_000);
      if (!settled || settled.error) throw new Error(`${subject} failed with ${recipients} recipients: ${settled?.error?.message ?? output}`);
      const { accepted, highestInFlight, times, refused } = await endpoint.report('times');
      if (refused.length > 0) throw new Error(`${subject} was refused: ${refused[0]}`);
      const firstPostMillis = handler.initMillis + times.reduce((first, time) => Math.min(first, time), Infinity) - settled.startedAt;
      return { settled, initCpuMicros: handler.initCpuMicros, firstPostMillis, accepted, highestInFlight, times };
    } finally {
      await handler.stop();
    }
  }

  /** One broadcast that was planned before, delivered by workers in processes of their own. */
  async fanOut({ workers: count, recipients, latencyMillis, env }: FanOutOptions): Promise<Pick<Run, 'times' | 'highestInFlight'> & { readonly megabytes: number }> {
    const { endpoint } = this;
    const workers = await Workers.start(this.children, {
      bundle: shippedBundle('delivery-handler'),
      count,
      tableName: await this.tableOf('ours', recipients),
      tableEndpoint: this.tables.endpoint,
      callbackUrl: endpoint.url,
      env: { NODE_EXTRA_CA_CERTS: this.certificate, ...env },
    });
    try {
      await endpoint.play({ others: [{ status: 200, afterMillis: latencyMillis }], checkEvery: 100 });
      await workers.plan('hello '.repeat(10));
      await workers.deliver();
      const { accepted, times, highestInFlight, refused } = await endpoint.report('times');
      if (accepted !== recipients || refused.length > 0) throw new Error(`the workers delivered ${accepted} of ${recipients}: ${refused[0] ?? ''}`);
      return { times, highestInFlight, megabytes: Math.max(...workers.settled.map(({ maxRssKilobytes }) => maxRssKilobytes / 1024)) };
    } finally {
      await workers.stop();
    }
  }

  /** Messages that come one after the other on the queue of those that have a position, delivered as `FanOut.queued` does by default. */
  async stream({ recipients, latencyMillis, batches, env, publish }: StreamOptions): Promise<Stream> {
    const { endpoint } = this;
    const workers = await Workers.start(this.children, {
      bundle: shippedBundle('layered-delivery-handler'),
      count: DEFAULT.workers,
      planners: TUNING.publicQueueConcurrency,
      tableName: await this.tables.create(rowsOf(recipients)),
      tableEndpoint: this.tables.endpoint,
      callbackUrl: endpoint.url,
      env: {
        ...this.trust,
        [ENV.messageFormat]: 'ENVELOPE' satisfies MessageFormatName,
        [ENV.maxMessageBytes]: String(DEFAULT.messageBytes),
        [LAYER_ENV.messageQueueArn]: Workers.messageQueueArn,
        ...env,
      },
    });
    try {
      await endpoint.play({ others: [{ status: 200, afterMillis: latencyMillis }], checkEvery: 100 });
      await workers.follow(batches, publish);
      if (workers.deadLetters > 0) throw new Error(`${workers.deadLetters} messages ended in the dead-letter queue`);
      return { ...await endpoint.report('bodies'), handlerMicros: workers.cpuMicros };
    } finally {
      await workers.stop();
    }
  }

  /** Each broadcaster has tables of its own: ours leaves the item of the shared rate in them. */
  private async tableOf(subject: Subject, recipients: number): Promise<string> {
    const key = `${subject} ${recipients}`;
    const name = this.tableNames.get(key) ?? await this.tables.create(subject === 'floor' ? [] : rowsOf(ids(recipients)));
    this.tableNames.set(key, name);
    return name;
  }
}
