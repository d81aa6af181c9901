import { outgoing, queueModel } from '../../../harness/queue-model';
import { Queue } from '../../../local/queues/queue';

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => jest.useRealTimers());

const bodies = (messages: readonly { body: string }[]) => messages.map(({ body }) => body);

describe('a message', () => {
  test('is received in the order of sending, with its system attributes', () => {
    const queue = new Queue(queueModel());
    queue.send(outgoing('one'));
    queue.send(outgoing('two'));
    jest.advanceTimersByTime(5);
    const received = queue.receive(10);
    expect(bodies(received)).toEqual(['one', 'two']);
    expect(received[0]).toMatchObject({ sentAt: 1_000_000, firstReceivedAt: 1_000_005, receiveCount: 1, md5: 'f97c5d29941bfb1b2fdab0874906ab82' });
  });

  test('is hidden once it is received, and comes back with another handle when the time is over', () => {
    const queue = new Queue(queueModel({ visibilityTimeoutSeconds: 30 }));
    queue.send(outgoing('one'));
    const [first] = queue.receive(1);
    const handle = first.receiptHandle;
    jest.advanceTimersByTime(29_999);
    expect(queue.receive(1)).toEqual([]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    jest.advanceTimersByTime(1);
    const [second] = queue.receive(1);
    expect(second).toMatchObject({ body: 'one', receiveCount: 2 });
    expect(second.receiptHandle).not.toBe(handle);
    queue.delete(handle!);
    expect(queue.counts().inFlight).toBe(1);
  });

  test('that is deleted does not come back', () => {
    const queue = new Queue(queueModel());
    queue.send(outgoing('one'));
    queue.delete(queue.receive(1)[0].receiptHandle!);
    jest.advanceTimersByTime(60_000);
    expect(queue.receive(1)).toEqual([]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test.each<[string, number, number | undefined]>([['the queue', 7, undefined], ['the sender', 0, 7]])('is delayed as %s says', (_who, delaySeconds, own) => {
    const queue = new Queue(queueModel({ delaySeconds }));
    queue.send(outgoing('one', { delaySeconds: own }));
    jest.advanceTimersByTime(6999);
    expect(queue.receive(1)).toEqual([]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    jest.advanceTimersByTime(1);
    expect(bodies(queue.receive(1))).toEqual(['one']);
  });

  test('that outlives the retention is gone', () => {
    const queue = new Queue(queueModel({ retentionSeconds: 60 }));
    queue.send(outgoing('one'));
    jest.advanceTimersByTime(60_000);
    expect(queue.receive(1)).toEqual([]);
  });

  test('may be hidden for longer, or shown at once', () => {
    const queue = new Queue(queueModel());
    queue.send(outgoing('one'));
    const [{ receiptHandle }] = queue.receive(1);
    queue.changeVisibility(receiptHandle!, 100);
    jest.advanceTimersByTime(99_999);
    expect(queue.receive(1)).toEqual([]);
    queue.changeVisibility(receiptHandle!, 0);
    expect(() => queue.changeVisibility(receiptHandle!, 1)).toThrow('is not available for visibility timeout change');
    expect(queue.receive(1)).toHaveLength(1);
  });

  test('that was received too often goes to the dead-letter queue, and keeps its id and age', () => {
    const dead = new Queue(queueModel({ name: 'dead' }));
    const queue = new Queue(queueModel({ redrive: { targetArn: dead.model.arn, maxReceiveCount: 2 } }), () => dead);
    const { id, sentAt } = queue.send(outgoing('poison'));
    for (const count of [1, 2]) {
      expect(queue.receive(1)[0].receiveCount).toBe(count);
      jest.advanceTimersByTime(30_000);
    }
    expect(queue.receive(1)).toEqual([]);
    expect(queue.counts().visible).toBe(0);
    expect(dead.receive(1)[0]).toMatchObject({ id, sentAt, body: 'poison', deadLetterSource: queue.model.arn });
  });

  test('that moves through several dead-letter queues is received from each before it moves on', () => {
    const arnOf = (name: string) => queueModel({ name }).arn;
    const model = (name: string, target: string) => queueModel({ name, redrive: { targetArn: arnOf(target), maxReceiveCount: 1 } });
    const one: Queue = new Queue(model('one', 'other'), () => other);
    const other: Queue = new Queue(model('other', 'one'), () => one);
    one.send(outgoing('poison'));
    for (const [index, [from, to]] of [[one, other], [other, one], [one, other]].entries()) {
      expect(from.receive(1)[0]).toMatchObject({ receiveCount: index + 1 });
      jest.advanceTimersByTime(30_000);
      expect(from.receive(1)).toEqual([]);
      expect(to.counts().visible).toBe(1);
    }
  });

  test('cannot be hidden for more than twelve hours after it was received', () => {
    const queue = new Queue(queueModel());
    queue.send(outgoing('one'));
    const [{ receiptHandle }] = queue.receive(1, 43_200);
    jest.advanceTimersByTime(3_600_000);
    expect(() => queue.changeVisibility(receiptHandle!, 39_601)).toThrow('beyond the limit [43200 seconds]');
    expect(() => queue.changeVisibility(receiptHandle!, 39_600)).not.toThrow();
  });

  test('larger than the queue allows, with its attributes, is refused', () => {
    const queue = new Queue(queueModel({ maxMessageBytes: 1024 }));
    const attributes = { a: { DataType: 'String', StringValue: 'b' } };
    expect(() => queue.send(outgoing('x'.repeat(1024 - 8), { attributes }))).not.toThrow();
    expect(() => queue.send(outgoing('x'.repeat(1024 - 7), { attributes }))).toThrow('Message must be shorter than 1024 bytes');
  });
});

describe('waiting for a message', () => {
  test('ends when one is sent', async () => {
    const queue = new Queue(queueModel());
    const received = queue.receiveWithin(10, 20);
    queue.send(outgoing('one'));
    expect(bodies(await received)).toEqual(['one']);
    expect(jest.getTimerCount()).toBe(1); // The message's own delay.
  });

  test.each<[string, (queue: Queue, caller: AbortController) => void]>([
    ['the time is over', () => jest.advanceTimersByTime(20_000)],
    ['the caller has gone', (_queue, caller) => caller.abort()],
    ['the queue stops', (queue) => queue.stop()],
  ])('ends with nothing when %s', async (_what, happen) => {
    const queue = new Queue(queueModel());
    const caller = new AbortController();
    const received = queue.receiveWithin(10, 20, undefined, caller.signal);
    happen(queue, caller);
    expect(await received).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a message goes to one of the waiting receivers', async () => {
    const queue = new Queue(queueModel());
    const waiting = [queue.receiveWithin(10, 1), queue.receiveWithin(10, 1)];
    queue.send(outgoing('one'));
    await jest.advanceTimersByTimeAsync(1000);
    expect((await Promise.all(waiting)).flat()).toHaveLength(1);
  });
});

describe('a FIFO queue', () => {
  const fifo = (overrides = {}) => new Queue(queueModel({ isFifo: true, deduplicatesByContent: true, ...overrides }));
  const of = (groupId: string, body: string) => outgoing(body, { groupId });

  test('hides the rest of a group while a message of it is received, and keeps the order when that comes back', () => {
    const queue = fifo();
    for (const [group, body] of [['a', 'a1'], ['a', 'a2'], ['b', 'b1']]) queue.send(of(group, body));
    expect(bodies(queue.receive(1))).toEqual(['a1']);
    expect(bodies(queue.receive(10))).toEqual(['b1']);
    jest.advanceTimersByTime(30_000);
    expect(bodies(queue.receive(10))).toEqual(['a1', 'a2', 'b1']);
  });

  test('accepts the same message once in five minutes', () => {
    const queue = fifo();
    const { id } = queue.send(of('a', 'same'));
    expect(queue.send(of('a', 'same')).id).toBe(id);
    expect(queue.counts().visible).toBe(1);
    jest.advanceTimersByTime(300_000);
    expect(queue.send(of('a', 'same')).id).not.toBe(id);
  });

  test('keeps a message that is deleted too late, and refuses an expired handle', () => {
    const queue = fifo();
    queue.send(of('a', 'a1'));
    const [{ receiptHandle: expired }] = queue.receive(1);
    jest.advanceTimersByTime(30_000);
    expect(() => queue.delete(expired!)).toThrow('The receipt handle has expired.');
    const [{ receiptHandle }] = queue.receive(1);
    expect(() => queue.delete(expired!)).toThrow('The receipt handle has expired.');
    queue.delete(receiptHandle!);
    expect(() => queue.delete(receiptHandle!)).not.toThrow();
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('delays only by its own setting', () => {
    const queue = fifo({ delaySeconds: 5 });
    queue.send(outgoing('x', { groupId: 'a', delaySeconds: 0 }));
    expect(queue.counts().delayed).toBe(1);
    expect(() => queue.send(outgoing('y', { groupId: 'a', delaySeconds: 1 }))).toThrow('not valid for this queue type');
  });

  test('requires a group, and a deduplication id unless it is content-based', () => {
    expect(() => fifo().send(outgoing('x'))).toThrow('MessageGroupId');
    expect(() => fifo({ deduplicatesByContent: false }).send(of('a', 'x'))).toThrow('MessageDeduplicationId');
  });
});
