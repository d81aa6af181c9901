import { withTableNames } from '../../../local/tables/table-names';

const ARN = 'arn:aws-cn:dynamodb:cn-north-1:111122223333:table/my.rooms_1';

test.each<[string, object, object]>([
  ['a table', { TableName: ARN, Key: { id: { S: ARN } } }, { TableName: 'my.rooms_1', Key: { id: { S: ARN } } }],
  ['tables of a batch', { RequestItems: { [ARN]: { Keys: [] } } }, { RequestItems: { 'my.rooms_1': { Keys: [] } } }],
  ['tables of a transaction', { TransactItems: [{ Put: { TableName: ARN, Item: { a: { S: ARN } } } }] }, { TransactItems: [{ Put: { TableName: 'my.rooms_1', Item: { a: { S: ARN } } } }] }],
  ['something else', { TableName: 'rooms', Item: { TableName: { S: ARN } } }, { TableName: 'rooms', Item: { TableName: { S: ARN } } }],
  ['what is none', { TableName: 5, RequestItems: null, TransactItems: [null, ':table/'] }, { TableName: 5, RequestItems: null, TransactItems: [null, ':table/'] }],
])('the ARN of %s is its name', (_what, input, expected) => {
  expect(withTableNames(input as never)).toEqual(expected);
});

test('a request without an ARN is unchanged', () => {
  const input = { TableName: 'rooms' };
  expect(withTableNames(input)).toBe(input);
});
