import type { Feed } from './feed';
import type { Connection } from '../gateway/connection';
import type { Gateway } from '../gateway/gateway';
import type { Log } from '../log';
import { keyNamesOf, type TableModel } from '../model/tables';
import type { Call } from '../tables/client';

export interface ActionSources {
  readonly feed: Feed;
  readonly gateways: { readonly served: readonly Gateway[] };
  readonly tables: () => readonly TableModel[];
  readonly call: Call;
  readonly log: Log;
}

type Action = (input: Readonly<Record<string, unknown>>) => Promise<object | void>;

const MAX_MESSAGE_BYTES = 128 * 1024;

/** A list of thousands helps nobody; how many there are is always said. */
const SHOWN_CONNECTIONS = 500;

const PAGE_ROWS = 100;

/** What the inspector's page can ask for and do. */
export class Actions {
  private readonly actions: Readonly<Record<string, Action>> = {
    'GET /rows': ({ table, start }) => this.rows(String(table), start),
    'POST /send': async ({ connectionId, text }) => this.send(connectionId, text),
    'POST /disconnect': async ({ connectionId }) => this.disconnect(connectionId),
  };

  constructor(private readonly sources: ActionSources) {}

  named(name: string): Action | undefined {
    return Object.hasOwn(this.actions, name) ? this.actions[name] : undefined;
  }

  state(): object {
    const { gateways, tables, feed } = this.sources;
    const apis = gateways.served.flatMap(({ api, port }) => api.stages.map(({ name }) => ({ path: api.path, url: `ws://127.0.0.1:${port}/${name}` })));
    const clients = this.clients();
    const connections = clients.slice(0, SHOWN_CONNECTIONS).map(({ connection, gateway }) => ({
      id: connection.id,
      api: gateway.api.path,
      stage: connection.stage,
      isOpen: connection.isOpen,
      connectedAt: connection.connectedAt,
      lastActiveAt: connection.lastActiveAt,
      userAgent: connection.identity.userAgent,
      ...feed.trafficOf(connection),
    }));
    return { apis, connections, connectionCount: clients.length, tables: tables().map(({ name, path }) => ({ name, path })) };
  }

  private async rows(name: string, start: unknown): Promise<object> {
    const table = this.sources.tables().find((one) => one.name === name);
    if (!table) throw new Error(`there is no table '${name}'`);
    const ExclusiveStartKey = typeof start === 'string' && start !== '' ? JSON.parse(start) as object : undefined;
    const page = await this.sources.call('Scan', { TableName: name, Limit: PAGE_ROWS, ConsistentRead: true, ExclusiveStartKey });
    return { keys: keyNamesOf(table), items: page.Items, next: page.LastEvaluatedKey };
  }

  private send(connectionId: unknown, text: unknown): object {
    if (typeof text !== 'string' || text === '') throw new Error('there is nothing to send');
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_MESSAGE_BYTES) throw new Error(`a message has ${MAX_MESSAGE_BYTES / 1024} KB at most, this one has ${Math.ceil(bytes / 1024)}`);
    const recipients = (connectionId === undefined ? this.clients() : [this.find(connectionId)]).filter(({ connection }) => connection.isOpen);
    for (const { connection, gateway } of recipients) {
      this.sources.log({ source: gateway.api.path, event: 'post', connectionId: connection.id, detail: `${bytes} bytes by the inspector` });
      connection.send(text);
    }
    return { recipients: recipients.length };
  }

  private disconnect(connectionId: unknown): object {
    const { connection, gateway } = this.find(connectionId);
    this.sources.log({ source: gateway.api.path, event: 'delete', connectionId: connection.id, detail: 'by the inspector' });
    connection.close({ code: 1000, reason: 'Connection Closed Normally' });
    return {};
  }

  private find(connectionId: unknown): { connection: Connection; gateway: Gateway } {
    const found = this.clients().find(({ connection }) => connection.id === connectionId && connection.isOpen);
    if (!found) throw new Error('that connection is closed');
    return found;
  }

  private clients(): { connection: Connection; gateway: Gateway }[] {
    return this.sources.gateways.served.flatMap((gateway) => gateway.connected.map((connection) => ({ connection, gateway })));
  }
}
