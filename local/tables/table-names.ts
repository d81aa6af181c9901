import type { Input } from './transactions';

/** Replaces the ARNs of tables in a request by their names, which DynamoDB takes as well. Returns the request if there is none. */
export function withTableNames(input: Input): Input {
  if (!JSON.stringify(input).includes(':table/')) return input;
  const { RequestItems, TransactItems } = input;
  return {
    ...named(input),
    ...isObject(RequestItems) && { RequestItems: Object.fromEntries(Object.entries(RequestItems).map(([table, items]) => [nameOf(table), items])) },
    ...Array.isArray(TransactItems) && {
      TransactItems: TransactItems.map((item: unknown) => isObject(item)
        ? Object.fromEntries(Object.entries(item).map(([kind, action]) => [kind, isObject(action) ? named(action) : action])) : item),
    },
  };
}

function named(input: Input): Input {
  return typeof input.TableName === 'string' ? { ...input, TableName: nameOf(input.TableName) } : input;
}

function nameOf(table: string): string {
  return /^arn:[^:]+:dynamodb:[^:]*:\d*:table\/([\w.-]+)$/.exec(table)?.[1] ?? table;
}

function isObject(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
