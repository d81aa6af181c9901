import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addressesOf, byLogicalId, deadLettersLast, httpAddressesOf } from './addresses';
import { refuseErrors } from './assembly/annotations';
import { readAssembly } from './assembly/assembly';
import { parseEndpoint } from './aws/forward';
import { defaultEnvironment } from './default-environment';
import { LocalError, messageOf } from './errors';
import { Inspector } from './inspector/inspector';
import type { Log } from './log';
import { readApp, type AppModel } from './model/app';
import { withCallbackAddress } from './model/callback-address';
import { startParts, type Parts, type PartsOptions } from './parts';
import type { GivenValues } from './template/stored-values';
import type { Claims } from './tokens/issuers';
import type { Local, LocalOptions } from './types';

export type RunnerOptions = Omit<PartsOptions, 'endpoint'> & Pick<LocalOptions, 'awsEndpoint'>;

/** Serves an app, as last loaded. */
export class Runner {
  static async start(assembly: string, { awsEndpoint, ...options }: RunnerOptions): Promise<Runner> {
    const endpoint = awsEndpoint === undefined ? undefined : parseEndpoint(awsEndpoint);
    const { scratch, log, parameters, secrets } = options;
    const loader = new Loader(scratch, log, { parameters, secrets, awsEndpoint: endpoint?.href });
    const app = await loader.load(assembly);
    let current = () => app;
    const parts = await startParts(app, () => current(), { ...options, endpoint });
    const runner = new Runner(app, loader, options, parts);
    current = () => runner.app;
    await runner.apply();
    const { gateways, functions, store, database, clients } = parts;
    gateways.start(functions.invoke);
    store?.start({ call: database.call, clients: () => clients.list() });
    await clients.buryFormer();
    await runner.startInspector();
    return runner;
  }

  private inspector?: Inspector;

  private constructor(
    private app: AppModel,
    private readonly loader: Loader,
    private readonly options: RunnerOptions,
    private readonly parts: Parts,
  ) {}

  /** Applies a cloud assembly. Connections stay open, tables and queues keep their content. */
  async reload(assembly: string): Promise<void> {
    const app = await this.loader.load(assembly);
    const { database, store } = this.parts;
    await database.apply(app.tables);
    await store?.load(database.call, app.tables);
    this.parts.queues.apply(app.queues);
    const before = this.describe();
    this.app = app;
    await this.apply();
    const after = this.describe();
    const { log } = this.options;
    for (const { path, url } of [...after.apis, ...after.httpApis]) {
      if (![...before.apis, ...before.httpApis].some((api) => api.url === url)) log({ source: path, event: 'reload', detail: `served at ${url}` });
    }
    for (const notice of after.notices) {
      if (!before.notices.includes(notice)) log({ source: 'local', event: 'reload', detail: notice });
    }
  }

  /** Directories of code that runs, or may run next. */
  get codeDirectories(): string[] {
    return this.parts.functions.directories;
  }

  describe(): Omit<Local, 'reload' | 'stop' | 'setFaults' | 'token'> {
    const { app: { tables, notices }, parts } = this;
    const queues = deadLettersLast(this.app.queues);
    const apis = parts.gateways.served.flatMap(({ api, port }) => addressesOf(api, port));
    const [{ url }] = apis;
    return {
      url,
      apis,
      httpApis: parts.httpApis.served.flatMap(({ api, port }) => httpAddressesOf(api, port)),
      dynamoDbEndpoint: parts.database.endpoint,
      tables: byLogicalId(tables, ({ name }) => name),
      sqsEndpoint: parts.queues.endpoint,
      queues: byLogicalId(queues, (model) => parts.queues.urlOf(model)),
      queuePaths: byLogicalId(queues, ({ path }) => path),
      outputs: this.app.outputs,
      page: this.options.serve === undefined ? undefined : `http://${new URL(url).host}/?url=${url}`,
      inspector: this.inspector?.url,
      faultSeed: this.options.faults.seed,
      notices,
    };
  }

  token(claims?: Claims): string {
    return this.parts.issuers.token(claims);
  }

  private async startInspector(): Promise<void> {
    const { parts: { gateways, queues, database: { call } }, options: { feed, inspector, log, port, cleanup } } = this;
    if (!feed) return;
    const where = typeof inspector === 'number' ? { port: inspector, isPortFlexible: false } : { port: port ? port - 1 : 0, isPortFlexible: true };
    this.inspector = await Inspector.start({ ...where, feed, gateways, queues, app: () => this.app, call, log });
    cleanup.add(() => this.inspector?.stop());
  }

  private async apply(): Promise<void> {
    const { app, parts: { gateways, httpApis, functions, buses, topics, triggers } } = this;
    await gateways.apply(app.apis);
    functions.apply(app.functions.map((model) => withCallbackAddress(model, gateways.served)));
    await httpApis.apply(app.httpApis);
    topics.apply(app.topics, app.subscriptions);
    buses.apply(app.rules);
    triggers.apply(app);
  }
}

/** Reads cloud assemblies, each with its own directory for inline code. */
class Loader {
  private loaded = 0;

  constructor(private readonly scratch: string, private readonly log: Log, private readonly given: GivenValues) {}

  async load(assembly: string): Promise<AppModel> {
    this.loaded++;
    const code = join(this.scratch, `code-${this.loaded}`);
    mkdirSync(code);
    try {
      const stacks = readAssembly(assembly);
      const annotations = stacks.flatMap((stack) => stack.annotations);
      refuseErrors(annotations);
      for (const { path, text } of annotations) this.log({ source: path, event: 'warning', detail: text });
      return await readApp(stacks, defaultEnvironment(), code, this.given);
    } catch (error) {
      if (error instanceof LocalError) throw error;
      throw new LocalError(`'${assembly}' is not a cloud assembly that the CDK would write: ${messageOf(error)}; run \`cdk synth\` again`);
    }
  }
}
