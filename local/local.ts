import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from './assembly/assembly';
import { QueueSource } from './events/queue-source';
import { Schedule } from './events/schedule';
import { Gateway } from './gateway/gateway';
import { gatewayLimits } from './gateway/limits';
import { LambdaFunction } from './lambda/function';
import type { Invoke } from './lambda/invoke';
import { Reaper } from './lambda/reaper';
import { formatEvent, type LocalEvent, type Log } from './log';
import type { ApiModel } from './model/apis';
import { readApp, type AppModel } from './model/app';
import { withLocalEndpoints } from './model/endpoints';
import type { FunctionModel } from './model/functions';
import { staticPage } from './page';
import { Queues } from './queues/queues';
import { Database } from './tables/database';

export interface LocalOptions {
  /** The cloud assembly directory: `cdk.out`. */
  readonly assembly: string;
  /**
   * Port of the first API; each further one gets the next.
   * @default 0, any that is free
   */
  readonly port?: number;
  /** A directory of static files to serve beside the first API. */
  readonly serve?: string;
  /**
   * How many times faster than on AWS connections go idle and reach their maximum age, and schedules fire.
   * @default 1
   */
  readonly timeScale?: number;
  /** Receives everything that happens, as a line for a person and as it is. */
  readonly log?: (line: string, event: LocalEvent) => void;
}

/** One stage of a WebSocket API, being served. */
export interface LocalApi {
  /** Construct path of the API. */
  readonly path: string;
  readonly logicalId: string;
  readonly stage: string;
  /** Where clients connect: `ws://127.0.0.1:{port}/{stage}`. */
  readonly url: string;
  /** Endpoint for a client of the @connections API: `http://127.0.0.1:{port}/{stage}`. */
  readonly callbackUrl: string;
}

export interface Local {
  readonly apis: readonly LocalApi[];
  /** Endpoint for a DynamoDB client; any credentials will do. */
  readonly dynamoDbEndpoint: string;
  /** Names of the tables by their logical ids. */
  readonly tables: Readonly<Record<string, string>>;
  /** Endpoint for an SQS client; any credentials will do. */
  readonly sqsEndpoint: string;
  /** URLs of the queues by their logical ids. */
  readonly queues: Readonly<Record<string, string>>;
  /** Address of the static page, told where the first API is. */
  readonly page?: string;
  /** What the assembly holds that matters and is not emulated. */
  readonly notices: readonly string[];
  /** Ends every connection, process and server. */
  stop(): Promise<void>;
}

/** Serves the WebSocket APIs of a cloud assembly on this machine. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const log: Log = (event) => options.log?.(formatEvent(event, new Date()), event);
  const cleanup = new Cleanup();
  try {
    const scratch = mkdtempSync(join(tmpdir(), 'broadcast-local-'));
    cleanup.add(() => rmSync(scratch, { recursive: true, force: true }));
    const app = readApp(readAssembly(options.assembly), defaultEnvironment(), scratch);
    const database = await Database.start(app.tables);
    cleanup.add(() => database.stop());
    const queues = await Queues.start(app.queues, log);
    cleanup.add(() => queues.stop());
    const gateways = await listen(app.apis, options, log, cleanup);
    const invoke = startFunctions(app, { database, queues, gateways }, log, cleanup);
    for (const { gateway } of gateways) gateway.start(invoke);
    startEvents(app, queues, invoke, options, log, cleanup);
    const apis = gateways.flatMap(({ api, gateway }) => addresses(api, gateway.port));
    return {
      apis,
      dynamoDbEndpoint: database.endpoint,
      tables: Object.fromEntries(app.tables.map(({ logicalId, name }) => [logicalId, name])),
      sqsEndpoint: queues.endpoint,
      queues: Object.fromEntries(app.queues.map((model) => [model.logicalId, queues.urlOf(model)])),
      page: options.serve === undefined ? undefined : `http://127.0.0.1:${gateways[0].gateway.port}/?url=${apis[0].url}`,
      notices: app.notices,
      stop: () => cleanup.run(),
    };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

interface Served {
  readonly api: ApiModel;
  readonly gateway: Gateway;
}

async function listen(apis: readonly ApiModel[], options: LocalOptions, log: Log, cleanup: Cleanup): Promise<Served[]> {
  const limits = gatewayLimits(options.timeScale);
  const page = options.serve === undefined ? undefined : staticPage(options.serve);
  const served: Served[] = [];
  for (const [index, api] of apis.filter(({ stages }) => stages.length > 0).entries()) {
    const gateway = await Gateway.listen({ api, limits, log, fallback: index === 0 ? page : undefined }, options.port ? options.port + index : 0);
    cleanup.add(() => gateway.stop());
    served.push({ api, gateway });
  }
  return served;
}

interface Services {
  readonly database: Database;
  readonly queues: Queues;
  readonly gateways: readonly Served[];
}

function startFunctions(app: AppModel, { database, queues, gateways }: Services, log: Log, cleanup: Cleanup): Invoke {
  const reaper = new Reaper();
  cleanup.add(() => reaper.stop());
  const variables = { AWS_ENDPOINT_URL_DYNAMODB: database.endpoint, AWS_ENDPOINT_URL_SQS: queues.endpoint };
  const endpoints = { apis: gateways.map(({ api: { apiId }, gateway: { port } }) => ({ apiId, port })), sqs: queues.endpoint };
  const local = (model: FunctionModel): FunctionModel => ({
    ...model,
    variables: Object.fromEntries(Object.entries(model.variables).map(([name, value]) => [name, withLocalEndpoints(value, endpoints)])),
  });
  const functions = new Map(app.functions.map((model) => [model.name, new LambdaFunction(local(model), variables, reaper, log)]));
  cleanup.add(async () => void await Promise.all([...functions.values()].map((lambda) => lambda.stop())));
  return async (name, event) => functions.get(name)?.invoke(event)
    ?? { ok: false, errorType: 'ResourceNotFoundException', errorMessage: `function ${name} is not run here` };
}

function startEvents(app: AppModel, queues: Queues, invoke: Invoke, { timeScale = 1 }: LocalOptions, log: Log, cleanup: Cleanup): void {
  const sources = app.eventSources.flatMap((model) => {
    const queue = queues.find(model.queueArn);
    return queue ? [new QueueSource(model, queue, invoke, log)] : [];
  });
  const schedules = app.schedules.map((model) => new Schedule({ model, invoke, findQueue: (arn) => queues.find(arn), log, timeScale }));
  // Batches under way are not waited for: their functions are ended next.
  cleanup.add(() => { for (const running of [...sources, ...schedules]) running.stop(); });
}

function addresses({ path, logicalId, stages }: ApiModel, port: number): LocalApi[] {
  return stages.map(({ name }) => ({
    path,
    logicalId,
    stage: name,
    url: `ws://127.0.0.1:${port}/${name}`,
    callbackUrl: `http://127.0.0.1:${port}/${name}`,
  }));
}

/** Where the CDK takes stacks to be that do not say it themselves. */
export function defaultEnvironment(): { account: string; region: string } {
  const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return { account: CDK_DEFAULT_ACCOUNT ?? '000000000000', region: CDK_DEFAULT_REGION ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1' };
}

/** What has to be undone, the newest first, once. */
class Cleanup {
  private readonly steps: (() => unknown)[] = [];
  private done?: Promise<void>;

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.done ??= (async () => {
      for (const step of this.steps.reverse()) await step();
    })();
    return this.done;
  }
}
