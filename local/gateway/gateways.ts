import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observe } from './connection';
import { Gateway } from './gateway';
import type { GatewayLimits } from './limits';
import { accountRates, type AccountRates } from './rates';
import { LocalError } from '../errors';
import type { Faults } from '../faults/faults';
import type { Invoke } from '../lambda/invoke';
import { NEEDS_RESTART, type Log } from '../log';
import type { ApiModel } from '../model/apis';

export interface GatewaysOptions {
  /** Of the first API, each further one gets the next; 0 for any that are free. */
  readonly port: number;
  readonly limits: GatewayLimits;
  readonly checkSignatures?: boolean;
  readonly log: Log;
  readonly faults?: Faults;
  readonly observe?: Observe;
  /** Serves the static page, beside the first API. */
  readonly page?: (request: IncomingMessage, response: ServerResponse) => void;
}

const MAX_PORT = 65535;

/** The front ends of the APIs of an app, as it was last loaded. */
export class Gateways {
  private readonly byId = new Map<string, Gateway>();
  /** By region. */
  private readonly rates = new Map<string, AccountRates>();
  private invoke?: Invoke;

  constructor(private readonly options: GatewaysOptions) {}

  /** The APIs that are served, in the order of their ports. */
  get served(): readonly Gateway[] {
    return [...this.byId.values()];
  }

  find(apiId: string): Gateway | undefined {
    return this.byId.get(apiId);
  }

  /** Takes the APIs of a newly loaded app. Connections stay open. */
  async apply(apis: readonly ApiModel[]): Promise<void> {
    const { port, log } = this.options;
    for (const gateway of this.served) {
      if (apis.some(({ apiId }) => apiId === gateway.api.apiId)) continue;
      log({ source: gateway.api.path, event: 'reload', detail: `the API was removed, ${NEEDS_RESTART}` });
    }
    for (const api of apis.filter(({ stages }) => stages.length > 0)) {
      const known = this.byId.get(api.apiId);
      if (known) {
        if (describe(known.api) !== describe(api)) log({ source: api.path, event: 'reload', detail: 'new routes, authorizers or stages' });
        known.update(api);
      } else {
        this.byId.set(api.apiId, await this.listen(api, port ? port + this.byId.size : 0));
      }
    }
  }

  /** Begins to let clients in: from now on functions can be invoked. */
  start(invoke: Invoke): void {
    this.invoke = invoke;
    for (const gateway of this.served) gateway.start(invoke);
  }

  async stop(): Promise<void> {
    await Promise.all(this.served.map((gateway) => gateway.stop()));
  }

  private async listen(api: ApiModel, port: number): Promise<Gateway> {
    if (port > MAX_PORT) throw new LocalError(`there is no port left for ${api.path} after ${MAX_PORT}; pass a lower one with --port`);
    const { limits, checkSignatures, log, faults, observe, page } = this.options;
    const rates = this.rates.get(api.region) ?? accountRates(api.region);
    this.rates.set(api.region, rates);
    const fallback = this.byId.size === 0 ? page : undefined;
    const gateway = await Gateway.listen({ api, limits, rates, checkSignatures, log, faults, observe, fallback }, port);
    if (this.invoke) gateway.start(this.invoke);
    return gateway;
  }
}

function describe({ routes, ...api }: ApiModel): string {
  return JSON.stringify({ ...api, routes: [...routes] });
}
