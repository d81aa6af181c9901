import { createHash } from 'node:crypto';
import { DynamoDbError } from '../client';
import { Expressions } from './expressions';
import { parseStatement } from './parse';
import type { Change, Expression, Path, Statement, Value } from './statement';
import { malformed } from './tokens';

type Json = Readonly<Record<string, unknown>>;

/** Returns the key attributes of a table or an index. */
export type KeysOf = (tableName: string, indexName?: string) => readonly string[];

/** DynamoDB operation for a statement. */
export interface Translation {
  readonly operation: 'Query' | 'Scan' | 'PutItem' | 'UpdateItem' | 'DeleteItem';
  readonly isRead: boolean;
  readonly input: Json;
  /** Key of the item that the statement names, by the names of the key attributes. Absent for a statement that may read several. */
  readonly item?: Json;
  /** Converts the operation's answer to the statement's. */
  readonly answer: (answer: Json) => object;
  /** Converts the operation's error to the statement's. */
  readonly error: (error: DynamoDbError) => DynamoDbError;
}

/** Translates the input of `ExecuteStatement` into one DynamoDB operation. */
export function translate(input: Json, keysOf: KeysOf): Translation {
  const text = String(input.Statement);
  const parameters = Array.isArray(input.Parameters) ? input.Parameters as Value[] : [];
  const statement = parseStatement(text, parameters);
  const common = { ReturnConsumedCapacity: input.ReturnConsumedCapacity };
  if (statement.kind === 'select') return select(statement, input, keysOf(statement.table, statement.index), digestOf(text, parameters));
  const failure = { ReturnValuesOnConditionCheckFailure: input.ReturnValuesOnConditionCheckFailure };
  const keys = keysOf(statement.table);
  if (keys.length === 0) throw new DynamoDbError('ResourceNotFoundException', 'Requested resource not found');
  if (statement.kind === 'insert') return insert(statement, keys, common);
  return change(statement, keys, { ...common, ...failure });
}

type Select = Extract<Statement, { kind: 'select' }>;

function select({ table, index, paths, where, orderBy }: Select, input: Json, [hash, range]: readonly string[], digest: string): Translation {
  const conditions = where === undefined ? [] : conjuncts(where);
  const ofHash = conditions.find((each) => isEqualTo(each, hash));
  const ofRange = range === undefined ? undefined : conditions.find((each) => isKeyCondition(each, range));
  const rest = conditions.filter((each) => each !== ofHash && each !== ofRange);
  // A query's filter must not contain its keys; a scan's may.
  const isQuery = ofHash !== undefined && !rest.some((each) => mentions(each, [hash, range]));
  if (orderBy && !isQuery) throw new DynamoDbError('ValidationException', 'Must have WHERE clause in the statement when using ORDER BY clause.');
  const expressions = new Expressions();
  const all = (parts: readonly Expression[]) => parts.length === 0 ? undefined : parts.map((each) => expressions.condition(each)).join(' AND ');
  const isOfItem = index === undefined && ofHash !== undefined && (range === undefined || (ofRange !== undefined && isEqualTo(ofRange, range)));
  return {
    operation: isQuery ? 'Query' : 'Scan',
    isRead: true,
    item: isOfItem ? keyOf([hash, ...range === undefined ? [] : [range]], [ofHash, ...ofRange === undefined ? [] : [ofRange]]) : undefined,
    input: {
      TableName: table,
      IndexName: index,
      ConsistentRead: input.ConsistentRead,
      Limit: input.Limit,
      ReturnConsumedCapacity: input.ReturnConsumedCapacity,
      ExclusiveStartKey: startOf(input.NextToken, digest),
      ...isQuery && {
        KeyConditionExpression: all([ofHash, ofRange].filter((each) => each !== undefined)),
        ScanIndexForward: orderBy?.isDescending !== true,
      },
      FilterExpression: all(isQuery ? rest : conditions),
      ...expressions.placeholders,
    },
    answer: ({ Items, LastEvaluatedKey, ConsumedCapacity }) => ({
      Items: paths ? (Items as Value[]).map((item) => projected(item, paths)) : Items,
      LastEvaluatedKey,
      NextToken: LastEvaluatedKey === undefined ? undefined : Buffer.from(JSON.stringify([digest, LastEvaluatedKey])).toString('base64'),
      ConsumedCapacity,
    }),
    error: (error) => error,
  };
}

function insert({ table, item }: Extract<Statement, { kind: 'insert' }>, keys: readonly string[], common: Json): Translation {
  const isNew = { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': keys[0] } };
  return {
    operation: 'PutItem',
    isRead: false,
    item: Object.fromEntries(keys.map((key) => [key, item[key]])),
    input: { TableName: table, Item: item, ...isNew, ...common },
    answer: ({ ConsumedCapacity }) => ({ Items: [], ConsumedCapacity }),
    error: (error) => (error.type === 'ConditionalCheckFailedException'
      ? new DynamoDbError('DuplicateItemException', 'Duplicate primary key exists in table') : error),
  };
}

type Changing = Extract<Statement, { kind: 'update' | 'delete' }>;

function change(statement: Changing, keys: readonly string[], common: Json): Translation {
  const conditions = conjuncts(statement.where);
  const ofKeys = keys.map((key) => conditions.find((each) => isEqualTo(each, key)));
  if (ofKeys.some((each) => each === undefined)) {
    throw new DynamoDbError('ValidationException', 'Where clause does not contain a mandatory equality on all key attributes');
  }
  const Key = keyOf(keys, ofKeys as readonly Expression[]);
  const expressions = new Expressions();
  const isUpdate = statement.kind === 'update';
  const UpdateExpression = isUpdate ? updateExpression(statement.changes, expressions) : undefined;
  const rest = conditions.filter((each) => !ofKeys.includes(each)).map((each) => expressions.condition(each)).join(' AND ');
  // Only an existing item can be updated. Deleting one that is not there succeeds, whatever the condition.
  const existence = isUpdate || rest !== '' ? `${isUpdate ? 'attribute_exists' : 'attribute_not_exists'}(${expressions.path([keys[0]])})` : '';
  const needed = [existence, rest].filter((part) => part !== '').join(isUpdate ? ' AND ' : ' OR ');
  return {
    operation: isUpdate ? 'UpdateItem' : 'DeleteItem',
    isRead: false,
    item: Key,
    input: {
      TableName: statement.table,
      Key,
      UpdateExpression,
      ConditionExpression: needed === '' ? undefined : needed,
      ReturnValues: statement.returning,
      ...expressions.placeholders,
      ...common,
    },
    answer: ({ Attributes, ConsumedCapacity }) => ({ Items: Attributes === undefined ? [] : [Attributes], ConsumedCapacity }),
    error: (error) => error,
  };
}

/** Builds an update expression of sets, removals, and changes of sets. */
function updateExpression(changes: readonly Change[], expressions: Expressions): string {
  const clauses = new Map<string, string[]>();
  const add = (clause: string, text: string) => clauses.set(clause, [...clauses.get(clause) ?? [], text]);
  for (const each of changes) {
    const path = expressions.path(each.path);
    if (each.kind === 'remove') {
      add('REMOVE', path);
    } else if (each.to.kind === 'call' && ['set_add', 'set_delete'].includes(each.to.name)) {
      add(each.to.name === 'set_add' ? 'ADD' : 'DELETE', `${path} ${expressions.operand(each.to.args[1])}`);
    } else {
      add('SET', `${path} = ${expressions.operand(each.to)}`);
    }
  }
  return [...clauses].map(([clause, texts]) => `${clause} ${texts.join(', ')}`).join(' ');
}

/** Splits a condition into the parts that must all hold. */
function conjuncts(expression: Expression): Expression[] {
  return expression.kind === 'binary' && expression.operator === 'AND' ? [...conjuncts(expression.left), ...conjuncts(expression.right)] : [expression];
}

function isEqualTo(expression: Expression, name: string): boolean {
  return expression.kind === 'binary' && expression.operator === '=' && isPath(expression.left, name) && expression.right.kind === 'value';
}

/** Whether a condition on a sort key is allowed in a query. */
function isKeyCondition(expression: Expression, name: string): boolean {
  switch (expression.kind) {
    case 'binary': return ['=', '<', '<=', '>', '>='].includes(expression.operator) && isPath(expression.left, name) && expression.right.kind === 'value';
    case 'between': return isPath(expression.of, name);
    case 'call': return expression.name === 'begins_with' && isPath(expression.args[0], name);
    default: return false;
  }
}

function isPath(expression: Expression, name: string): boolean {
  return expression.kind === 'path' && expression.path.length === 1 && expression.path[0] === name;
}

function mentions(expression: Expression, names: readonly (string | undefined)[]): boolean {
  if (expression.kind === 'path') return names.includes(String(expression.path[0]));
  return Object.values(expression).flat().some((part) => typeof part === 'object' && part !== null && 'kind' in part && mentions(part as Expression, names));
}

function keyOf(names: readonly string[], equations: readonly Expression[]): Json {
  return Object.fromEntries(names.map((name, index) => [name, valueOf(equations[index])]));
}

function valueOf(equation: Expression): Value {
  if (equation.kind !== 'binary' || equation.right.kind !== 'value') throw malformed('a key must be equal to a value');
  return equation.right.value;
}

/** Projects an item; each value gets the last name of its path. */
function projected(item: Value, paths: readonly Path[]): Value {
  return Object.fromEntries(paths.flatMap((path) => {
    const value = path.reduce<unknown>((inner, part, depth) => memberOf(depth === 0 ? { M: inner } : inner, part), item);
    return value === undefined ? [] : [[String(path.filter((part) => typeof part === 'string').at(-1)), value]];
  }));
}

function memberOf(value: unknown, part: string | number): unknown {
  const { M, L } = (value ?? {}) as { readonly M?: Value; readonly L?: readonly unknown[] };
  if (typeof part === 'number') return L?.[part];
  return M && Object.hasOwn(M, part) ? M[part] : undefined;
}

function startOf(token: unknown, digest: string): unknown {
  if (token === undefined || token === null) return undefined;
  try {
    const [of, key] = JSON.parse(Buffer.from(String(token), 'base64').toString()) as [string, unknown];
    if (of === digest) return key;
  } catch {
    // It is none that was given out.
  }
  throw new DynamoDbError('ValidationException', 'NextToken does not match request');
}

function digestOf(text: string, parameters: readonly Value[]): string {
  return createHash('sha256').update(JSON.stringify([text, parameters])).digest('base64url');
}
