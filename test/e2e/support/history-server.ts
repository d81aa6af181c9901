import { execFileSync } from 'node:child_process';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { App, Stack } from 'aws-cdk-lib';
import { historyApi, type HistoryApiProps } from './history-api';
import { Client } from '../../../harness/client';
import { databaseClient } from '../../../harness/database';
import { eventually } from '../../../harness/eventually';
import { isAlive, killProcess } from '../../../harness/processes';
import { queuesClient } from '../../../harness/queues';
import { scratchFolder, type Scratch } from '../../../harness/scratch';
import { shippedBundle } from '../../../harness/shipped-bundle';
import type { AckFrame, ErrorFrame, HistoryFrame, MessageFrame } from '../../../lambda-src/core/log/frames';
import { startLocal, type Local } from '../../../local';
import type { LocalEvent } from '../../../local/log';

type Frame = AckFrame | ErrorFrame | HistoryFrame | MessageFrame;

/** A client that sends actions and recognises the answers. */
export class Asking {
  private refs = 0;

  constructor(readonly client: Client) {}

  get frames(): Frame[] {
    return this.client.frames.map((frame) => JSON.parse(frame) as Frame);
  }

  get messages(): MessageFrame[] {
    return this.frames.filter((frame): frame is MessageFrame => frame.type === 'message');
  }

  /** Sends an action and returns its answer. */
  async ask<T extends Frame = Frame>(action: string, members: object = {}): Promise<T> {
    const ref = `r${++this.refs}`;
    this.client.send(JSON.stringify({ action, ref, ...members }));
    return JSON.parse(await this.client.frame((frame) => frame.includes(`"ref":"${ref}"`))) as T;
  }

  async message(text: string): Promise<MessageFrame> {
    return JSON.parse(await this.client.frame((frame) => frame.startsWith('{"type":"message"') && frame.includes(`"message":${JSON.stringify(text)}`))) as MessageFrame;
  }
}

/** APIs with a history in the local runner, with the shipped layered handlers. */
export class HistoryServer<Name extends string> {
  static async start<Name extends string>(
    apis: Readonly<Record<Name, (stack: Stack) => HistoryApiProps>>, serve?: string,
  ): Promise<HistoryServer<Name>> {
    for (const handler of ['layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler'] as const) shippedBundle(handler);
    const scratch = scratchFolder();
    const app = new App({ outdir: scratch.path });
    const stack = new Stack(app, 'History');
    for (const [name, propsOf] of Object.entries<(stack: Stack) => HistoryApiProps>(apis)) historyApi(stack, name, propsOf(stack));
    app.synth();
    const events: LocalEvent[] = [];
    const local = await startLocal({ assembly: scratch.path, checkSignatures: true, serve, log: (_line, event) => events.push(event) });
    return new HistoryServer(scratch, local, events);
  }

  private readonly clients: Client[] = [];
  readonly database: DynamoDBClient;
  private readonly sqs: SQSClient;

  private constructor(private readonly scratch: Scratch, readonly local: Local, readonly events: LocalEvent[]) {
    this.database = databaseClient(local.dynamoDbEndpoint);
    this.sqs = queuesClient(local.sqsEndpoint);
  }

  url(name: Name): string {
    return this.local.apis.find(({ path }) => path.startsWith(`History/${name}/`))!.url;
  }

  async join(name: Name, query = ''): Promise<Asking> {
    const client = await Client.open(this.url(name) + query);
    this.clients.push(client);
    return new Asking(client);
  }

  queueUrl(name: Name, queue: string): string {
    const [id] = Object.entries(this.local.queuePaths).find(([, path]) => path.startsWith(`History/${name}/${queue}`))!;
    return this.local.queues[id];
  }

  historyTable(name: Name): string {
    const [, table] = Object.entries(this.local.tables).find(([id]) => id.startsWith(`${name}History`))!;
    return table;
  }

  async publish(name: Name, body: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.sqs.send(new SendMessageCommand({
      QueueUrl: this.queueUrl(name, 'BroadcastQueue'),
      MessageBody: body,
      MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, { DataType: 'String', StringValue: value }])),
    }));
  }

  /** Process ids of the functions. */
  functionPids(): number[] {
    const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]).toString().split('\n');
    return lines.filter((line) => line.includes('bootstrap.js')).map((line) => parseInt(line, 10));
  }

  /** Kills all functions, and waits for their ends. */
  async killFunctions(): Promise<void> {
    const pids = this.functionPids();
    pids.forEach(killProcess);
    await eventually(() => !pids.some(isAlive));
  }

  /** Everything that the functions have printed so far. */
  printed(): string {
    return this.events.filter(({ event }) => event === 'output').map(({ detail }) => detail).join('\n');
  }

  async leave(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.close()));
  }

  async stop(): Promise<void> {
    this.clients.forEach((client) => client.kill());
    this.sqs.destroy();
    this.database.destroy();
    await this.local.stop();
    this.scratch.remove();
  }
}
