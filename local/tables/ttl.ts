import type { Call } from './client';
import { keyNamesOf, type TableModel } from '../model/tables';

type Item = Record<string, unknown>;

/** Deletes the items of a table that expired before a time. dynalite has no TTL of its own. */
export async function sweepExpired(call: Call, table: TableModel, now: number): Promise<number> {
  if (table.ttlAttribute === undefined) return 0;
  const keys = keyNamesOf(table);
  const expired = {
    ExpressionAttributeNames: { '#ttl': table.ttlAttribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1000)) }, ':number': { S: 'N' } },
  };
  const condition = 'attribute_type(#ttl, :number) AND #ttl < :now';
  let swept = 0;
  let start: Item | undefined;
  do {
    const page = await call('Scan', { TableName: table.name, FilterExpression: condition, ExclusiveStartKey: start, ...expired });
    for (const item of page.Items as Item[]) {
      const key = Object.fromEntries(keys.map((name) => [name, item[name]]));
      const deleted = await call('DeleteItem', { TableName: table.name, Key: key, ConditionExpression: condition, ...expired })
        .then(() => 1, () => 0); // Not deleted if it was renewed between the two calls.
      swept += deleted;
    }
    start = page.LastEvaluatedKey as Item | undefined;
  } while (start);
  return swept;
}
