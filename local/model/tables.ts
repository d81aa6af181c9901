import type { StackResource, StackScope } from '../template/stack-scope';

export interface TableModel {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  /** Attribute that says when an item is dead, in epoch seconds. */
  readonly ttlAttribute?: string;
  readonly hasStream: boolean;
  /** The input of DynamoDB's `CreateTable`. */
  readonly createTable: Readonly<Record<string, unknown>>;
}

interface TimeToLive { readonly AttributeName?: string; readonly Enabled?: boolean | string }

interface Index { readonly IndexName: string; readonly KeySchema: unknown; readonly Projection: unknown }

export function readTable(scope: StackScope, { logicalId, path }: StackResource): TableModel {
  const property = (name: string) => scope.property(logicalId, name);
  const ttl = property('TimeToLiveSpecification') as TimeToLive | undefined;
  const name = scope.identity(logicalId).ref;
  return {
    logicalId,
    path,
    name,
    ttlAttribute: ttl && String(ttl.Enabled) === 'true' ? ttl.AttributeName : undefined,
    hasStream: property('StreamSpecification') !== undefined,
    createTable: {
      TableName: name,
      AttributeDefinitions: property('AttributeDefinitions'),
      KeySchema: property('KeySchema'),
      // Whatever the template provisions: nothing is throttled here.
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: indexes(property('GlobalSecondaryIndexes')),
      LocalSecondaryIndexes: indexes(property('LocalSecondaryIndexes')),
    },
  };
}

function indexes(value: unknown): Index[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return (value as Index[]).map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
}
