import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { DIFFERENCES } from './differences';
import { elasticMqClassPath, startElasticMq, type ElasticMq } from './elasticmq';
import { answerTo, REQUESTS, titleOf, type QueueName, type Request, type Subject } from './requests';
import { CREDENTIALS, REGION } from '../../../harness/credentials';
import { queueModel } from '../../../harness/queue-model';
import { Queues } from '../../../local/queues/queues';
import { describeWith } from '../support/availability';

/*
 * The same requests to the runner's queues and to ElasticMQ, through the AWS SDK: single ones, then generated sequences. Results and error codes
 * must agree, except for those in differences.ts. Alone: npx jest test/witness/elasticmq
 */
jest.setTimeout(300_000);

const SEED = 20261129;
const SEQUENCES = 60;

const SEND = { operation: 'SendMessage', variant: 'plain' } as const;
const RECEIVE = { operation: 'ReceiveMessage', variant: 'ten' } as const;
const DELETE = { operation: 'DeleteMessage', variant: 'of the last receive' } as const;

describeWith(elasticMqClassPath(), 'ElasticMQ and the runner\'s queues', (classPath) => {
  let elasticMq: ElasticMq;
  const seen = new Set<number>();
  let names = 0;

  beforeAll(async () => {
    elasticMq = await startElasticMq(classPath());
  });

  afterAll(() => elasticMq?.stop());

  async function pair(): Promise<{ subjects: readonly [Subject, Subject]; stop(): Promise<void> }> {
    names++;
    const models = { standard: queueModel({ name: `q${names}` }), fifo: queueModel({ name: `q${names}.fifo`, isFifo: true }) };
    const queues = await Queues.start(Object.values(models), () => undefined);
    const runner = client(queues.endpoint);
    const other = client(elasticMq.endpoint);
    const create = async (QueueName: string, Attributes?: Record<string, string>) => {
      const { QueueUrl } = await other.send(new CreateQueueCommand({ QueueName, Attributes }));
      return QueueUrl!;
    };
    const urls: Record<QueueName, string> = { standard: await create(`q${names}`), fifo: await create(`q${names}.fifo`, { FifoQueue: 'true' }) };
    return {
      subjects: [
        { sqs: runner, urls: { standard: queues.urlOf(models.standard), fifo: queues.urlOf(models.fifo) }, received: [], deleted: [] },
        { sqs: other, urls, received: [], deleted: [] },
      ],
      async stop() {
        runner.destroy();
        other.destroy();
        await queues.stop();
      },
    };
  }

  /** Returns whether both hold the same messages now. Throws when their answers differ without a known difference. */
  async function agree(request: Request, [runner, other]: readonly [Subject, Subject]): Promise<boolean> {
    const [ours, theirs] = [await answerTo(request, runner), await answerTo(request, other)];
    if (ours === theirs) return true;
    const index = DIFFERENCES.findIndex((difference) => (
      difference.requests.test(titleOf(request)) && difference.runner.test(ours) && difference.elasticMq.test(theirs)));
    if (index < 0) throw new Error(`${titleOf(request)}\n  the runner: ${ours.slice(0, 500)}\n  ElasticMQ:  ${theirs.slice(0, 500)}`);
    seen.add(index);
    return isRefusal(ours) && isRefusal(theirs);
  }

  test.each(REQUESTS.map((request): [string, Request] => [titleOf(request), request]))('%s', async (_title, request) => {
    const { subjects, stop } = await pair();
    try {
      const queue = request.queue;
      // One message was deleted and one is received: there are handles of both kinds.
      for (const prepared of [SEND, RECEIVE, DELETE, SEND, RECEIVE]) expect(await agree({ ...prepared, queue }, subjects)).toBe(true);
      await agree(request, subjects);
    } finally {
      await stop();
    }
  });

  test(`agree over ${SEQUENCES} generated sequences of requests`, async () => {
    let requests = 0;
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...REQUESTS), { minLength: 5, maxLength: 25 }), async (sequence) => {
      const { subjects, stop } = await pair();
      try {
        for (const request of sequence) {
          requests++;
          // After a difference where only one of them refused, the queues may hold different messages.
          if (!(await agree(request, subjects))) break;
        }
      } finally {
        await stop();
      }
    }), { seed: SEED, numRuns: SEQUENCES });
    expect(requests).toBeGreaterThan(SEQUENCES);
  });

  test('redrive a message from a dead-letter queue to where it came from', async () => {
    const dead = queueModel({ name: 'redrive-dead' });
    const redrive = { targetArn: dead.arn, maxReceiveCount: 1 };
    const source = queueModel({ name: 'redrive-source', redrive });
    const queues = await Queues.start([dead, source], () => undefined);
    const [runner, other] = [client(queues.endpoint), client(elasticMq.endpoint)];
    const create = async (QueueName: string, Attributes?: Record<string, string>) => (
      (await other.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!);
    const policy = JSON.stringify({ deadLetterTargetArn: elasticMq.arnOf(dead.name), maxReceiveCount: '1' });
    const others = { dead: await create(dead.name), source: await create(source.name, { RedrivePolicy: policy }) };
    try {
      const ours = await redriven(runner, { dead: queues.urlOf(dead), source: queues.urlOf(source) }, dead.arn);
      expect(ours).toEqual({ died: ['again'], returned: ['again'], left: [] });
      expect(await redriven(other, others, elasticMq.arnOf(dead.name))).toEqual(ours);
    } finally {
      runner.destroy();
      other.destroy();
      await queues.stop();
    }
  });

  test('differ in all that is listed', () => {
    expect(DIFFERENCES.filter((_difference, index) => !seen.has(index)).map(({ requests }) => String(requests))).toEqual([]);
  });
});

/** Whether an answer is a refusal: an answer is JSON, a refusal an error code. */
function isRefusal(answer: string): boolean {
  return !/^["{[]/.test(answer);
}

function client(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 });
}

/** Lets a message fail, redrives it, and returns where it was found. */
async function redriven(sqs: SQSClient, urls: { readonly dead: string; readonly source: string }, SourceArn: string): Promise<object> {
  const receive = async (QueueUrl: string, WaitTimeSeconds: number) => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, VisibilityTimeout: 0 }));
    return Messages.map(({ Body }) => Body);
  };
  await sqs.send(new SendMessageCommand({ QueueUrl: urls.source, MessageBody: 'again' }));
  await receive(urls.source, 1);
  expect(await receive(urls.source, 0)).toEqual([]);
  const died = await receive(urls.dead, 1);
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  return { died, returned: await receive(urls.source, 5), left: await receive(urls.dead, 0) };
}
