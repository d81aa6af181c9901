import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteItemCommand, DynamoDBClient, ScanCommand, type AttributeValue, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { App, Stack, Size } from 'aws-cdk-lib';
import { WebSocket } from 'ws';
import type { Case, Violation } from '../../harness/conformance/case';
import { violationsOf } from '../../harness/conformance/check';
import type { Post } from '../../harness/endpoint/protocol';
import { eventually } from '../../harness/eventually';
import type { Settled } from '../../harness/handler/protocol';
import { itemOf } from '../../harness/table/table';
import { startLocal, type Local, type LocalEvent } from '../../local';
import { BroadcastWebSocketApi, MessageRateLimit, MessageFormat, type BroadcastWebSocketApiProps } from '../../src';
import { ATTRIBUTE, QUOTA, RESERVED_KEY_PREFIX } from '../../src/private/contract';

/** Properties of the construct for the variables of a case. */
const PROPS: Readonly<Record<string, BroadcastWebSocketApiProps>> = {
  '{}': {},
  '{"EXCLUDE_SENDER":"true"}': { excludeSender: true },
  '{"MESSAGE_FORMAT":"RAW"}': { messageFormat: MessageFormat.RAW },
};

const CONNECTION_ID = /^[\w-]{15}=$/;
const FRAME_BYTES = 32 * 1024;
const MAX_CLIENTS = 1_000;
const WRITES = 25;
const PATIENCE_MILLIS = 20_000;

/** Whether real clients can play a case in the local runner: only closed connections fail, and its ids stand for connections. */
export function isPlayable(given: Case): boolean {
  const { rows, table, scripts = {}, others, endpointIsDown, timeoutMillis, broadcasts = 1, freezes, text = '', env = {} } = given;
  const answers = [...Object.values(scripts), ...(others ? [others] : [])].flat();
  return !table && !endpointIsDown && timeoutMillis === undefined && broadcasts === 1 && !freezes && JSON.stringify(env) in PROPS
    && answers.every((answer) => 'status' in answer && answer.status === 410 && answer.afterMillis === undefined)
    && rows.length <= MAX_CLIENTS && rows.every(({ id }) => id.startsWith(RESERVED_KEY_PREFIX) || CONNECTION_ID.test(id))
    && Buffer.byteLength(text) <= QUOTA.messageBytes;
}

/** A client of one API, with its received messages. */
interface Client {
  readonly id: string;
  readonly socket: WebSocket;
  received: string[];
}

/** The construct in the local runner, once for each setup of the cases, with clients that stay. */
export class ThroughRunner {
  static async start(): Promise<ThroughRunner> {
    const directory = mkdtempSync(join(tmpdir(), 'through-runner-'));
    const app = new App({ outdir: join(directory, 'assembly') });
    const stack = new Stack(app, 'Stack');
    // The cases define the rows, including the sender's, and have messages of any size.
    const limits = { messageRateLimit: MessageRateLimit.unlimited(), maxMessageSize: Size.kibibytes(128) };
    for (const [index, props] of Object.values(PROPS).entries()) new BroadcastWebSocketApi(stack, `Api${index}`, { ...limits, ...props });
    const events: LocalEvent[] = [];
    const local = await startLocal({ assembly: app.synth().directory, checkSignatures: true, log: (_line, event) => events.push(event) });
    return new ThroughRunner(directory, local, events);
  }

  private readonly database: DynamoDBClient;
  private readonly clients = new Map<string, Client[]>();

  private constructor(private readonly directory: string, private readonly local: Local, private readonly events: LocalEvent[]) {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    this.database = new DynamoDBClient({ endpoint: local.dynamoDbEndpoint, region: 'us-east-1', credentials });
  }

  async stop(): Promise<void> {
    for (const client of [...this.clients.values()].flat()) client.socket.terminate();
    this.database.destroy();
    await this.local.stop();
    rmSync(this.directory, { recursive: true });
  }

  /** Plays a case with clients, and returns the violations. */
  async run(given: Case): Promise<Violation[]> {
    const index = Object.keys(PROPS).indexOf(JSON.stringify(given.env ?? {}));
    const gone = new Set(given.others ? given.rows.map(({ id }) => id) : Object.keys(given.scripts ?? {}));
    const players = await this.cast(index, given, gone);
    const idOf = (id: string) => players.get(id)?.id ?? id;
    const known = given.sender === undefined || gone.has(given.sender) ? undefined : players.get(given.sender);
    const sender = known ?? await this.spare(index, given);
    const table = this.tableOf(index);
    await this.fill(table, given.rows.map((row) => itemOf({ ...row, id: idOf(row.id) }, Date.now())));
    const open = [...this.clients.get(this.urlOf(index)) ?? []];
    for (const client of open) client.received = [];
    this.events.length = 0;

    // UTF-8 replaces text that no client can send.
    const text = Buffer.from(given.text ?? `hello ${Math.random()}`).toString();
    send(sender.socket, text);
    const handled = await eventually(() => this.events.find(({ event, connectionId }) => event === 'message' && connectionId === sender.id), PATIENCE_MILLIS);
    await Promise.all(open.map(everythingArrived));

    const { expect: wanted } = given;
    const rows = given.rows.map((row) => ({ ...row, id: idOf(row.id) }));
    const mapped = { ...wanted, scans: undefined, delivered: wanted.delivered.map(idOf), pruned: wanted.pruned?.map(idOf) };
    return violationsOf({ ...given, rows, expect: mapped }, {
      text,
      sender: sender.id,
      report: this.report(open, sender, wanted.error !== undefined),
      afterThaw: [],
      left: await this.left(table),
      invocations: [{ settled: this.settled(handled), output: this.output() }],
      scans: 0,
    });
  }

  /** Opens real connections for the rows of a case, and closes those that should be gone. */
  private async cast(index: number, { rows }: Case, gone: ReadonlySet<string>): Promise<Map<string, Client>> {
    const connections = rows.filter(({ id }) => !id.startsWith(RESERVED_KEY_PREFIX));
    const staying = connections.filter(({ id }) => !gone.has(id));
    const players = new Map<string, Client>();
    const pool = await this.pool(index, staying.length);
    staying.forEach(({ id }, position) => players.set(id, pool[position]));
    for (const { id } of connections) if (gone.has(id)) players.set(id, await this.goneClient(index));
    return players;
  }

  /** Returns a client that is connected, but not in the table of a case. */
  private async spare(index: number, { rows }: Case): Promise<Client> {
    return (await this.pool(index, rows.length + 1))[rows.length];
  }

  private async pool(index: number, size: number): Promise<Client[]> {
    const url = this.urlOf(index);
    const pool = this.clients.get(url) ?? [];
    this.clients.set(url, pool);
    while (pool.length < size) pool.push(await this.connect(url));
    return pool;
  }

  private async goneClient(index: number): Promise<Client> {
    const client = await this.connect(this.urlOf(index));
    client.socket.close();
    await eventually(() => this.events.find(({ event, connectionId }) => event === 'disconnect' && connectionId === client.id), PATIENCE_MILLIS);
    return client;
  }

  private async connect(url: string): Promise<Client> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const client: Client = { id: this.events.findLast(({ event }) => event === 'connect')!.connectionId!, socket, received: [] };
    socket.on('message', (data: Buffer) => client.received.push(data.toString()));
    return client;
  }

  /** Reports the endpoint's answers and the clients' messages. */
  private report(open: readonly Client[], sender: Client, fails: boolean) {
    const isErrorFrame = (text: string) => fails && text.startsWith('{"message": "Internal server error", ');
    const accepted = open.flatMap(({ id, received }) => received
      .filter((text) => !(id === sender.id && isErrorFrame(text)))
      .map((text): Post => ({ connectionId: id, at: 0, body: createHash('sha256').update(text).digest('hex'), accepted: true, answer: '200' })));
    const posts = this.events.filter(({ event }) => event === 'post');
    const refused = posts.filter(({ detail }) => !detail.startsWith('200')).map(({ connectionId = '', detail }): Post => (
      { connectionId, at: 0, body: '', accepted: false, answer: detail }));
    const forged = posts.filter(({ detail }) => detail.startsWith('403')).map(({ detail }) => detail);
    return {
      posts: [...accepted, ...refused],
      bodies: {},
      times: [],
      accepted: accepted.length,
      inFlight: 0,
      highestInFlight: 0,
      stalledMillis: 0,
      cpuMicros: 0,
      refused: forged,
    };
  }

  private settled({ detail }: LocalEvent): Settled {
    const unmeasured = { kind: 'settled', startedAt: 0, settledAt: 0, cpuMicros: 0, maxRssKilobytes: 0 } as const;
    const [, name, message = ''] = /^(\w+): (.*)/.exec(this.events.find(({ event }) => event === 'error')?.detail ?? '') ?? [];
    return name === undefined
      ? { ...unmeasured, result: { statusCode: Number(/ (\d{3}) in /.exec(detail)?.[1]) } }
      : { ...unmeasured, error: { name, message } };
  }

  private output(): string {
    return this.events.filter(({ event }) => event === 'output').map(({ detail }) => detail).join('\n');
  }

  private urlOf(index: number): string {
    return this.local.apis.find(({ path }) => path.startsWith(`Stack/Api${index}/`))!.url;
  }

  private tableOf(index: number): string {
    return Object.values(this.local.tables).find((name) => name.startsWith(`Stack-Api${index}`))!;
  }

  private async left(table: string): Promise<string[]> {
    return (await this.keys(table)).filter((id) => !id.startsWith(RESERVED_KEY_PREFIX));
  }

  private async keys(TableName: string): Promise<string[]> {
    const { Items } = await this.database.send(new ScanCommand({ TableName }));
    return Items!.map((item) => item[ATTRIBUTE.connectionId].S!);
  }

  /** Sets the items of a table. */
  private async fill(table: string, items: readonly Record<string, AttributeValue>[]): Promise<void> {
    const kept = new Set(items.map((item) => item[ATTRIBUTE.connectionId].S));
    const requests: WriteRequest[] = [
      ...(await this.keys(table)).filter((id) => !kept.has(id)).map((id) => ({ DeleteRequest: { Key: { [ATTRIBUTE.connectionId]: { S: id } } } })),
      ...items.map((Item) => ({ PutRequest: { Item } })),
    ];
    for (let at = 0; at < requests.length; at += WRITES) {
      await this.database.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests.slice(at, at + WRITES) } }));
    }
  }
}

/** Settles when the client has received everything sent so far: the answer to a ping comes last. */
async function everythingArrived({ socket }: Client): Promise<void> {
  const pong = once(socket, 'pong');
  socket.ping();
  await pong;
}

/** API Gateway takes frames of 32 KB. */
function send(socket: WebSocket, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at === 0 || at < bytes.length; at += FRAME_BYTES) {
    socket.send(bytes.subarray(at, at + FRAME_BYTES), { binary: false, fin: at + FRAME_BYTES >= bytes.length });
  }
}
