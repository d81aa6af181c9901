import { createConnectionsTable, putRows } from '../../harness/database';
import { messageEvent } from '../../harness/events';
import { Handler, type HandlerOptions } from '../../harness/handler/handler';
import type { Settled } from '../../harness/handler/protocol';
import { createHistoryTable } from '../../harness/history-table';
import type { AckFrame, ErrorFrame, HistoryFrame } from '../../lambda-src/core/log/frames';
import { ENV, type MessageFormatName } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { PACE_LIFTED, type Stage } from '../stage';
import { MeteredDatabase } from './metered-database';

const INVOCATION_MILLIS = 28_000;

/** A pair of tables in a metered database, and execution environments of handlers that use them. */
export class HistoryStage {
  static async start(stage: Stage): Promise<HistoryStage> {
    return new HistoryStage(stage, await MeteredDatabase.start());
  }

  private readonly handlers: Handler[] = [];
  private made = 0;
  private asked = 0;

  private constructor(private readonly stage: Stage, readonly database: MeteredDatabase) {}

  /** New tables; the history is empty, and so many are connected. */
  async tables(recipients: number): Promise<{ readonly connections: string; readonly history: string }> {
    const tables = { connections: `connections-${++this.made}`, history: `history-${this.made}` };
    const { client } = this.database.database;
    await Promise.all([createConnectionsTable(client, tables.connections), createHistoryTable(client, tables.history)]);
    const [connectedAt, ttl] = [Date.now() - 600_000, Math.floor(Date.now() / 1_000) + 7_200];
    await putRows(client, tables.connections, Array.from({ length: recipients }, (_, nth) => ({ connectionId: `recipient-${nth}=`, connectedAt, ttl })));
    await this.stage.acceptAll();
    return tables;
  }

  /** One execution environment, without a limit of pace and of what a client may send. */
  async environment(bundle: string, tables: { readonly connections: string; readonly history: string }): Promise<Handler> {
    const options: HandlerOptions = {
      bundle,
      tableName: tables.connections,
      tableEndpoint: this.database.endpoint,
      callbackUrl: this.stage.endpointUrl,
      env: {
        ...this.stage.trust,
        [ENV.deliveryRateLimit]: PACE_LIFTED,
        [ENV.messageFormat]: 'ENVELOPE' satisfies MessageFormatName,
        [ENV.maxMessageBytes]: String(24 * 1024),
        [LAYER_ENV.historyTableName]: tables.history,
        [LAYER_ENV.historyRetentionSeconds]: '86400',
        [LAYER_ENV.historyMaxMessages]: '10000',
      },
    };
    const handler = await Handler.start(this.stage.children, options);
    this.handlers.push(handler);
    return handler;
  }

  /** Runs one invocation for a client's text. */
  async send(handler: Handler, text: string, routeKey = '$default'): Promise<Settled> {
    const event = messageEvent({ connectionId: 'client=', messageId: `m${++this.asked}`, text }) as { readonly requestContext: object };
    const { settled, output } = await handler.invoke({ ...event, requestContext: { ...event.requestContext, routeKey } }, INVOCATION_MILLIS);
    if (!settled || settled.error) throw new Error(`an invocation failed: ${settled?.error?.message ?? output}`);
    return settled;
  }

  /** Asks for something, and returns the answer. */
  async ask<T extends AckFrame | HistoryFrame>(handler: Handler, action: string, members: object): Promise<T> {
    const settled = await this.send(handler, JSON.stringify({ action, ref: `r${this.asked}`, ...members }), action);
    const frame = JSON.parse((settled.result as { readonly body: string }).body) as T | ErrorFrame;
    if (frame.type === 'error') throw new Error(`${action} was refused: ${frame.code}`);
    return frame;
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
