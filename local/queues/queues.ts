import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SqsError } from './errors';
import { MoveTasks } from './move-tasks';
import { operations } from './operations';
import { record, requiredString, type Input } from './parameters';
import { Queue } from './queue';
import { mayComeFromPage } from '../cross-site';
import { messageOf } from '../errors';
import { NEEDS_RESTART, type Log } from '../log';
import type { QueueModel } from '../model/queues';
import { readBody } from '../request-body';

/** A batch of 10 has 1 MiB at most; base64 and JSON escapes make it longer on the wire. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** The queues of the template, behind an endpoint for SQS's JSON protocol (used by SDKs since 2023). */
export class Queues {
  static async start(models: readonly QueueModel[], log: Log): Promise<Queues> {
    const queues = new Queues(models, log);
    await new Promise<void>((resolve, reject) => queues.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return queues;
  }

  private readonly server: Server = createServer((request, response) => {
    if (mayComeFromPage(request)) response.writeHead(403).end();
    else void this.serve(request, response);
  });
  private readonly byArn = new Map<string, Queue>();
  private readonly moveTasks = new MoveTasks(this.byArn);

  /** Operations without a queue address. */
  private readonly ownOperations: Readonly<Record<string, (input: Input) => object>> = {
    ListQueues: (input) => this.list(input),
    GetQueueUrl: (input) => ({ QueueUrl: this.urlOf(this.named(requiredString(input, 'QueueName')).model) }),
    StartMessageMoveTask: (input) => this.moveTasks.start(input),
    ListMessageMoveTasks: (input) => this.moveTasks.list(input),
    CancelMessageMoveTask: (input) => this.moveTasks.cancel(input),
  };

  private constructor(models: readonly QueueModel[], private readonly log: Log) {
    for (const model of models) this.add(model);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Applies the queues of a newly loaded app. Queues keep their messages. */
  apply(models: readonly QueueModel[]): void {
    const restart = ({ path }: QueueModel, what: string) => this.log({ source: path, event: 'reload', detail: `${what}, ${NEEDS_RESTART}` });
    for (const { model } of this.byArn.values()) {
      if (!models.some(({ arn }) => arn === model.arn)) restart(model, 'the queue was removed');
    }
    for (const model of models) {
      const known = this.byArn.get(model.arn);
      if (!known) this.add(model);
      else if (JSON.stringify(known.model) !== JSON.stringify(model)) restart(model, 'the queue was changed');
    }
  }

  find(arn: string | undefined): Queue | undefined {
    return arn === undefined ? undefined : this.byArn.get(arn);
  }

  /** Local address of a queue. */
  urlOf({ url }: QueueModel): string {
    return new URL(new URL(url).pathname, this.endpoint).href;
  }

  async stop(): Promise<void> {
    this.moveTasks.stop();
    for (const queue of this.byArn.values()) queue.stop();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private add(model: QueueModel): void {
    this.byArn.set(model.arn, new Queue(model, () => this.find(model.redrive?.targetArn)));
  }

  /** Answers an SQS request from this port, or from a function's endpoint. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = await readBody(request, MAX_REQUEST_BYTES).catch(() => undefined);
    if (body === undefined) return;
    response.setHeader('Content-Type', 'application/x-amz-json-1.0').setHeader('x-amzn-RequestId', randomUUID());
    try {
      const answer = await this.run(String(request.headers['x-amz-target']), textOf(body), gone.signal);
      response.end(JSON.stringify(answer ?? {}));
    } catch (error) {
      const known = error instanceof SqsError ? error : new SqsError('InvalidParameterValue', messageOf(error));
      response.writeHead(known.status, { 'x-amzn-query-error': `${known.code};Sender` });
      response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${known.shape}`, message: known.message }));
    }
  }

  private async run(target: string, body: string, abortSignal: AbortSignal): Promise<unknown> {
    const [, name] = /^AmazonSQS\.(\w+)$/.exec(target) ?? [];
    if (name !== undefined && Object.hasOwn(this.ownOperations, name)) return this.ownOperations[name](parse(body));
    if (name === undefined || !Object.hasOwn(operations, name)) throw new SqsError('UnsupportedOperation', `${name ?? 'a request without x-amz-target (the query protocol)'} is not emulated.`);
    const input = parse(body);
    const queue = this.at(requiredString(input, 'QueueUrl'));
    const answer = await operations[name](queue, input, abortSignal);
    if (name.startsWith('Send')) this.log({ source: queue.model.path, event: 'send', detail: describe(input) });
    return answer;
  }

  private list({ QueueNamePrefix = '' }: Input): object {
    const models = [...this.byArn.values()].map(({ model }) => model).filter(({ name }) => name.startsWith(String(QueueNamePrefix)));
    return { QueueUrls: models.map((model) => this.urlOf(model)) };
  }

  /** Finds the queue at an address with any host: on AWS, or here. */
  private at(url: string): Queue {
    const [, path] = /^https?:\/\/[^/?#]+(\/[^/?#]+\/[^/?#]+)$/.exec(url) ?? [];
    if (path === undefined) throw new SqsError('InvalidAddress', `The address ${url} is not valid for this endpoint.`);
    const inItsRegion = [...this.byArn.values()].find(({ model }) => model.url === url);
    return inItsRegion ?? this.found(({ model }) => new URL(model.url).pathname === path);
  }

  private named(name: string): Queue {
    return this.found(({ model }) => model.name === name);
  }

  private found(isWanted: (queue: Queue) => boolean): Queue {
    const queue = [...this.byArn.values()].find(isWanted);
    if (!queue) throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }
}

function describe({ MessageBody, Entries }: Input): string {
  return Array.isArray(Entries) ? `${Entries.length} messages` : `${Buffer.byteLength(String(MessageBody))} bytes`;
}

function textOf(body: Buffer | 'too large'): string {
  if (body === 'too large') throw new SqsError('InvalidParameterValue', `A request has ${MAX_REQUEST_BYTES / 1024 / 1024} MiB at most.`);
  return body.toString();
}

function parse(body: string): Input {
  try {
    return record(JSON.parse(body || '{}'));
  } catch {
    throw new SqsError('SerializationException', 'The request is not valid JSON.');
  }
}
