import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

export interface TableModel {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  /** Attribute with the expiry of an item, in epoch seconds. */
  readonly ttlAttribute?: string;
  readonly hasStream: boolean;
  /** The input of DynamoDB's `CreateTable`. */
  readonly createTable: Readonly<Record<string, unknown>>;
}

export function readTable(scope: StackScope, resource: StackResource): TableModel {
  const { logicalId, path } = resource;
  const properties = new Properties(scope, resource);
  const ttl = properties.object('TimeToLiveSpecification');
  const name = scope.identity(logicalId).ref;
  return {
    logicalId,
    path,
    name,
    ttlAttribute: typeof ttl?.AttributeName === 'string' && String(ttl.Enabled) === 'true' ? ttl.AttributeName : undefined,
    hasStream: properties.has('StreamSpecification'),
    createTable: {
      TableName: name,
      AttributeDefinitions: properties.requiredObjects('AttributeDefinitions'),
      KeySchema: properties.requiredObjects('KeySchema'),
      // Ignores the template's billing: nothing is throttled here.
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: indexes(properties.objects('GlobalSecondaryIndexes')),
      LocalSecondaryIndexes: indexes(properties.objects('LocalSecondaryIndexes')),
    },
  };
}

/** Returns the names of the key attributes of a table, or of one of its indexes. */
export function keyNamesOf({ createTable }: TableModel, indexName?: string): string[] {
  const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [], ...table } = createTable as unknown as WithIndexes;
  const indexed = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes].find(({ IndexName }) => IndexName === indexName);
  const keyed = indexName === undefined ? table : indexed;
  return keyed?.KeySchema.map(({ AttributeName }) => AttributeName) ?? [];
}

interface WithIndexes extends Keyed {
  readonly GlobalSecondaryIndexes?: readonly Keyed[];
  readonly LocalSecondaryIndexes?: readonly Keyed[];
}

/** A table or an index. */
interface Keyed {
  readonly IndexName?: string;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

function indexes(values: readonly Readonly<Record<string, unknown>>[]): object[] | undefined {
  return values.length === 0 ? undefined : values.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
}
