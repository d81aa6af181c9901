import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { ATTRIBUTE } from '../../src/private/contract';
import { send, type HttpAnswer } from '../http';
import { closeServer, listenOnLoopback, portOf } from '../loopback';
import type { KeyAndCertificate } from '../self-signed';

export type Operation = 'Scan' | 'PutItem' | 'DeleteItem' | 'UpdateItem';

/** Fault of some calls of one operation. */
export interface Fault {
  readonly operation: Operation;
  readonly kind: 'throttle' | 'internal' | 'deny' | 'reset' | 'hang';
  /** The calls it happens to, counted from 1 with retries included; all of them unless told. */
  readonly from?: number;
  readonly to?: number;
}

/** Differences from a perfect table. */
export interface TableBehaviour {
  readonly faults?: readonly Fault[];
  /** Rows in a page; without it a page is 1 MB, as DynamoDB's are. */
  readonly pageRows?: number;
  /** Ids of rows stored so lately that an eventually consistent read does not see them. */
  readonly unseen?: readonly string[];
  /** Ids that connect again just before their row is deleted. */
  readonly reconnecting?: readonly string[];
}

const ERRORS = {
  throttle: { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' },
  internal: { status: 500, type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' },
  deny: { status: 400, type: 'com.amazon.coral.service#AccessDeniedException' },
} as const;

interface Input {
  readonly TableName: string;
  readonly ConsistentRead?: boolean;
  readonly Key?: Record<string, { readonly S?: string }>;
}

type Item = Record<string, { readonly S?: string }>;

/** Stands between a handler and a database that never fails and is always consistent. */
export class FaultProxy {
  private readonly server: Server;
  private readonly agent = new Agent({ keepAlive: true });
  private behaviour: TableBehaviour = {};
  private readonly calls = new Map<string, number>();
  private readonly reconnected = new Set<string>();

  /**
   * @param reconnect stores a new row of this id
   * @param tls makes it speak TLS, as DynamoDB does
   */
  constructor(
    private readonly port: number,
    private readonly reconnect: (tableName: string, connectionId: string) => Promise<void>,
    private readonly tls?: KeyAndCertificate,
  ) {
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.serve(request, response).catch(() => response.destroy());
    this.server = tls ? createSecureServer(tls, serve) : createServer(serve);
  }

  async start(): Promise<string> {
    await listenOnLoopback(this.server);
    return `${this.tls ? 'https://localhost' : 'http://127.0.0.1'}:${portOf(this.server)}`;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await closeServer(this.server);
  }

  /** Behaves so from now on, and counts calls from the start. */
  behave(behaviour: TableBehaviour): void {
    this.behaviour = behaviour;
    this.calls.clear();
    this.reconnected.clear();
  }

  callsOf(operation: Operation): number {
    return this.calls.get(operation) ?? 0;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    const call = (this.calls.get(operation) ?? 0) + 1;
    this.calls.set(operation, call);
    const input = await json(request) as Input;
    const fault = this.behaviour.faults?.find((each) => each.operation === operation && call >= (each.from ?? 1) && call <= (each.to ?? Infinity));
    if (fault) {
      fail(request, response, fault.kind);
      return;
    }
    await this.reconnectBefore(operation, input);
    const { status, headers, body } = await this.forward(request, JSON.stringify(operation === 'Scan' ? this.limited(input) : input));
    const seen = operation === 'Scan' && status === 200 ? this.withoutUnseen(body, input) : body;
    response.writeHead(status!, { 'content-type': headers['content-type'] ?? '', 'content-length': seen.length });
    response.end(seen);
  }

  private limited(input: Input): Input & { Limit?: number } {
    return { ...input, ...(this.behaviour.pageRows && { Limit: this.behaviour.pageRows }) };
  }

  private withoutUnseen(body: Buffer, { ConsistentRead }: Input): Buffer {
    const { unseen } = this.behaviour;
    if (!unseen || ConsistentRead) return body;
    const { Items, ...rest } = JSON.parse(body.toString('utf8')) as { Items: Item[] };
    return Buffer.from(JSON.stringify({ ...rest, Items: Items.filter((item) => !unseen.includes(item[ATTRIBUTE.connectionId].S!)) }));
  }

  private async reconnectBefore(operation: string, { TableName, Key }: Input): Promise<void> {
    const id = Key?.[ATTRIBUTE.connectionId].S;
    if (operation !== 'DeleteItem' || !id || !this.behaviour.reconnecting?.includes(id) || this.reconnected.has(id)) return;
    this.reconnected.add(id);
    await this.reconnect(TableName, id);
  }

  private forward({ headers }: IncomingMessage, body: string): Promise<HttpAnswer> {
    return send({ port: this.port, agent: this.agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, body);
  }
}

function fail(request: IncomingMessage, response: ServerResponse, kind: Fault['kind']): void {
  if (kind === 'hang') return;
  if (kind === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const { status, type } = ERRORS[kind];
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: type, message: `made up: ${kind}` }));
}
