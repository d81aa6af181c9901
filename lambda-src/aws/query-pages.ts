import { QueryCommand, type AttributeValue, type DynamoDBClient, type QueryCommandInput } from '@aws-sdk/client-dynamodb';

type Item = Readonly<Record<string, AttributeValue>>;

/** A query with the most rows of the first page and of later ones; by default as many as DynamoDB returns at once: 1 MB. */
export interface PagedQuery extends Omit<QueryCommandInput, 'ConsistentRead' | 'ExclusiveStartKey' | 'Limit'> {
  readonly firstRows?: number;
  readonly pageRows?: number;
}

/** Reads a partition consistently, page by page. Rejects when the signal aborts: a part of a partition must not pass for all of it. */
export async function* queryPages(
  client: DynamoDBClient, { firstRows, pageRows, ...query }: PagedQuery, abortSignal?: AbortSignal,
): AsyncGenerator<readonly Item[]> {
  let ExclusiveStartKey: Item | undefined;
  do {
    const Limit = ExclusiveStartKey ? pageRows : firstRows ?? pageRows;
    const command = new QueryCommand({ ...query, ConsistentRead: true, Limit, ExclusiveStartKey });
    const { Items = [], LastEvaluatedKey }: { Items?: Item[]; LastEvaluatedKey?: Item } = await client.send(command, { abortSignal });
    yield Items;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
}
