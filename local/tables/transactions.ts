import { DynamoDbError, type Call } from './client';
import type { KeysOf } from './partiql/translate';

/* Transactions, and the item of a failed condition, built from dynalite's operations. Run them while nothing else reads or writes. */
type Item = Readonly<Record<string, unknown>>;
export type Input = Readonly<Record<string, unknown>>;


interface Action extends Input {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

interface Reason { readonly Code: string; readonly Message?: string; readonly Item?: Item }

type Kind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

const MAX_ACTIONS = 100;

/** Reads all items of a transaction. */
export async function transactGet(call: Call, { TransactItems }: Input): Promise<object> {
  const gets = TransactItems as { readonly Get: Input }[];
  const found = await Promise.all(gets.map(({ Get }) => call('GetItem', { ...Get, ConsistentRead: true })));
  return { Responses: found.map(({ Item }) => (Item === undefined ? {} : { Item })) };
}

/** Runs a single write, and returns the item if its condition fails. */
export async function writeOne(call: Call, keysOf: KeysOf, operation: string, input: Input): Promise<Record<string, unknown>> {
  const { ReturnValuesOnConditionCheckFailure: wanted, ...known } = input;
  try {
    return await call(operation, known);
  } catch (error) {
    const isWanted = wanted === 'ALL_OLD' && error instanceof DynamoDbError && error.type === 'ConditionalCheckFailedException';
    if (isWanted) error.details.Item = await itemOf(call, input as Action, keysOf);
    throw error;
  }
}

interface Pending { readonly kind: Kind; readonly action: Action; readonly before?: Item }

/** Runs the actions one after another; undoes all of them when one fails. */
export async function transactWrite(call: Call, keysOf: KeysOf, input: Input): Promise<object> {
  const actions = actionsOf(input, keysOf);
  const done: Pending[] = [];
  const reasons: Reason[] = [];
  for (const [kind, action] of actions) {
    const before = await itemOf(call, action, keysOf);
    try {
      await act(call, kind, action, before);
      done.push({ kind, action, before });
      reasons.push({ Code: 'None' });
    } catch (error) {
      if (!(error instanceof DynamoDbError)) throw error;
      reasons.push(reasonOf(error, action, before));
    }
  }
  if (reasons.every(({ Code }) => Code === 'None')) return {};
  for (const { action, before } of done.reverse()) await undo(call, action, before, keysOf);
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new DynamoDbError('TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`, { CancellationReasons: reasons });
}

function act(call: Call, kind: Kind, { ReturnValuesOnConditionCheckFailure: _, ...action }: Action, before: Item | undefined): Promise<object> {
  if (kind !== 'ConditionCheck') return call(`${kind}Item`, action);
  const { Key, ...condition } = action;
  // Writes no change: an existing item is put again, a missing one is deleted.
  return before ? call('PutItem', { ...condition, Item: before }) : call('DeleteItem', action);
}

async function undo(call: Call, action: Action, before: Item | undefined, keysOf: KeysOf): Promise<void> {
  const { TableName } = action;
  if (before) await call('PutItem', { TableName, Item: before });
  else await call('DeleteItem', { TableName, Key: keyOf(action, keysOf) });
}

function reasonOf({ type, reason }: DynamoDbError, action: Action, before: Item | undefined): Reason {
  if (type !== 'ConditionalCheckFailedException') return { Code: type.replace(/Exception$/, 'Error'), Message: reason };
  const item = action.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before ? { Item: before } : {};
  return { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', ...item };
}

async function itemOf(call: Call, action: Action, keysOf: KeysOf): Promise<Item | undefined> {
  const { Item } = await call('GetItem', { TableName: action.TableName, Key: keyOf(action, keysOf), ConsistentRead: true });
  return Item as Item | undefined;
}

function keyOf({ TableName, Key, Item }: Action, keysOf: KeysOf): Item {
  return Key ?? Object.fromEntries(keysOf(TableName).map((name) => [name, Item?.[name]]));
}

function actionsOf({ TransactItems }: Input, keysOf: KeysOf): (readonly [Kind, Action])[] {
  const actions = (Array.isArray(TransactItems) ? TransactItems as Input[] : []).map((item) => Object.entries(item)[0] as [Kind, Action]);
  if (actions.length === 0 || actions.length > MAX_ACTIONS) {
    throw new DynamoDbError('ValidationException', `Member must have length between 1 and ${MAX_ACTIONS}: transactItems has ${actions.length}`);
  }
  const items = actions.map(([, action]) => JSON.stringify([action.TableName, Object.entries(keyOf(action, keysOf)).sort()]));
  if (new Set(items).size < items.length) throw new DynamoDbError('ValidationException', 'Transaction request cannot include multiple operations on one item');
  return actions;
}
