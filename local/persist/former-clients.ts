import type { StoredClient } from './store';
import type { Gateways } from '../gateway/gateways';

/** Longest wait for the app to handle its former clients; the rest follow while the app is served. */
const PATIENCE_MILLIS = 5_000;

/** The clients of an app: those connected now, and those of an earlier run whose `$disconnect` has not run yet. */
export class Clients {
  private readonly former: Set<StoredClient>;

  constructor(former: readonly StoredClient[], private readonly gateways: Gateways) {
    this.former = new Set(former);
  }

  list(): StoredClient[] {
    const connected = this.gateways.served.flatMap(({ api: { apiId }, connected: clients }) => clients
      .map(({ id, stage, connectedAt, domainName, identity, authorizer }) => ({ apiId, id, stage, connectedAt, domainName, identity, authorizer })));
    return [...this.former, ...connected];
  }

  /** Runs `$disconnect` for the clients of the earlier run, so that the app forgets them. */
  async buryFormer(): Promise<void> {
    const told = Promise.all([...this.former].map(async (client) => {
      await this.gateways.served.find(({ api }) => api.apiId === client.apiId)?.bury(client);
      this.former.delete(client);
    }));
    let timer: NodeJS.Timeout | undefined;
    const impatient = new Promise((resolve) => { timer = setTimeout(resolve, PATIENCE_MILLIS); });
    await Promise.race([told, impatient]);
    clearTimeout(timer);
  }
}
