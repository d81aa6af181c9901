import { HttpApi, type HttpApiOptions } from './http-api';
import type { Ports } from '../gateway/ports';
import type { RegionalRates } from '../gateway/rates';
import { NEEDS_RESTART } from '../log';
import type { HttpApiModel } from '../model/http-apis';

export interface HttpApisOptions extends Omit<HttpApiOptions, 'api' | 'rates'> {
  readonly ports: Ports;
  readonly rates: RegionalRates;
}

/** The HTTP APIs of an app, as last loaded. */
export class HttpApis {
  private readonly byId = new Map<string, HttpApi>();

  constructor(private readonly options: HttpApisOptions) {}

  /** Returns the APIs that are served, in the order of their ports. */
  get served(): readonly HttpApi[] {
    return [...this.byId.values()];
  }

  find(apiId: string): HttpApi | undefined {
    return this.byId.get(apiId);
  }

  /** Applies the APIs of a newly loaded app. */
  async apply(apis: readonly HttpApiModel[]): Promise<void> {
    const { ports, rates, log, ...options } = this.options;
    for (const { api } of this.served) {
      if (!apis.some(({ apiId }) => apiId === api.apiId)) log({ source: api.path, event: 'reload', detail: `the API was removed, ${NEEDS_RESTART}` });
    }
    for (const api of apis.filter(({ stages }) => stages.length > 0)) {
      const known = this.byId.get(api.apiId);
      if (!known) {
        this.byId.set(api.apiId, await HttpApi.listen({ ...options, log, api, rates: rates.of(api.region) }, ports.next(api.path)));
      } else if (JSON.stringify(known.api) !== JSON.stringify(api)) {
        log({ source: api.path, event: 'reload', detail: 'new routes, authorizers or stages' });
        known.update(api);
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.served.map((api) => api.stop()));
  }
}
