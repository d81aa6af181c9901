import { PutItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { blocksOf } from './pages';
import { run } from './recipes';
import { createConnectionsTable, item, putRows, startDatabase } from '../../harness/database';

/* The steps of docs/migrating.md, performed as written. */

const shown = <T>(id: string, result: string) => run<T>(blocksOf('docs/migrating.md').find((block) => block.id === id)!, result);

test('the table stays the same resource, and its time to live is all that changes', () => {
  const tables = ['before', 'after'].map((id) => {
    const { stack } = shown<{ stack: Stack }>(id, 'stack');
    return Object.entries(Template.fromStack(stack).findResources('AWS::DynamoDB::Table'));
  });
  const [[[oldId, oldTable]], [[newId, newTable]]] = tables;

  expect(tables.map((all) => all.length)).toEqual([1, 1]);
  expect(newId).toBe(oldId);
  expect(newTable).toEqual({
    ...oldTable,
    Properties: { ...oldTable.Properties, TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } },
  });
});

test('what the old handlers left is swept, and nothing else', async () => {
  const { sweep } = shown<{ sweep(client: DynamoDBClient, table: string): Promise<number> }>('sweep', 'sweep');
  const database = await startDatabase();
  try {
    await createConnectionsTable(database.client, 'Connections');
    await putRows(database.client, 'Connections', [{ connectionId: 'new=', connectedAt: 1, ttl: 2 }]);
    for (const key of ['old1=', 'old2=', '#pace']) await database.client.send(new PutItemCommand({ TableName: 'Connections', Item: { connectionId: { S: key } } }));

    expect(await sweep(database.client, 'Connections')).toBe(2);
    const { Items } = await database.client.send(new ScanCommand({ TableName: 'Connections' }));
    expect(Items!.map(({ connectionId }) => connectionId.S).sort()).toEqual(['#pace', 'new=']);
    expect(Items).toContainEqual(item({ connectionId: 'new=', connectedAt: 1, ttl: 2 }));
  } finally {
    await database.stop();
  }
});
