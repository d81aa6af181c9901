import {
  BatchExecuteStatementCommand, DeleteItemCommand, DynamoDBClient, DynamoDBServiceException,
  type BatchStatementErrorCodeEnum, type BatchStatementResponse,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { MembersTable } from '../../../lambda-src/aws/members-table';

/*
 * What DynamoDB answers to the statements of a batch, each by itself, and what follows from it.
 */
const dynamo = mockClient(DynamoDBClient);
const table = new MembersTable(new DynamoDBClient({ region: 'eu-west-1' }), 'members', 'connections');
const members = ['a', 'b', 'c'].map((channel) => ({ channel, connectionId: 'x', connectedAt: 5 }));
const throttled = new DynamoDBServiceException({ name: 'ThrottlingException', $fault: 'client', $metadata: {} });

beforeEach(() => {
  dynamo.reset();
  dynamo.on(DeleteItemCommand).resolves({});
});

const answer = (...Responses: BatchStatementResponse[]) => dynamo.on(BatchExecuteStatementCommand).resolves({ Responses });
const deleted = () => dynamo.commandCalls(DeleteItemCommand).map(({ args: [{ input }] }) => input.Key?.channel.S);
const fine: BatchStatementResponse = { TableName: 'members' };
const failed = (Code: BatchStatementErrorCodeEnum): BatchStatementResponse => ({ TableName: 'members', Error: { Code, Message: 'why' } });

test('each statement names one row by its key, and whose it must be', async () => {
  answer(fine, fine, fine);
  await table.removeAll('channel', members);
  await table.removeAll('reverse', members.slice(1));
  const [channel, reverse] = dynamo.commandCalls(BatchExecuteStatementCommand).map(({ args: [{ input }] }) => input.Statements!);
  const statement = 'DELETE FROM "members" WHERE "channel" = ? AND "connectionId" = ? AND "connectedAt" = ?';
  expect(channel).toEqual(['a', 'b', 'c'].map((name) => ({ Statement: statement, Parameters: [{ S: name }, { S: 'x' }, { N: '5' }] })));
  expect(reverse).toEqual(['b', 'c'].map((name) => ({ Statement: statement, Parameters: [{ S: '@x' }, { S: name }, { N: '5' }] })));
  expect(deleted()).toEqual([]);
});

test('a row of another connection is left alone', async () => {
  answer(fine, failed('ConditionalCheckFailed'), fine);
  await table.removeAll('channel', members);
  expect(deleted()).toEqual([]);
});

test.each<BatchStatementErrorCodeEnum>([
  'ThrottlingError', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded', 'InternalServerError', 'TransactionConflict', 'AccessDenied', 'ValidationError',
])('a row whose statement failed by %s is deleted by itself, which the SDK repeats', async (code) => {
  answer(fine, failed(code), fine);
  await table.removeAll('channel', members);
  expect(deleted()).toEqual(['b']);
  const [{ args: [{ input }] }] = dynamo.commandCalls(DeleteItemCommand);
  expect(input).toMatchObject({ TableName: 'members', Key: { connectionId: { S: 'x' } }, ConditionExpression: '#connectedAt = :connectedAt' });
});

test('rows without an answer are deleted by themselves', async () => {
  answer(fine);
  await table.removeAll('channel', members);
  expect(deleted()).toEqual(['b', 'c']);
});

test('it fails if a row cannot be deleted in the end', async () => {
  answer(failed('ThrottlingError'), fine, failed('ThrottlingError'));
  dynamo.on(DeleteItemCommand, { Key: { channel: { S: 'c' }, connectionId: { S: 'x' } } }).rejects(throttled);
  await expect(table.removeAll('channel', members)).rejects.toBe(throttled);
  expect(deleted()).toEqual(['a', 'c']);
});

test('it fails if a whole batch does', async () => {
  dynamo.on(BatchExecuteStatementCommand).rejects(throttled);
  await expect(table.removeAll('channel', members)).rejects.toBe(throttled);
  expect(deleted()).toEqual([]);
});

test('requests end with the signal of the work', async () => {
  answer(failed('ThrottlingError'), fine, fine);
  const { signal: abortSignal } = new AbortController();
  await table.removeAll('channel', members, abortSignal);
  expect(dynamo.calls().map(({ args }) => (args as unknown[])[1])).toEqual([{ abortSignal }, { abortSignal }]);
});
