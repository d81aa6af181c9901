import { ConditionalCheckFailedException, DynamoDBClient, DynamoDBServiceException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { TableFixture } from './table-fixture';
import { SharedBudget } from '../../../lambda-src/aws/shared-budget';
import type { Reservation } from '../../../lambda-src/core/pacer';
import { ATTRIBUTE, PACE } from '../../../src/private/contract';

const NOW = 1_800_000_000_000;
const RATE = 1_000;
const { signal: abortSignal } = new AbortController();

const clockAt = (now: number) => ({ now: () => now, after: () => () => undefined });
const startOf = (reservation: Reservation) => (reservation as { start: number }).start;

describe('against a table', () => {
  let table: TableFixture;
  beforeAll(async () => {
    table = await TableFixture.start();
  });
  afterAll(async () => table.stop());

  const budget = (now = NOW, rate = RATE) => new SharedBudget(table.client, table.tableName, rate, clockAt(now));
  const spokenForUntil = async (t: number) => table.put([{ [ATTRIBUTE.connectionId]: { S: PACE.key }, [PACE.until]: { N: String(t) } }]);
  const until = async () => Number((await table.get(PACE.key))![PACE.until].N);

  test('the first slot begins now, and creates the item', async () => {
    expect(await budget().reserve(100, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW });
    expect(await until()).toBe(NOW + 100);
  });

  test('the next begins where the last one ends', async () => {
    await spokenForUntil(NOW + 700);
    expect(await budget().reserve(250, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW + 700 });
    expect(await until()).toBe(NOW + 950);
  });

  test('unused time is not made up for', async () => {
    await spokenForUntil(NOW - 60_000);
    expect(await budget().reserve(250, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW });
  });

  test('a backlog longer than the allowed wait is refused, and left unchanged', async () => {
    await spokenForUntil(NOW + 5_001);
    expect(await budget().reserve(1, 5_000, abortSignal)).toMatchObject({ kind: 'refused' });
    expect(await until()).toBe(NOW + 5_001);
    expect(await budget().reserve(1, 5_001, abortSignal)).toEqual({ kind: 'slot', start: NOW + 5_001 });
  });

  test('an impossible backlog is overwritten', async () => {
    await spokenForUntil(NOW + 16 * 60_000);
    expect(await budget().reserve(10, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW });
    expect(await until()).toBe(NOW + 10);
  });

  test.each([-2_000, -300_000, 300_000])('a clock that was set by %i ms between two invocations does not stop the next one', async (step) => {
    let now = NOW;
    const own = new SharedBudget(table.client, table.tableName, RATE, { ...clockAt(0), now: () => now });
    await spokenForUntil(NOW - 1);
    await own.reserve(100, 5_000, abortSignal);
    now += step;
    const { start } = await own.reserve(10, 5_000, abortSignal) as { start: number };
    expect(start).toBeGreaterThanOrEqual(now);
    expect(start).toBeLessThanOrEqual(now + 5_000);
  });

  test('a backlog at the limit of what is possible is refused', async () => {
    await spokenForUntil(NOW + 15 * 60_000);
    expect(await budget().reserve(10, 5_000, abortSignal)).toMatchObject({ kind: 'refused' });
  });

  test('an item without the attribute counts as missing', async () => {
    await table.put([{ [ATTRIBUTE.connectionId]: { S: PACE.key } }]);
    expect(await budget().reserve(10, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW });
  });

  test('no time left to wait does not make the request invalid', async () => {
    await spokenForUntil(NOW - 1);
    expect(await budget().reserve(10, -3, abortSignal)).toEqual({ kind: 'slot', start: NOW });
  });

  test.each([3, 7, 999, 1_000_000])('slots of %d a second reserved at the same time by many are disjoint, and leave no gap', async (rate) => {
    await spokenForUntil(0);
    const reservations = await Promise.all(Array.from({ length: 30 }, async (_, n) => {
      const sends = Math.ceil(((n % 5) + 1) * rate / 100);
      return { start: startOf(await budget(NOW, rate).reserve(sends, 1e9, abortSignal)), length: (sends * 1000) / rate };
    }));
    reservations.sort((a, b) => a.start - b.start);
    expect(reservations[0].start).toBeCloseTo(NOW, 2);
    for (const [index, { start, length }] of reservations.slice(0, -1).entries()) {
      expect(reservations[index + 1].start).toBeCloseTo(start + length, 2);
    }
  });

  test('a slot begins when the answer is expected, judged by the last answer', async () => {
    await spokenForUntil(0);
    let now = NOW;
    const slow = new SharedBudget(table.client, table.tableName, RATE, { now: () => (now += 40), after: () => () => undefined });
    await slow.reserve(1, 5_000, abortSignal);
    await spokenForUntil(0);
    const start = startOf(await slow.reserve(1, 5_000, abortSignal));
    expect(now - start).toBeLessThanOrEqual(40);
  });

  test('a process that was suspended during the last update does not delay the next slot by minutes', async () => {
    await spokenForUntil(0);
    let now = NOW;
    const frozen = new SharedBudget(table.client, table.tableName, RATE, { now: () => (now += 600_000), after: () => () => undefined });
    await frozen.reserve(1, 5_000, abortSignal);
    await spokenForUntil(0);
    expect(startOf(await frozen.reserve(1, 5_000, abortSignal)) - now).toBeLessThanOrEqual(1_000);
  });

  test('one update is enough for a rate that was idle, and for the next slot of the same process', async () => {
    await spokenForUntil(NOW - 60_000);
    const sent = jest.spyOn(table.client, 'send');
    const own = budget();
    for (const start of [NOW, NOW + 100]) expect(await own.reserve(100, 5_000, abortSignal)).toEqual({ kind: 'slot', start });
    expect(sent).toHaveBeenCalledTimes(2);
    sent.mockRestore();
  });

  test('an aborted reservation settles at once', async () => {
    const aborted = new AbortController();
    const reservation = budget().reserve(1, 5_000, aborted.signal);
    aborted.abort();
    expect(await reservation).toEqual({ kind: 'unreachable' });
  });

  test('a missing table counts as unreachable', async () => {
    const lost = new SharedBudget(table.client, 'nothing', RATE, clockAt(NOW));
    expect(await lost.reserve(1, 5_000, abortSignal)).toEqual({ kind: 'unreachable' });
  });
});

describe('against a DynamoDB that refuses', () => {
  const client = new DynamoDBClient();
  const dynamo = mockClient(client);
  const budget = new SharedBudget(client, 'table', RATE, clockAt(NOW));
  beforeEach(() => dynamo.reset());

  test.each(['AccessDeniedException', 'ProvisionedThroughputExceededException', 'ValidationException'])('%s: unreachable', async (name) => {
    dynamo.on(UpdateItemCommand).rejects(new DynamoDBServiceException({ name, $fault: 'client', $metadata: {} }));
    expect(await budget.reserve(1, 5_000, abortSignal)).toEqual({ kind: 'unreachable' });
  });

  /** DynamoDB's error when the condition fails; an emulator leaves the item out. */
  const failed = (t?: number) => new ConditionalCheckFailedException({
    message: 'The conditional request failed', $metadata: {}, ...(t !== undefined && { Item: { [PACE.until]: { N: String(t) } } }),
  });

  test('a backlog in the answer is returned, without another request', async () => {
    dynamo.on(UpdateItemCommand).rejects(failed(NOW + 7_000));
    expect(await budget.reserve(1, 5_000, abortSignal)).toEqual({ kind: 'refused', backlogMillis: 7_000 });
    expect(dynamo.commandCalls(UpdateItemCommand)).toHaveLength(1);
  });

  test.each([['past', NOW - 1], ['absent', undefined], ['absurd', NOW + 900_001]])('an item that is %s is replaced on the condition that it still is', async (_, t) => {
    dynamo.on(UpdateItemCommand).rejectsOnce(failed(t)).resolves({ Attributes: { [PACE.until]: { N: String(NOW + 100) } } });
    expect(await budget.reserve(100, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW });
    expect(dynamo.commandCalls(UpdateItemCommand)[1].args[0].input).toMatchObject({
      UpdateExpression: 'SET #t = :next',
      ConditionExpression: 'attribute_not_exists(#t) OR #t < :from OR #t > :absurd',
      ExpressionAttributeValues: { ':next': { N: String(NOW + 100) }, ':from': { N: String(NOW) }, ':absurd': { N: String(NOW + 900_000) } },
    });
  });

  test('a slot that was taken meanwhile is followed by the next one', async () => {
    const answer = { Attributes: { [PACE.until]: { N: String(NOW + 600) } } };
    dynamo.on(UpdateItemCommand).rejectsOnce(failed(NOW - 1)).rejectsOnce(failed(NOW + 500)).resolves(answer);
    expect(await budget.reserve(100, 5_000, abortSignal)).toEqual({ kind: 'slot', start: NOW + 500 });
  });

  test('gives up when other invocations are always faster', async () => {
    let t = NOW;
    dynamo.on(UpdateItemCommand).callsFake(() => {
      t = t < NOW ? NOW + 10 : NOW - 10;
      throw failed(t);
    });
    expect(await budget.reserve(100, 5_000, abortSignal)).toEqual({ kind: 'unreachable' });
    expect(dynamo.commandCalls(UpdateItemCommand)).toHaveLength(5);
  });

  test('changes only that item, and requests its content on refusal', async () => {
    dynamo.on(UpdateItemCommand).resolves({ Attributes: { [PACE.until]: { N: String(NOW + 500) } } });
    await budget.reserve(100, 5_000, abortSignal);
    expect(dynamo.commandCalls(UpdateItemCommand).map(({ args }) => args[0].input)).toEqual([{
      TableName: 'table',
      Key: { connectionId: { S: '#pace' } },
      UpdateExpression: 'SET #t = #t + :cost',
      ConditionExpression: '#t BETWEEN :from AND :latest',
      ExpressionAttributeNames: { '#t': 't' },
      ExpressionAttributeValues: { ':cost': { N: '100' }, ':from': { N: String(NOW) }, ':latest': { N: String(NOW + 5_000) } },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }]);
  });
});
