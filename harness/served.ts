import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App, Stack, type CfnElement } from 'aws-cdk-lib';
import { Client, type Handshake } from './client';
import { databaseClient } from './database';
import { scratchFolder, type Scratch } from './scratch';
import { startLocal, type Local, type LocalOptions } from '../local';
import type { LocalEvent } from '../local/log';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps } from '../src';
import { eventually } from './eventually';
import { ATTRIBUTE, RESERVED_KEY_PREFIX } from '../src/private/contract';

/** Some APIs in one stack, served by the local runner with the handlers as they are shipped. */
export class Served<Name extends string> {
  /**
   * @param finish completes the APIs before they are synthesised
   * @param options of the runner
   */
  static async start<Name extends string>(
    apis: Readonly<Record<Name, (stack: Stack) => BroadcastWebSocketApiProps>>, finish: (stack: Stack) => void = () => undefined,
    options: LocalOptions = {},
  ): Promise<Served<Name>> {
    const scratch = scratchFolder();
    const app = new App({ outdir: scratch.path });
    const stack = new Stack(app, 'Served');
    const tables = new Map<Name, string>();
    for (const [name, propsOf] of Object.entries(apis) as [Name, (stack: Stack) => BroadcastWebSocketApiProps][]) {
      const { connectionsTable } = new BroadcastWebSocketApi(stack, name, propsOf(stack));
      tables.set(name, stack.resolve(stack.getLogicalId(connectionsTable.node.defaultChild as CfnElement)) as string);
    }
    finish(stack);
    app.synth();
    const events: LocalEvent[] = [];
    const local = await startLocal({ ...options, assembly: scratch.path, log: (_line, event) => events.push(event) }).catch((error: unknown) => {
      scratch.remove();
      throw error;
    });
    return new Served(scratch, local, tables, events);
  }

  readonly database: DynamoDBClient;
  private clients: Client[] = [];
  private readonly joined = new Set<Name>();

  private constructor(
    private readonly scratch: Scratch,
    readonly local: Local,
    private readonly tables: ReadonlyMap<Name, string>,
    /** All that has happened, what the functions have printed included. */
    readonly events: LocalEvent[],
  ) {
    this.database = databaseClient(local.dynamoDbEndpoint);
  }

  url(name: Name, query = ''): string {
    return this.local.apis.find(({ path }) => path.split('/').includes(name))!.url + query;
  }

  tableOf(name: Name): string {
    return this.local.tables[this.tables.get(name)!];
  }

  async join(name: Name, { query, ...handshake }: Handshake & { readonly query?: string } = {}): Promise<Client> {
    const client = await Client.open(this.url(name, query), handshake.protocols, handshake.headers);
    this.clients.push(client);
    this.joined.add(name);
    return client;
  }

  /** The status with which a handshake is refused. */
  refusal(name: Name, { query, ...handshake }: Handshake & { readonly query?: string } = {}): Promise<number> {
    return Client.refusal(this.url(name, query), handshake);
  }

  /** The ids of all connections that have a row. */
  async rowIds(name: Name): Promise<string[]> {
    const { Items } = await this.database.send(new ScanCommand({ TableName: this.tableOf(name), ConsistentRead: true }));
    return Items!.map((row) => row[ATTRIBUTE.connectionId].S!).filter((id) => !id.startsWith(RESERVED_KEY_PREFIX));
  }

  /** Everything that the functions have printed so far. */
  printed(): string {
    return this.events.map(({ detail }) => detail).join('\n');
  }

  /** Closes every client that has joined; their rows are gone when it settles. */
  async leave(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.close()));
    for (const name of this.joined) await eventually(async () => (await this.rowIds(name)).length === 0);
    this.joined.clear();
  }

  async stop(): Promise<void> {
    this.clients.forEach((client) => client.kill());
    this.database.destroy();
    await this.local.stop();
    this.scratch.remove();
  }
}
