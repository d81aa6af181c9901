import { DynamoDbError } from './client';
import { translate, type KeysOf } from './partiql/translate';

type Item = Readonly<Record<string, unknown>>;

/** An item that a request wrote or deleted. */
export interface Written {
  readonly TableName: string;
  readonly Key: Item;
}

interface Write { readonly TableName?: string; readonly Item?: Item; readonly Key?: Item }

/**
 * Returns the items that a DynamoDB request writes or deletes.
 *
 * @param keysOf returns the key attributes of a table
 */
export function writtenItems(operation: string, input: Item, keysOf: KeysOf): Written[] {
  if (operation === 'ExecuteStatement') return writtenBy(input, keysOf);
  if (operation === 'BatchExecuteStatement') return (input.Statements as Item[]).flatMap((statement) => writtenBy(statement, keysOf));
  return writesOf(operation, input).map(({ TableName = '', Item, Key }) => ({
    TableName,
    Key: Key ?? Object.fromEntries(keysOf(TableName).map((name) => [name, Item?.[name]])),
  }));
}

/** Items that a statement writes or deletes; a statement of a batch may be one that was refused. */
function writtenBy(statement: Item, keysOf: KeysOf): Written[] {
  try {
    const { operation, input } = translate(statement, keysOf);
    return writtenItems(operation, input, keysOf);
  } catch (error) {
    if (error instanceof DynamoDbError) return [];
    throw error;
  }
}

function writesOf(operation: string, input: Item): Write[] {
  switch (operation) {
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [input as Write];
    case 'BatchWriteItem':
      return Object.entries(input.RequestItems as Record<string, Record<string, Write>[]>)
        .flatMap(([TableName, requests]) => requests.flatMap((request) => Object.values(request)).map((write) => ({ TableName, ...write })));
    case 'TransactWriteItems':
      return (input.TransactItems as Record<string, Write>[]).flatMap(({ ConditionCheck: _, ...writes }) => Object.values(writes));
    default:
      return [];
  }
}
