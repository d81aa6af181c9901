import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observe } from './connection';
import { Gateway } from './gateway';
import type { GatewayLimits } from './limits';
import type { Ports } from './ports';
import type { RegionalRates } from './rates';
import type { Faults } from '../faults/faults';
import type { Invoke } from '../lambda/invoke';
import { NEEDS_RESTART, type Log } from '../log';
import type { ApiModel } from '../model/apis';

export interface GatewaysOptions {
  readonly ports: Ports;
  /** Rates of the account. */
  readonly rates: RegionalRates;
  readonly limits: GatewayLimits;
  readonly checkSignatures?: boolean;
  readonly log: Log;
  readonly faults?: Faults;
  readonly observe?: Observe;
  /** Serves the static page beside the first API. */
  readonly page?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** The front ends of an app's WebSocket APIs, as last loaded. */
export class Gateways {
  private readonly byId = new Map<string, Gateway>();
  private invoke?: Invoke;

  constructor(private readonly options: GatewaysOptions) {}

  /** Returns the APIs that are served, in the order of their ports. */
  get served(): readonly Gateway[] {
    return [...this.byId.values()];
  }

  find(apiId: string): Gateway | undefined {
    return this.byId.get(apiId);
  }

  /** Applies the APIs of a newly loaded app. Connections stay open. */
  async apply(apis: readonly ApiModel[]): Promise<void> {
    const { ports, log } = this.options;
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
        this.byId.set(api.apiId, await this.listen(api, ports.next(api.path)));
      }
    }
  }

  /** Begins to admit clients: from now on functions can be invoked. */
  start(invoke: Invoke): void {
    this.invoke = invoke;
    for (const gateway of this.served) gateway.start(invoke);
  }

  async stop(): Promise<void> {
    await Promise.all(this.served.map((gateway) => gateway.stop()));
  }

  private async listen(api: ApiModel, port: number): Promise<Gateway> {
    const { limits, checkSignatures, log, faults, observe, page } = this.options;
    const rates = this.options.rates.of(api.region);
    const fallback = this.byId.size === 0 ? page : undefined;
    const gateway = await Gateway.listen({ api, limits, rates, checkSignatures, log, faults, observe, fallback }, port);
    if (this.invoke) gateway.start(this.invoke);
    return gateway;
  }
}

function describe({ routes, ...api }: ApiModel): string {
  return JSON.stringify({ ...api, routes: [...routes] });
}
