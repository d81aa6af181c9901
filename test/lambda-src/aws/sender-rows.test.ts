import { scriptedDynamoDB, TableFixture } from './table-fixture';
import { DynamoSenderRows } from '../../../lambda-src/aws/sender-rows';
import { MessageRate } from '../../../lambda-src/core/message-rate';
import { ATTRIBUTE } from '../../../src/private/contract';

const NOW = 1_800_000_000_000;
const ANN = { connectionId: 'ann', connectedAt: NOW - 60_000 };

const row = (more: Record<string, number> = {}) => ({
  [ATTRIBUTE.connectionId]: { S: ANN.connectionId },
  ...Object.fromEntries(Object.entries({ [ATTRIBUTE.connectedAt]: ANN.connectedAt, ...more }).map(([name, value]) => [name, { N: String(value) }])),
});

describe('against a table', () => {
  let table: TableFixture;
  let rows: DynamoSenderRows;

  beforeAll(async () => {
    table = await TableFixture.start();
    rows = new DynamoSenderRows(table.client, table.tableName);
  });
  afterAll(async () => table.stop());

  const spent = async () => Number((await table.get(ANN.connectionId))?.[ATTRIBUTE.spentUntil]?.N);

  test.each([[{}, true], [{ [ATTRIBUTE.spentUntil]: NOW - 1 }, true], [{ [ATTRIBUTE.spentUntil]: NOW }, false]])('begins on %j: %s', async (more, done) => {
    await table.put([row(more)]);
    expect(await rows.begin(ANN, NOW + 100, NOW)).toMatchObject(done ? { done, spentUntil: NOW + 100 } : { done });
    expect(await spent()).toBe(done ? NOW + 100 : NOW);
  });

  test.each([[NOW - 1, false], [NOW, true], [NOW + 500, true], [NOW + 501, false]])('advances from %d: %s', async (from, done) => {
    await table.put([row({ [ATTRIBUTE.spentUntil]: from })]);
    expect(await rows.advance(ANN, 100, NOW, NOW + 500)).toMatchObject(done ? { done, spentUntil: from + 100 } : { done });
    expect(await spent()).toBe(done ? from + 100 : from);
  });

  test('does not advance a bucket that was never begun', async () => {
    await table.put([row()]);
    expect(await rows.advance(ANN, 100, NOW, NOW + 500)).toMatchObject({ done: false });
  });

  test.each([[undefined, true], [NOW - 1_000, true], [NOW - 999, false]])('records another error of a sender whose last one was at %d: %s', async (toldAt, done) => {
    await table.put([row(toldAt === undefined ? {} : { [ATTRIBUTE.toldAt]: toldAt })]);
    expect(await rows.tell(ANN, NOW, NOW - 1_000)).toBe(done);
  });

  test('leaves the rest of the row unchanged', async () => {
    await table.put([row({ [ATTRIBUTE.ttl]: 7 })]);
    expect(await rows.isStored(ANN)).toBe(true);
    await rows.begin(ANN, NOW + 100, NOW);
    await rows.tell(ANN, NOW, NOW - 1_000);
    expect(await table.get(ANN.connectionId)).toEqual(row({ [ATTRIBUTE.ttl]: 7, [ATTRIBUTE.spentUntil]: NOW + 100, [ATTRIBUTE.toldAt]: NOW }));
  });

  test.each([['there is none', 'nobody', ANN.connectedAt], ['it is that of another connection', ANN.connectionId, 1]])('creates and changes no row when %s', async (_what, connectionId, connectedAt) => {
    await table.put([row()]);
    const sender = { connectionId, connectedAt };
    expect(await rows.isStored(sender)).toBe(false);
    expect(await rows.begin(sender, NOW, NOW)).toEqual({ done: false, row: undefined });
    expect(await rows.advance(sender, 1, 0, NOW)).toEqual({ done: false, row: undefined });
    expect(await rows.tell(sender, NOW, NOW)).toBe(false);
    expect(await table.get('nobody')).toBeUndefined();
    expect(await table.get(ANN.connectionId)).toEqual(row());
  });

  test('keeps to one rate over many updates at once', async () => {
    await table.put([row()]);
    const results = await Promise.all(Array.from({ length: 40 }, async (_, index) =>
      new MessageRate({ rate: 10, burst: 8 }, rows).admits(ANN, NOW + (index % 2)).catch(() => false)));
    expect(results.filter(Boolean).length).toBeLessThanOrEqual(8);
    expect(results.filter(Boolean).length).toBeGreaterThan(0);
  });
});

describe('against DynamoDB, which returns the row', () => {
  const failed = (item?: object) => ({
    status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'The conditional request failed', Item: item }),
  });

  test.each<[string, object | undefined, object]>([
    ['the row', row({ [ATTRIBUTE.spentUntil]: NOW + 7, [ATTRIBUTE.toldAt]: NOW }), { done: false, row: { spentUntil: NOW + 7, toldAt: NOW } }],
    ['the row of another connection', { ...row(), [ATTRIBUTE.connectedAt]: { N: '1' } }, { done: false, row: undefined }],
    ['that there is none', undefined, { done: false, row: undefined }],
  ])('reads %s', async (_what, item, expected) => {
    const { client, requests, stop } = await scriptedDynamoDB([failed(item)]);
    expect(await new DynamoSenderRows(client, 'table').begin(ANN, NOW + 100, NOW)).toEqual(expected);
    expect(requests).toHaveLength(1);
    expect(requests[0].input).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ConditionExpression: expect.stringMatching(/^#connectedAt = :seen AND /) });
    await stop();
  });

  test('gives up on a table that does not answer when the signal aborts', async () => {
    const { client, requests, stop } = await scriptedDynamoDB([]);
    const told = new AbortController();
    const begun = new DynamoSenderRows(client, 'table').begin(ANN, NOW + 100, NOW, told.signal);
    while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    told.abort();
    await expect(begun).rejects.toMatchObject({ name: 'AbortError' });
    await stop();
  });

  test('rejects with any other error', async () => {
    const { client, stop } = await scriptedDynamoDB([{ status: 400, body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' }) }]);
    await expect(new DynamoSenderRows(client, 'table').begin(ANN, NOW + 100, NOW)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await stop();
  });
});
