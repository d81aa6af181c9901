import { Backend, type BackendSources } from './backend';
import type { Feed } from './feed';
import type { Connection } from '../gateway/connection';
import type { Gateway } from '../gateway/gateway';
import type { Log } from '../log';
import { keyNamesOf } from '../model/tables';

export interface ActionSources extends BackendSources {
  readonly feed: Feed;
  readonly gateways: { readonly served: readonly Gateway[] };
  readonly log: Log;
}

interface Client {
  readonly connection: Connection;
  readonly gateway: Gateway;
}

type Action = (input: Readonly<Record<string, unknown>>) => Promise<object | void>;

const MAX_MESSAGE_BYTES = 128 * 1024;

/** Longest list: thousands would help nobody, and the total is always shown. */
const SHOWN_CONNECTIONS = 500;

const PAGE_ROWS = 100;

/** Requests and actions of the inspector's page. */
export class Actions {
  private readonly actions: Readonly<Record<string, Action>> = {
    'GET /rows': ({ table, start }) => this.rows(String(table), start),
    'GET /channels': () => this.channels(),
    'POST /publish': async ({ api, to, text }) => this.publish(textOf(api), textOf(to), checked(text)),
    'POST /send': async ({ connectionId, api, to, text }) => this.send(connectionId, textOf(api), textOf(to), checked(text)),
    'POST /disconnect': async ({ connectionId }) => this.disconnect(connectionId),
  };

  private readonly backend: Backend;

  constructor(private readonly sources: ActionSources) {
    this.backend = new Backend(sources);
  }

  named(name: string): Action | undefined {
    return Object.hasOwn(this.actions, name) ? this.actions[name] : undefined;
  }

  state(): object {
    const { gateways, app, feed } = this.sources;
    const apis = gateways.served.map((gateway) => this.describe(gateway));
    const clients = this.clients();
    const connections = clients.slice(0, SHOWN_CONNECTIONS).map(({ connection, gateway }) => ({
      id: connection.id,
      api: gateway.api.apiId,
      stage: connection.stage,
      isOpen: connection.isOpen,
      connectedAt: connection.connectedAt,
      lastActiveAt: connection.lastActiveAt,
      userAgent: connection.identity.userAgent,
      ...feed.trafficOf(connection),
    }));
    return { apis, connections, connectionCount: clients.length, tables: app().tables.map(({ name, path }) => ({ name, path })) };
  }

  private async rows(name: string, start: unknown): Promise<object> {
    const table = this.sources.app().tables.find((one) => one.name === name);
    if (!table) throw new Error(`there is no table '${name}'`);
    const ExclusiveStartKey = typeof start === 'string' && start !== '' ? JSON.parse(start) as object : undefined;
    const page = await this.sources.call('Scan', { TableName: name, Limit: PAGE_ROWS, ConsistentRead: true, ExclusiveStartKey });
    return { keys: keyNamesOf(table), items: page.Items, next: page.LastEvaluatedKey };
  }

  private describe(gateway: Gateway): object {
    const { api: { apiId, path, stages }, port } = gateway;
    const abilities = this.backend.abilitiesOf(gateway);
    return {
      id: apiId,
      path,
      urls: stages.map(({ name }) => `ws://127.0.0.1:${port}/${name}`),
      format: abilities?.format,
      queue: abilities?.queue?.path,
      hasChannels: abilities?.membersTable !== undefined,
    };
  }

  private async channels(): Promise<object> {
    const each = this.sources.gateways.served.map(async (gateway) => {
      const channels = await this.backend.channelsOf(gateway);
      return channels.map((channel) => ({ api: gateway.api.apiId, ...channel }));
    });
    return { channels: (await Promise.all(each)).flat() };
  }

  /** Sends like a backend of the app. */
  private async publish(api: string, to: string, text: string): Promise<object> {
    const gateway = this.gatewayOf(api);
    const published = await this.backend.publish(gateway, to, text);
    return 'queue' in published ? published : { recipients: this.post(this.recipients(gateway, published.connectionIds), published.frame) };
  }

  /** Posts a text as it is. */
  private async send(connectionId: unknown, api: string, to: string, text: string): Promise<object> {
    if (connectionId !== undefined) return { recipients: this.post([this.find(connectionId)], text) };
    if (to === '' && api === '') return { recipients: this.post(this.clients(), text) };
    const gateway = this.gatewayOf(api);
    return { recipients: this.post(this.recipients(gateway, await this.backend.connectionsOf(gateway, to)), text) };
  }

  private gatewayOf(api: string): Gateway {
    const gateway = this.sources.gateways.served.find((each) => each.api.apiId === api);
    if (!gateway) throw new Error('that API is not served');
    return gateway;
  }

  private recipients(gateway: Gateway, ids: readonly string[] | 'all'): Client[] {
    return gateway.connected.filter(({ id }) => ids === 'all' || ids.includes(id)).map((connection) => ({ connection, gateway }));
  }

  private post(clients: readonly Client[], frame: string): number {
    const open = clients.filter(({ connection }) => connection.isOpen);
    for (const { connection, gateway } of open) {
      this.sources.log({ source: gateway.api.path, event: 'post', connectionId: connection.id, detail: `${Buffer.byteLength(frame)} bytes by the inspector` });
      connection.send(frame);
    }
    return open.length;
  }

  private disconnect(connectionId: unknown): object {
    const { connection, gateway } = this.find(connectionId);
    this.sources.log({ source: gateway.api.path, event: 'delete', connectionId: connection.id, detail: 'by the inspector' });
    connection.close({ code: 1000, reason: 'Connection Closed Normally' });
    return {};
  }

  private find(connectionId: unknown): Client {
    const found = this.clients().find(({ connection }) => connection.id === connectionId && connection.isOpen);
    if (!found) throw new Error('that connection is closed');
    return found;
  }

  private clients(): Client[] {
    return this.sources.gateways.served.flatMap((gateway) => gateway.connected.map((connection) => ({ connection, gateway })));
  }
}

function checked(text: unknown): string {
  if (typeof text !== 'string' || text === '') throw new Error('there is nothing to send');
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MESSAGE_BYTES) throw new Error(`a message has ${MAX_MESSAGE_BYTES / 1024} KB at most, this one has ${Math.ceil(bytes / 1024)}`);
  return text;
}

/** Data from the page may be of any type. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
