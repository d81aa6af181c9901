import { writtenItems } from '../../../local/tables/written-items';

const KEYS = (table: string) => (table === 'Rows' ? ['id', 'sort'] : ['id']);

test.each<[string, object, object[]]>([
  ['PutItem', { TableName: 'Rows', Item: { id: 1, sort: 2, more: 3 } }, [{ TableName: 'Rows', Key: { id: 1, sort: 2 } }]],
  ['UpdateItem', { TableName: 'Others', Key: { id: 1 }, UpdateExpression: 'SET a = b' }, [{ TableName: 'Others', Key: { id: 1 } }]],
  ['DeleteItem', { TableName: 'Others', Key: { id: 1 } }, [{ TableName: 'Others', Key: { id: 1 } }]],
  ['BatchWriteItem', { RequestItems: { Rows: [{ PutRequest: { Item: { id: 1, sort: 2, more: 3 } } }], Others: [{ DeleteRequest: { Key: { id: 4 } } }] } }, [
    { TableName: 'Rows', Key: { id: 1, sort: 2 } }, { TableName: 'Others', Key: { id: 4 } },
  ]],
  ['TransactWriteItems', {
    TransactItems: [
      { Put: { TableName: 'Others', Item: { id: 1, more: 2 } } }, { Update: { TableName: 'Others', Key: { id: 2 } } },
      { Delete: { TableName: 'Others', Key: { id: 3 } } }, { ConditionCheck: { TableName: 'Others', Key: { id: 4 } } },
    ],
  }, [1, 2, 3].map((id) => ({ TableName: 'Others', Key: { id } }))],
  ['BatchExecuteStatement', { Statements: ["DELETE FROM Others WHERE id = 'a'", 'no statement', "DELETE FROM Others WHERE id = 'b'"].map((Statement) => ({ Statement })) },
    ['a', 'b'].map((id) => ({ TableName: 'Others', Key: { id: { S: id } } }))],
  ['Scan', { TableName: 'Rows' }, []],
  ['GetItem', { TableName: 'Rows', Key: { id: 1 } }, []],
])('%s writes these items', (operation, input, expected) => {
  expect(writtenItems(operation, input as Record<string, unknown>, KEYS)).toEqual(expected);
});
