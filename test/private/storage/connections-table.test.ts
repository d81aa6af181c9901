import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { BroadcastWebSocketApi } from '../../../src';
import { ENV } from '../../../src/private/contract';
import { CROSS_STACK, environmentOf, expectRefused, newApi, newStack, templateOf } from '../../construct-fixture';

const ID = { name: 'connectionId', type: AttributeType.STRING };
const WARNING = 'cdk-broadcast-websocket-api:connectionsTableWithoutTtl';

function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map((found) => String(found.entry.data));
}

function expectTableRefused(table: ITable, message: string, stack = Stack.of(table)): void {
  expectRefused({ connectionsTable: table }, message, stack);
}

describe.each([['Table', Table], ['TableV2', TableV2]] as const)('a %s that is given', (_name, TableClass) => {
  test('is used instead of a new one', () => {
    const api = newApi((stack) => ({ connectionsTable: new TableClass(stack, 'Mine', { partitionKey: ID, timeToLiveAttribute: 'ttl' }) }));
    const tables = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].flatMap((type) => Object.keys(templateOf(api).findResources(type)));
    expect(tables).toHaveLength(1);
    expect(api.connectionsTable).toBe(Stack.of(api).node.findChild('Mine'));
    for (const handler of [api.connectionHandler, api.messageHandler]) {
      expect(environmentOf(handler)[ENV.tableName]).toEqual({ Ref: tables[0] });
    }
    expect(warningsOf(Stack.of(api))).toEqual([]);
  });

  test.each([
    ['another name', { partitionKey: { name: 'id', type: AttributeType.STRING } }, "got 'id' (HASH, S)"],
    ['another type', { partitionKey: { ...ID, type: AttributeType.NUMBER } }, "got 'connectionId' (HASH, N)"],
    ['a sort key too', { partitionKey: ID, sortKey: { name: 'room', type: AttributeType.STRING } }, "got 'connectionId' (HASH, S) and 'room' (RANGE, S)"],
  ])('is refused when its key has %s', (_what, props, got) => {
    const table = new TableClass(newStack(), 'Mine', props);
    expectTableRefused(table, `'connectionsTable' must have the partition key 'connectionId' (HASH, S) and no sort key, ${got}; create the table with`);
  });

  test('is accepted when the names of its key and TTL are known only at the deployment', () => {
    const api = newApi((stack) => {
      const name = new CfnParameter(stack, 'Name').valueAsString;
      return { connectionsTable: new TableClass(stack, 'Mine', { partitionKey: { ...ID, name }, timeToLiveAttribute: name }) };
    });
    expect(environmentOf(api.messageHandler)[ENV.tableName]).toHaveProperty('Ref');
    expect(warningsOf(Stack.of(api))).toEqual([]);
  });

  test.each([[undefined, 'none'], ['expiresAt', "'expiresAt'"]])('with the TTL attribute %s gives a warning', (timeToLiveAttribute, got) => {
    const api = newApi((stack) => ({ connectionsTable: new TableClass(stack, 'Mine', { partitionKey: ID, timeToLiveAttribute }) }));
    expect(warningsOf(Stack.of(api))).toEqual([expect.stringContaining(`time to live attribute 'ttl', got ${got}`)]);
    expect(warningsOf(Stack.of(api))[0]).toContain(WARNING);
  });
});

describe('an imported table', () => {
  test('is taken as it is', () => {
    const api = newApi((stack) => ({ connectionsTable: Table.fromTableName(stack, 'Mine', 'connections') }));
    expect(environmentOf(api.connectionHandler)[ENV.tableName]).toBe('connections');
    expect(warningsOf(Stack.of(api))).toEqual([]);
  });

  test.each([
    ['region', 'us-east-1:111111111111', "'connectionsTable' must be in the region of the API, eu-west-1, got us-east-1"],
    ['account', 'eu-west-1:222222222222', "'connectionsTable' must be in the account of the API, 111111111111, got 222222222222"],
  ])('of another %s is refused', (_part, place, message) => {
    const stack = newStack({}, { env: { account: '111111111111', region: 'eu-west-1' } });
    expectTableRefused(Table.fromTableArn(stack, 'Mine', `arn:aws:dynamodb:${place}:table/connections`), message);
  });

  test('of the same account and region is accepted', () => {
    const stack = newStack({}, { env: { account: '111111111111', region: 'eu-west-1' } });
    const table = Table.fromTableArn(stack, 'Mine', 'arn:aws:dynamodb:eu-west-1:111111111111:table/connections');
    expect(environmentOf(newApi(() => ({ connectionsTable: table }), stack).messageHandler)[ENV.tableName]).toBe('connections');
  });

  test('of a known place is accepted where the place of the stack is not known', () => {
    const api = newApi((stack) => ({ connectionsTable: Table.fromTableArn(stack, 'Mine', 'arn:aws:dynamodb:eu-west-1:111111111111:table/connections') }));
    expect(environmentOf(api.messageHandler)[ENV.tableName]).toBe('connections');
  });
});

describe('a table of another stack', () => {
  test('is accepted', () => {
    const app = new App();
    const table = new Table(new Stack(app, 'Data'), 'Mine', { partitionKey: ID, timeToLiveAttribute: 'ttl' });
    const api = newApi(() => ({ connectionsTable: table }), new Stack(app, 'Chat'));
    expect(JSON.stringify(environmentOf(api.messageHandler)[ENV.tableName])).toMatch(CROSS_STACK);
  });

  test('is refused when that stack is in another region', () => {
    const app = new App();
    const table = new Table(new Stack(app, 'Data', { env: { region: 'us-east-1' } }), 'Mine', { partitionKey: ID });
    const message = "'connectionsTable' must be in the region of the API, eu-west-1, got us-east-1";
    expectTableRefused(table, message, new Stack(app, 'Chat', { env: { region: 'eu-west-1' } }));
  });
});

describe('a table that another API has', () => {
  test('is refused, whether that API was given it or created it', () => {
    const stack = newStack();
    const table = new Table(stack, 'Mine', { partitionKey: ID });
    new BroadcastWebSocketApi(stack, 'First', { connectionsTable: table });
    expectTableRefused(table, "'connectionsTable' must not be shared, got the table of 'Test/First'");
    expectTableRefused(new BroadcastWebSocketApi(stack, 'Second').connectionsTable, "got the table of 'Test/Second'", stack);
  });

  test('is refused when it is imported twice under one name', () => {
    const stack = newStack();
    new BroadcastWebSocketApi(stack, 'First', { connectionsTable: Table.fromTableName(stack, 'Once', 'mine') });
    expectTableRefused(Table.fromTableName(stack, 'Twice', 'mine'), "'connectionsTable' must not be shared, got the table of 'Test/First'");
    expect(() => new BroadcastWebSocketApi(stack, 'Other', { connectionsTable: Table.fromTableName(stack, 'Another', 'other') })).not.toThrow();
  });
});
