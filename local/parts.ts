import { createAws } from './aws/access';
import type { Service } from './aws/door';
import { servicesOf } from './aws/services';
import type { Cleanup } from './cleanup';
import { messageOf } from './errors';
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
import { Functions } from './lambda/functions';
import type { Reaper } from './lambda/reaper';
import type { Log } from './log';
import type { AppModel } from './model/app';
import { Clients } from './persist/former-clients';
import { Store } from './persist/store';
import { Queues } from './queues/queues';
import { Database } from './tables/database';
import { Issuers } from './tokens/issuers';
import { JwtChecks } from './tokens/jwt';
import { Topics } from './topics/topics';
import type { LocalOptions } from './types';

export interface PartsOptions extends Omit<LocalOptions, 'log' | 'faults' | 'awsEndpoint'> {
  /** Serves the static page beside the first API. */
  readonly page?: GatewaysOptions['page'];
  /** Emulator for all services that are not emulated here. */
  readonly endpoint?: URL;
  /** Directory for files that the runner writes. */
  readonly scratch: string;
  readonly reaper: Reaper;
  readonly log: Log;
  readonly faults: Faults;
  /** Events for the inspector, if there is one. */
  readonly feed?: Feed;
  /** Receives the steps that undo the start. */
  readonly cleanup: Cleanup;
}

interface Storage {
  readonly database: Database;
  readonly store?: Store;
  readonly queues: Queues;
}

interface FrontEnds {
  readonly gateways: Gateways;
  readonly httpApis: HttpApis;
  readonly clients: Clients;
}

/** The parts that serve an app: tables, queues, front ends, functions and triggers. */
export interface Parts extends Storage, FrontEnds {
  readonly issuers: Issuers;
  readonly functions: Functions;
  readonly buses: EventBuses;
  readonly topics: Topics;
  readonly triggers: Triggers;
}

/**
 * Starts the parts. The tables are filled at once; the app's resources are applied later.
 *
 * @param current returns the app as last loaded
 */
export async function startParts(app: AppModel, current: () => AppModel, options: PartsOptions): Promise<Parts> {
  const { log, cleanup, scratch, endpoint, timeScale = 1 } = options;
  const storage = await startStorage(app, options);
  const { database, queues } = storage;
  const issuers = new Issuers(options.issuers ?? [], () => current().issuers);
  const services = new Map<string, Service>();
  const customDomains = () => [...new Set(current().customDomains.map(({ host }) => host))];
  const functions = new Functions(createAws({ services, issuerHosts: issuers.hosts, customDomains, endpoint, scratch, log }), options.reaper, log);
  const frontEnds = createFrontEnds(storage.store, functions, issuers, options);
  // Runs when no function runs any more, and before the connections close without notice to the app.
  cleanup.add(() => storage.store?.stop());
  cleanup.add(() => functions.stop());
  const findQueue = (arn: string) => queues.find(arn);
  const topics = new Topics({ invoke: functions.invoke, findQueue, log });
  const publish = (arn: string, message: string) => topics.publish(arn, { message, attributes: {} });
  const targets = { invoke: functions.invoke, findQueue, publish, log };
  const buses = new EventBuses(targets);
  const findApi = (id: string) => frontEnds.gateways.find(id) ?? frontEnds.httpApis.find(id);
  const served = servicesOf({
    database, queues, functions, buses, topics, findApi, issuers, stored: () => current().stored, customDomains: () => current().customDomains,
  });
  for (const [name, service] of served) services.set(name, service);
  const triggers = new Triggers(queues, targets, timeScale);
  cleanup.add(() => triggers.stop());
  return { ...storage, ...frontEnds, issuers, functions, buses, topics, triggers };
}

async function startStorage(app: AppModel, { persist, log, faults, cleanup }: PartsOptions): Promise<Storage> {
  const onFailure = (error: unknown) => log({ source: 'local', event: 'error', detail: `tables not saved: ${messageOf(error)}` });
  const store = persist === undefined ? undefined : new Store(persist, onFailure);
  cleanup.add(() => store?.release());
  const database = await Database.start(app.tables, { log, staleReads: faults.staleReads, onWrite: store && ((item) => store.touch(item)) });
  cleanup.add(() => database.stop());
  await store?.load(database.call, app.tables);
  const queues = await Queues.start(app.queues, log);
  cleanup.add(() => queues.stop());
  return { database, store, queues };
}

function createFrontEnds(store: Store | undefined, functions: Functions, issuers: Issuers, options: PartsOptions): FrontEnds {
  const { log, faults, feed, page, checkSignatures, port = 0, timeScale = 1, cleanup } = options;
  const observe: Observe | undefined = feed && ((direction, connection, data) => feed.message(direction, connection, data));
  const ports = new Ports(port);
  const rates = new RegionalRates();
  const gateways = new Gateways({ ports, rates, limits: gatewayLimits(timeScale), checkSignatures, log, faults, observe, page });
  cleanup.add(() => gateways.stop());
  const httpApis = new HttpApis({ ports, rates, tokens: new JwtChecks(issuers), invoke: functions.invoke, log });
  cleanup.add(() => httpApis.stop());
  return { gateways, httpApis, clients: new Clients(store?.formerClients() ?? [], gateways) };
}
