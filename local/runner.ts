import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from './assembly/assembly';
import { addressesOf, byLogicalId, deadLettersLast, httpAddressesOf } from './addresses';
import { createAws } from './aws/access';
import type { Service } from './aws/door';
import { servicesOf } from './aws/services';
import type { Cleanup } from './cleanup';
import { defaultEnvironment } from './default-environment';
import { LocalError, messageOf } from './errors';
import { EventBuses } from './events/event-buses';
import { Triggers } from './events/triggers';
import type { Faults } from './faults/faults';
import type { Observe } from './gateway/connection';
import { Gateways, type GatewaysOptions } from './gateway/gateways';
import { gatewayLimits } from './gateway/limits';
import { Ports } from './gateway/ports';
import { RegionalRates } from './gateway/rates';
import { HttpApis } from './http-api/http-apis';
import type { Feed } from './inspector/feed';
import { Inspector } from './inspector/inspector';
import { Functions } from './lambda/functions';
import type { Reaper } from './lambda/reaper';
import type { Log } from './log';
import { readApp, type AppModel } from './model/app';
import { withCallbackAddress } from './model/callback-address';
import { Clients } from './persist/former-clients';
import { Store } from './persist/store';
import { Queues } from './queues/queues';
import { Database } from './tables/database';
import type { GivenValues } from './template/stored-values';
import { Issuers, type Claims } from './tokens/issuers';
import { JwtChecks } from './tokens/jwt';
import { Topics } from './topics/topics';
import type { Local, LocalOptions } from './types';

export interface RunnerOptions extends Omit<LocalOptions, 'log' | 'faults'> {
  /** Answers beside the first API. */
  readonly page?: GatewaysOptions['page'];
  /** A directory for what is written while the runner runs. */
  readonly scratch: string;
  readonly reaper: Reaper;
  readonly log: Log;
  readonly faults: Faults;
  /** With an inspector: what it shows. */
  readonly feed?: Feed;
  /** What undoes the start. */
  readonly cleanup: Cleanup;
}

interface Parts {
  readonly database: Database;
  readonly store?: Store;
  readonly queues: Queues;
  readonly gateways: Gateways;
  readonly httpApis: HttpApis;
  readonly issuers: Issuers;
  readonly functions: Functions;
  readonly buses: EventBuses;
  readonly topics: Topics;
  readonly triggers: Triggers;
}

/** Everything that serves an app: its tables, queues, front ends, functions and triggers. */
export class Runner {
  static async start(assembly: string, options: RunnerOptions): Promise<Runner> {
    const { log, cleanup, page, port = 0, timeScale = 1, checkSignatures, faults, feed } = options;
    const loader = new Loader(options.scratch, { parameters: options.parameters, secrets: options.secrets });
    const app = await loader.load(assembly);
    const store = createStore(options);
    cleanup.add(() => store?.release());
    const database = await Database.start(app.tables, { log, staleReads: faults.staleReads, onWrite: store && ((item) => store.touch(item)) });
    cleanup.add(() => database.stop());
    await store?.load(database.call, app.tables);
    const queues = await Queues.start(app.queues, log);
    cleanup.add(() => queues.stop());
    const observe: Observe | undefined = feed && ((direction, connection, data) => feed.message(direction, connection, data));
    const ports = new Ports(port);
    const rates = new RegionalRates();
    const gateways = new Gateways({ ports, rates, limits: gatewayLimits(timeScale), checkSignatures, log, faults, observe, page });
    cleanup.add(() => gateways.stop());
    const clients = new Clients(store?.formerClients() ?? [], gateways);
    // Once no function runs any more, and before the connections are closed, of which the app is not told.
    cleanup.add(() => store?.stop());
    let current = () => app;
    const issuers = new Issuers(options.issuers ?? [], () => current().issuers);
    const services = new Map<string, Service>();
    const functions = new Functions(createAws({ services, issuerHosts: issuers.hosts, scratch: options.scratch, log }), options.reaper, log);
    cleanup.add(() => functions.stop());
    const httpApis = new HttpApis({ ports, rates, tokens: new JwtChecks(issuers), invoke: functions.invoke, log });
    cleanup.add(() => httpApis.stop());
    const findApi = (id: string) => gateways.find(id) ?? httpApis.find(id);
    const findQueue = (arn: string) => queues.find(arn);
    const topics = new Topics({ invoke: functions.invoke, findQueue, log });
    const publish = (arn: string, message: string) => topics.publish(arn, { message, attributes: {} });
    const targets = { invoke: functions.invoke, findQueue, publish, log };
    const buses = new EventBuses(targets);
    const served = servicesOf({ database, queues, functions, buses, topics, findApi, issuers, stored: () => current().stored });
    for (const [name, service] of served) services.set(name, service);
    const triggers = new Triggers(queues, targets, timeScale);
    cleanup.add(() => triggers.stop());
    const runner = new Runner(app, loader, options, { database, store, queues, gateways, httpApis, issuers, functions, buses, topics, triggers });
    current = () => runner.app;
    await runner.apply();
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

  /** Serves what a cloud assembly holds now. Connections stay open, tables and queues keep what is in them. */
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

  /** Directories whose code runs, or may run next. */
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
    const { parts: { gateways, database: { call } }, options: { feed, inspector, log, port, cleanup } } = this;
    if (!feed) return;
    const where = typeof inspector === 'number' ? { port: inspector, isPortFlexible: false } : { port: port ? port - 1 : 0, isPortFlexible: true };
    this.inspector = await Inspector.start({ ...where, feed, gateways, tables: () => this.app.tables, call, log });
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

function createStore({ persist, log }: RunnerOptions): Store | undefined {
  const onFailure = (error: unknown) => log({ source: 'local', event: 'error', detail: `tables not saved: ${messageOf(error)}` });
  return persist === undefined ? undefined : new Store(persist, onFailure);
}

/** Reads cloud assemblies, each with a directory of its own for code that stands in the template. */
class Loader {
  private loaded = 0;

  constructor(private readonly scratch: string, private readonly given: GivenValues) {}

  async load(assembly: string): Promise<AppModel> {
    this.loaded++;
    const code = join(this.scratch, `code-${this.loaded}`);
    mkdirSync(code);
    try {
      return await readApp(readAssembly(assembly), defaultEnvironment(), code, this.given);
    } catch (error) {
      if (error instanceof LocalError) throw error;
      throw new LocalError(`'${assembly}' is not as the CDK writes cloud assemblies: ${messageOf(error)}; run \`cdk synth\` again`);
    }
  }
}
