import { BatchWriteItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { App, Duration, Stack, type CfnElement } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type CfnQueue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Client } from '../../harness/client';
import { databaseClient, item } from '../../harness/database';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { shippedBundle } from '../../harness/shipped-bundle';
import { startLocal, type Local } from '../../local';
import { BroadcastWebSocketApi, FanOut, MessageFormat } from '../../src';
import { ATTRIBUTE } from '../../src/private/contract';

let scratch: Scratch;
let local: Local;
let database: DynamoDBClient;
let sqs: SQSClient;
let clients: Client[] = [];
const printed: string[] = [];
const ids: Record<'queue' | 'hasty' | 'dead' | 'table', string> = { queue: '', hasty: '', dead: '', table: '' };

beforeAll(async () => {
  scratch = scratchFolder();
  for (const handler of ['connection-handler', 'queued-message-handler', 'delivery-handler'] as const) shippedBundle(handler);
  const app = new App({ outdir: scratch.path });
  const stack = new Stack(app, 'FanOut');
  const api = new BroadcastWebSocketApi(stack, 'Api', { fanOut: FanOut.queued(), messageFormat: MessageFormat.ENVELOPE, excludeSender: true });
  // Failures come again after one second instead of 90, so that they soon are in the dead-letter queue. On a busy machine that is too
  // short for a large broadcast, as the schedule's three seconds are: those have an API of their own.
  const hasty = new BroadcastWebSocketApi(stack, 'Hasty', { fanOut: FanOut.queued(), messageFormat: MessageFormat.ENVELOPE });
  (hasty.broadcastQueue.node.defaultChild as CfnQueue).visibilityTimeout = 1;
  new Rule(stack, 'EveryMinute', {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new SqsQueue(hasty.broadcastQueue, { message: RuleTargetInput.fromObject({ text: 'the clock struck' }) })],
  });
  const idOf = (queue: IQueue) => stack.resolve(stack.getLogicalId(queue.node.defaultChild as CfnElement));
  ids.queue = idOf(api.broadcastQueue);
  ids.hasty = idOf(hasty.broadcastQueue);
  ids.dead = idOf(hasty.deadLetterQueue);
  ids.table = stack.resolve(stack.getLogicalId(api.connectionsTable.node.defaultChild as CfnElement));
  app.synth();
  local = await startLocal({ assembly: scratch.path, timeScale: 20, log: (_line, { event, detail }) => event === 'output' && printed.push(detail) });
  database = databaseClient(local.dynamoDbEndpoint);
  sqs = queuesClient(local.sqsEndpoint);
}, 60_000);

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
});

afterAll(async () => {
  database?.destroy();
  sqs?.destroy();
  await local?.stop();
  scratch?.remove();
});

async function join(count: number, name: 'Api' | 'Hasty' = 'Api'): Promise<Client[]> {
  const { url } = local.apis.find(({ path }) => path.split('/').includes(name))!;
  const joined = await Promise.all(Array.from({ length: count }, () => Client.open(url)));
  clients.push(...joined);
  return joined;
}

async function publish(body: string, attributes: Record<string, string> = {}, queue: 'queue' | 'hasty' = 'queue'): Promise<void> {
  await sqs.send(new SendMessageCommand({
    QueueUrl: local.queues[ids[queue]],
    MessageBody: body,
    MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }])),
  }));
}

const saying = (text: string) => (frame: string) => frame.includes(`"${text}"`);
const countOf = (client: Client, text: string) => client.frames.filter(saying(text)).length;

/** Writes rows of connections that were lost long ago without notice. */
async function plantRows(count: number): Promise<void> {
  for (let start = 0; start < count; start += 25) {
    const rows = Array.from({ length: 25 }, (_, index) => item({
      connectionId: `lost${String(start + index).padStart(11, '0')}=`, connectedAt: Date.now() - 600_000, ttl: Math.floor(Date.now() / 1000) + 3_600,
    }));
    await database.send(new BatchWriteItemCommand({ RequestItems: { [local.tables[ids.table]]: rows.map((Item) => ({ PutRequest: { Item } })) } }));
  }
}

/** Returns the sum of a metric that the functions printed. */
function counted(metric: string): number {
  return printed.reduce((sum, line) => sum + Number(new RegExp(`"${metric}":(\\d+)`).exec(line)?.[1] ?? 0), 0);
}

async function lostRows(): Promise<number> {
  const { Items } = await database.send(new ScanCommand({ TableName: local.tables[ids.table], ConsistentRead: true }));
  return Items!.filter((row) => row[ATTRIBUTE.connectionId].S!.startsWith('lost')).length;
}

describe('a client\'s message that goes through the queue', () => {
  test('reaches everybody but its sender, in an envelope that names the sender', async () => {
    const [ann, bob, eve] = await join(3);
    ann.send('over the queue');
    const frames = await Promise.all([bob, eve].map((client) => client.frame(saying('over the queue'))));
    expect(frames[0]).toBe(frames[1]);
    expect(JSON.parse(frames[0])).toEqual({
      type: 'message', id: expect.any(String), from: expect.any(String), sentAt: expect.any(Number), message: 'over the queue',
    });
    bob.send('the end');
    await ann.frame(saying('the end'));
    expect(countOf(ann, 'over the queue')).toBe(0);
  });

  test('arrives unchanged, even with characters that a queue would refuse', async () => {
    const [ann, bob] = await join(2);
    ann.send('control \u0001 and \uffff');
    const frame = await bob.frame((each) => each.includes('control'));
    expect(JSON.parse(frame).message).toBe('control \u0001 and \uffff');
  });

  test('to more than a thousand reaches all open connections once, and the closed ones are forgotten', async () => {
    const everybody = await join(5);
    await plantRows(1_025);
    everybody[0].send('to many');
    await Promise.all(everybody.slice(1).map((client) => client.frame(saying('to many'))));
    await eventually(async () => await lostRows() === 0);
    await eventually(() => counted('Recipients') >= 1_029);
    const repeated = everybody.slice(1).reduce((sum, client) => sum + countOf(client, 'to many') - 1, 0);
    // Only retried messages may come again, for example when this machine answers too slowly.
    expect(repeated).toBeLessThanOrEqual(counted('Retried'));
  }, 60_000);
});

describe('a publisher', () => {
  test('reaches everybody, without a sender, with the id that it chose', async () => {
    const everybody = await join(3);
    await publish('from the backend', { id: 'order-7' });
    for (const client of everybody) {
      expect(JSON.parse(await client.frame(saying('from the backend'))))
        .toEqual({ type: 'message', id: 'order-7', sentAt: expect.any(Number), message: 'from the backend' });
    }
  });

  test('that is a schedule reaches everybody', async () => {
    const [ann] = await join(1, 'Hasty');
    const { from, message } = JSON.parse(await ann.frame((frame) => frame.includes('the clock struck')));
    expect(from).toBeUndefined();
    expect(JSON.parse(message)).toEqual({ text: 'the clock struck' });
  });

  test('of an invalid message finds it in the dead-letter queue, and its other messages arrive', async () => {
    const [ann] = await join(1, 'Hasty');
    await Promise.all([publish('for one only', { to: 'somebody' }, 'hasty'), publish('x'.repeat(200_000), {}, 'hasty'), publish('for all', {}, 'hasty')]);
    await ann.frame(saying('for all'));
    const dead: string[] = [];
    await eventually(async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: local.queues[ids.dead], MaxNumberOfMessages: 10 }));
      dead.push(...Messages.map(({ Body }) => Body!));
      return dead.length >= 2;
    });
    expect(dead.map((body) => body.slice(0, 12)).sort()).toEqual(['for one only', 'x'.repeat(12)]);
    expect(countOf(ann, 'for one only')).toBe(0);
    expect(ann.frames.every((frame) => frame.length < 1_000)).toBe(true);
  }, 60_000);
});
