import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SqsError } from './errors';
import { operations, type Input } from './operations';
import { Queue } from './queue';
import { mayComeFromPage } from '../cross-site';
import { messageOf } from '../errors';
import { NEEDS_RESTART, type Log } from '../log';
import type { QueueModel } from '../model/queues';
import { readBody } from '../request-body';

/** A batch of 10 has 1 MiB at most; base64 and JSON escapes make it longer on the wire. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** The queues of the template, behind an endpoint that speaks SQS's JSON protocol (what SDKs have spoken since 2023). */
export class Queues {
  static async start(models: readonly QueueModel[], log: Log): Promise<Queues> {
    const queues = new Queues(models, log);
    await new Promise<void>((resolve, reject) => queues.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return queues;
  }

  private readonly server: Server = createServer((request, response) => void this.serve(request, response));
  private readonly byArn = new Map<string, Queue>();

  private constructor(models: readonly QueueModel[], private readonly log: Log) {
    for (const model of models) this.add(model);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Takes the queues of a newly loaded app. Queues keep what is in them. */
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

  /** The address of a queue on this machine. */
  urlOf({ url }: QueueModel): string {
    return new URL(new URL(url).pathname, this.endpoint).href;
  }

  async stop(): Promise<void> {
    for (const queue of this.byArn.values()) queue.stop();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private add(model: QueueModel): void {
    this.byArn.set(model.arn, new Queue(model, () => this.find(model.redrive?.targetArn)));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mayComeFromPage(request)) return void response.writeHead(403).end();
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
      response.writeHead(400, { 'x-amzn-query-error': `${known.queryCode};Sender` });
      response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${known.type}`, message: known.message }));
    }
  }

  private async run(target: string, body: string, signal: AbortSignal): Promise<unknown> {
    const [, name] = /^AmazonSQS\.(\w+)$/.exec(target) ?? [];
    const input = parse(body);
    if (name === 'ListQueues') return this.list(input);
    if (name === 'GetQueueUrl') return { QueueUrl: this.urlOf(this.named(String(input.QueueName)).model) };
    const operation = operations[name ?? ''];
    if (!operation) throw new SqsError('UnsupportedOperation', `${name ?? 'a request without x-amz-target (the query protocol)'} is not emulated.`);
    const queue = this.named(String(input.QueueUrl).split('/').pop()!);
    const answer = await operation(queue, input, signal);
    if (name.startsWith('Send')) this.log({ source: queue.model.path, event: 'send', detail: describe(input) });
    return answer;
  }

  private list({ QueueNamePrefix = '' }: Input): object {
    const models = [...this.byArn.values()].map(({ model }) => model).filter(({ name }) => name.startsWith(String(QueueNamePrefix)));
    return { QueueUrls: models.map((model) => this.urlOf(model)) };
  }

  private named(name: string): Queue {
    const queue = [...this.byArn.values()].find(({ model }) => model.name === name);
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
    return (JSON.parse(body || '{}') ?? {}) as Input;
  } catch {
    throw new SqsError('InvalidParameterValue', 'The request is not valid JSON.');
  }
}
