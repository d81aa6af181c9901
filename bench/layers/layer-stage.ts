import { createConnectionsTable, putRows } from '../../harness/database';
import { messageEvent } from '../../harness/events';
import { Handler } from '../../harness/handler/handler';
import type { Settled } from '../../harness/handler/protocol';
import { naiveBundle } from '../../harness/naive-bundle';
import { ENV, type MessageFormatName } from '../../src/private/contract';
import { PACE_LIFTED, type Stage } from '../stage';
import { MeteredDatabase } from './metered-database';

const INVOCATION_MILLIS = 28_000;

/** Key of the client whose invocation it is. */
export interface ClientKey {
  readonly connectionId: string;
  readonly connectedAt: number;
}

export interface EnvironmentOptions {
  readonly bundle: string;
  readonly connections: string;
  /** On top of what all of them have. */
  readonly env?: Readonly<Record<string, string>>;
  readonly memoryMegabytes?: number;
}

/** Tables in a metered database, and execution environments of layered handlers that use them. */
export class LayerStage {
  static async start(stage: Stage): Promise<LayerStage> {
    return new LayerStage(stage, await MeteredDatabase.start(stage.identity));
  }

  /** When the connections of the tables began, and when their rows are dead. */
  readonly connectedAt = Date.now() - 600_000;
  readonly ttl = Math.floor(Date.now() / 1_000) + 7_200;
  private readonly handlers: Handler[] = [];
  private made = 0;
  private asked = 0;

  private constructor(private readonly stage: Stage, readonly database: MeteredDatabase) {}

  /** A number that no table has yet. */
  nextTable(): number {
    return ++this.made;
  }

  /** A new table of connections with these ids. */
  async connections(ids: readonly string[]): Promise<string> {
    const name = `connections-${this.nextTable()}`;
    const { client } = this.database.database;
    await createConnectionsTable(client, name);
    await putRows(client, name, ids.map((connectionId) => ({ connectionId, connectedAt: this.connectedAt, ttl: this.ttl })));
    await this.stage.acceptAll();
    return name;
  }

  /** One execution environment, without a limit of pace. */
  async environment({ bundle, connections, env, memoryMegabytes }: EnvironmentOptions): Promise<Handler> {
    const handler = await Handler.start(this.stage.children, {
      bundle,
      tableName: connections,
      tableEndpoint: this.database.endpoint,
      callbackUrl: this.stage.endpointUrl,
      memoryMegabytes,
      env: {
        ...this.stage.trust,
        [ENV.deliveryRateLimit]: PACE_LIFTED,
        [ENV.messageFormat]: 'ENVELOPE' satisfies MessageFormatName,
        [ENV.maxMessageBytes]: String(24 * 1024),
        ...env,
      },
    });
    this.handlers.push(handler);
    return handler;
  }

  async invoke(handler: Handler, event: unknown): Promise<Settled> {
    const { settled, output } = await handler.invoke(event, INVOCATION_MILLIS);
    if (!settled || settled.error) throw new Error(`an invocation failed: ${settled?.error?.message ?? output}`);
    return settled;
  }

  /** Runs one invocation for a client's text. */
  async send(handler: Handler, text: string, routeKey = '$default', client: ClientKey = { connectionId: 'client=', connectedAt: this.connectedAt }): Promise<Settled> {
    const event = messageEvent({ connectionId: client.connectionId, messageId: `m${++this.asked}`, text }) as { readonly requestContext: object };
    return this.invoke(handler, { ...event, requestContext: { ...event.requestContext, routeKey, connectedAt: client.connectedAt } });
  }

  /** Asks for something, and returns how the invocation went and the answer. */
  async ask<T extends { readonly type: string }>(
    handler: Handler, action: string, members: object, client?: ClientKey,
  ): Promise<{ readonly settled: Settled; readonly frame: T }> {
    const settled = await this.send(handler, JSON.stringify({ action, ref: `r${this.asked}`, ...members }), action, client);
    const frame = JSON.parse((settled.result as { readonly body: string }).body) as T | { readonly type: 'error'; readonly code: string };
    if (frame.type === 'error') throw new Error(`${action} was refused: ${(frame as { readonly code: string }).code}`);
    return { settled, frame: frame as T };
  }

  /** Rooms as tutorials have them. */
  naiveChannels(): string {
    return naiveBundle(this.stage.children, 'channel-handler');
  }

  /** Writes a bundle that is not shipped; returns its file. */
  write(name: string, code: string): string {
    return this.stage.children.write(name, code);
  }

  /** Ends the environments that there are. */
  async clear(): Promise<void> {
    await Promise.all(this.handlers.splice(0).map((handler) => handler.stop()));
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.database.stop();
  }
}
