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
  if (operation === 'ExecuteStatement') {
    const translation = translate(input, keysOf);
    return writtenItems(translation.operation, translation.input, keysOf);
  }
  return writesOf(operation, input).map(({ TableName = '', Item, Key }) => ({
    TableName,
    Key: Key ?? Object.fromEntries(keysOf(TableName).map((name) => [name, Item?.[name]])),
  }));
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
