import {
  CancelMessageMoveTaskCommand, ListMessageMoveTasksCommand, ReceiveMessageCommand, StartMessageMoveTaskCommand, type SQSClient,
} from '@aws-sdk/client-sqs';
import { outgoing, queueModel } from '../../../harness/queue-model';
import { queuesClient } from '../../../harness/queues';
import { MoveTasks } from '../../../local/queues/move-tasks';
import { Queue } from '../../../local/queues/queue';
import { Queues } from '../../../local/queues/queues';

/* Redrives from a dead-letter queue. The answers match AWS's, as public test suites have recorded them. */
const arnOf = (name: string) => queueModel({ name }).arn;
const urlOf = (name: string) => queueModel({ name }).url;

describe('a redrive', () => {
  let queues: Map<string, Queue>;
  let tasks: MoveTasks;
  const add = (name: string, more = {}) => queues.set(arnOf(name), new Queue(queueModel({ name, ...more }), () => queues.get(arnOf('dead'))));
  const queue = (name: string) => queues.get(arnOf(name))!;
  const list = (max?: number) => (tasks.list({ SourceArn: arnOf('dead'), MaxResults: max }) as { Results: Record<string, unknown>[] }).Results;
  const bodies = (name: string) => queue(name).receive(10, 0).map(({ body }) => body);

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    queues = new Map();
    tasks = new MoveTasks(queues);
    const redrive = { targetArn: arnOf('dead'), maxReceiveCount: 1 };
    for (const name of ['orders', 'refunds']) add(name, { redrive });
    for (const name of ['dead', 'elsewhere']) add(name);
  });

  afterEach(() => {
    tasks.stop();
    for (const each of queues.values()) each.stop();
    jest.useRealTimers();
  });

  /** Sends a message, and receives it once too often. */
  function kill(name: string, body: string): void {
    queue(name).send(outgoing(body, { attributes: { id: { DataType: 'String', StringValue: body } }, groupId: 'g' }));
    queue(name).receive(10);
    jest.advanceTimersByTime(30_000);
    expect(queue(name).receive(10)).toEqual([]);
  }

  test('returns each message to the queue that it came from, as a new one with its attributes', () => {
    kill('orders', 'one');
    kill('refunds', 'two');
    const [{ id, sentAt }] = queue('dead').receive(1, 0);
    tasks.start({ SourceArn: arnOf('dead') });
    jest.advanceTimersByTime(1000);
    const [moved] = queue('orders').receive(10);
    expect(moved).toMatchObject({ body: 'one', receiveCount: 1, attributes: { id: { StringValue: 'one' } }, groupId: 'g', deadLetterSource: undefined });
    expect(moved.id).not.toBe(id);
    expect(moved.sentAt).toBeGreaterThan(sentAt);
    expect(bodies('refunds')).toEqual(['two']);
    expect(queue('dead').counts().visible).toBe(0);
    expect(list()).toEqual([{
      Status: 'COMPLETED', SourceArn: arnOf('dead'), ApproximateNumberOfMessagesMoved: 2, ApproximateNumberOfMessagesToMove: 2, StartedTimestamp: 1_060_000,
    }]);
  });

  test('moves messages to a destination if it has one, even those without a source queue', () => {
    queue('dead').send(outgoing('sent here'));
    kill('orders', 'one');
    tasks.start({ SourceArn: arnOf('dead'), DestinationArn: arnOf('elsewhere') });
    jest.advanceTimersByTime(1000);
    expect(bodies('elsewhere')).toEqual(['sent here', 'one']);
    expect(list()).toMatchObject([{ Status: 'COMPLETED', DestinationArn: arnOf('elsewhere') }]);
  });

  test('keeps to its rate, and ends when it is cancelled', () => {
    for (const body of ['one', 'two', 'three']) queue('dead').send(outgoing(body));
    const { TaskHandle } = tasks.start({ SourceArn: arnOf('dead'), DestinationArn: arnOf('elsewhere'), MaxNumberOfMessagesPerSecond: 1 }) as { TaskHandle: string };
    expect(list()).toMatchObject([{ TaskHandle, Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 1, ApproximateNumberOfMessagesMoved: 0, ApproximateNumberOfMessagesToMove: 3 }]);
    jest.advanceTimersByTime(2000);
    expect(tasks.cancel({ TaskHandle })).toEqual({ ApproximateNumberOfMessagesMoved: 2 });
    jest.advanceTimersByTime(10_000);
    expect(bodies('elsewhere')).toEqual(['one', 'two']);
    expect(list()[0]).toMatchObject({ Status: 'CANCELLED', TaskHandle: undefined });
    expect(() => tasks.cancel({ TaskHandle })).toThrow('Only a task that is running can be cancelled.');
  });

  test('fails at a message whose source is unknown or deleted, and keeps the message', () => {
    queue('dead').send(outgoing('sent here'));
    tasks.start({ SourceArn: arnOf('dead') });
    jest.advanceTimersByTime(1000);
    expect(list()).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }]);
    expect(bodies('dead')).toEqual(['sent here']);
    tasks.start({ SourceArn: arnOf('dead'), DestinationArn: arnOf('elsewhere') });
    queues.delete(arnOf('elsewhere'));
    jest.advanceTimersByTime(1000);
    expect(list(10).map(({ Status, FailureReason }) => [Status, FailureReason])).toEqual([
      ['FAILED', 'AWS.SimpleQueueService.NonExistentQueue'], ['FAILED', 'CouldNotDetermineMessageSource'],
    ]);
    expect(list()).toHaveLength(1);
  });

  test('leaves messages that a receiver holds', () => {
    queue('dead').send(outgoing('held'));
    queue('dead').receive(1);
    tasks.start({ SourceArn: arnOf('dead'), DestinationArn: arnOf('elsewhere') });
    jest.advanceTimersByTime(1000);
    expect(queue('dead').counts().inFlight).toBe(1);
    expect(bodies('elsewhere')).toEqual([]);
  });

  test('keeps the order of a FIFO queue, and its groups', () => {
    const redrive = { targetArn: arnOf('dead'), maxReceiveCount: 1 };
    add('dead', { isFifo: true });
    add('orders', { isFifo: true, deduplicatesByContent: true, redrive });
    for (const body of ['one', 'two', 'three']) queue('orders').send(outgoing(body, { groupId: 'g' }));
    queue('orders').receive(10);
    jest.advanceTimersByTime(30_000);
    queue('orders').receive(10);
    tasks.start({ SourceArn: arnOf('dead') });
    jest.advanceTimersByTime(1000);
    expect(queue('orders').receive(10).map(({ body, groupId }) => [body, groupId])).toEqual([['one', 'g'], ['two', 'g'], ['three', 'g']]);
  });
});

describe('over the wire', () => {
  let queues: Queues;
  let sqs: SQSClient;

  beforeEach(async () => {
    const redrive = { targetArn: arnOf('dead'), maxReceiveCount: 1 };
    queues = await Queues.start([
      queueModel({ name: 'orders', redrive }), queueModel({ name: 'dead' }), queueModel({ name: 'fifo.fifo', isFifo: true }),
    ], () => undefined);
    sqs = queuesClient(queues.endpoint, 1);
  });

  afterEach(async () => {
    sqs.destroy();
    await queues.stop();
  });

  const start = (input: object) => sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead'), ...input }));
  const list = (input: object) => sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead'), ...input }));
  const cancel = (TaskHandle: string | undefined) => sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  const handleOf = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');

  test('a message goes back, and is received', async () => {
    queues.find(arnOf('orders'))!.send(outgoing('x'));
    const receive = async (name: string) => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: urlOf(name), VisibilityTimeout: 0, WaitTimeSeconds: 1 }));
      return Messages;
    };
    await receive('orders');
    expect(await receive('orders')).toEqual([]);
    expect(await receive('dead')).toHaveLength(1);
    const { TaskHandle } = await start({});
    expect(TaskHandle).toEqual(expect.any(String));
    expect(await receive('orders')).toMatchObject([{ Body: 'x' }]);
  });

  const NO_FORMAT = 'You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>';
  const NO_SOURCE = 'The resource that you specified for the SourceArn parameter doesn\'t exist.';
  test.each<[string, () => Promise<unknown>, string, number, string]>([
    ['no source', () => start({ SourceArn: undefined }), 'MissingParameter', 400, 'The request must contain the parameter SourceArn.'],
    ['a source that is no ARN', () => start({ SourceArn: 'dead' }), 'InvalidParameterValue', 400, NO_FORMAT],
    ['a source that is not there', () => start({ SourceArn: arnOf('none') }), 'ResourceNotFoundException', 404, NO_SOURCE],
    ['a source that is no dead-letter queue', () => start({ SourceArn: arnOf('orders') }), 'InvalidParameterValue', 400, 'Source queue must be configured as a Dead Letter Queue.'],
    ['a destination that is not there', () => start({ DestinationArn: arnOf('none') }), 'ResourceNotFoundException', 404,
      'The resource that you specified for the DestinationArn parameter doesn\'t exist.'],
    ['a destination that is the source (u)', () => start({ DestinationArn: arnOf('dead') }), 'InvalidParameterValue', 400, 'Source queue arn and destination queue arn cannot be the same.'],
    ['a destination of another type (u)', () => start({ DestinationArn: arnOf('fifo.fifo') }), 'InvalidParameterValue', 400, 'Source queue and destination queue must be of the same type.'],
    ['no messages a second', () => start({ MaxNumberOfMessagesPerSecond: 0 }), 'InvalidParameterValue', 400, 'MaxNumberOfMessagesPerSecond'],
    ['501 messages a second', () => start({ MaxNumberOfMessagesPerSecond: 501 }), 'InvalidParameterValue', 400, 'MaxNumberOfMessagesPerSecond'],
    ['a second task', async () => {
      queues.find(arnOf('dead'))!.send(outgoing('x'));
      for (let time = 0; time < 2; time++) await start({ MaxNumberOfMessagesPerSecond: 1 });
    }, 'InvalidParameterValue', 400, 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.'],
    ['a list without a source', () => list({ SourceArn: undefined }), 'MissingParameter', 400, 'SourceArn'],
    ['a list of a queue that is not there', () => list({ SourceArn: arnOf('none') }), 'ResourceNotFoundException', 404, NO_SOURCE],
    ['a list of 11', () => list({ MaxResults: 11 }), 'InvalidParameterValue', 400, 'MaxResults'],
    ['no task', () => cancel(undefined), 'MissingParameter', 400, 'The request must contain the parameter TaskHandle.'],
    ['a task that is none', () => cancel('garbage'), 'InvalidParameterValue', 400, 'Value for parameter TaskHandle is invalid.'],
    ['a task of a queue that is not there', () => cancel(handleOf({ taskId: 'x', sourceArn: arnOf('none') })), 'ResourceNotFoundException', 404, NO_SOURCE],
    ['a task that is not there', () => cancel(handleOf({ taskId: 'x', sourceArn: arnOf('dead') })), 'ResourceNotFoundException', 404, 'Task does not exist.'],
  ])('is refused as SQS does: %s', async (_what, call, Code, httpStatusCode, message) => {
    await expect(call()).rejects.toMatchObject({ Error: { Code }, $metadata: { httpStatusCode }, message: expect.stringContaining(message) });
  });
});
