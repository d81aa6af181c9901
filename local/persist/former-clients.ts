import type { StoredClient } from './store';
import type { Gateways } from '../gateway/gateways';

/** An app that takes longer to hear of its former clients hears of the rest while it is served. */
const PATIENCE_MILLIS = 5_000;

/** The clients of an app: those that are connected, and those of an earlier run of which it has not been told yet that they have gone. */
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

  /** Tells the app of those that have gone, by `$disconnect`, so that it forgets them as it would have done had it been running. */
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
