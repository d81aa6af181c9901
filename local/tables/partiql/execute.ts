import { DynamoDbError, type Call } from '../client';
import { writeOne, type Input } from '../transactions';
import { translate, type KeysOf, type Translation } from './translate';

const MAX_STATEMENTS = 25;

type Answer = Readonly<Record<string, unknown>>;

export async function executeStatement(call: Call, keysOf: KeysOf, statement: Input): Promise<object> {
  return execute(call, keysOf, translate(statement, keysOf));
}

/** Runs statements that only read, or only write, one item each. Each succeeds or fails by itself. */
export async function batchExecuteStatement(call: Call, keysOf: KeysOf, { Statements, ReturnConsumedCapacity }: Input): Promise<object> {
  const statements = statementsOf(Statements);
  const translations = statements.map((statement) => translated({ ...statement, ReturnConsumedCapacity }, keysOf));
  refuseMixture(translations.filter((each): each is Translation => !(each instanceof DynamoDbError)));
  const answers = await Promise.all(translations.map((translation) => (
    translation instanceof DynamoDbError ? failure(translation) : answerOf(call, keysOf, translation))));
  const Responses = answers.map(({ ConsumedCapacity: _, ...answer }) => answer);
  return { Responses, ConsumedCapacity: consumed(answers) };
}

async function execute(call: Call, keysOf: KeysOf, { operation, isRead, input, answer, error: converted }: Translation): Promise<object> {
  try {
    return answer(isRead ? await call(operation, input) : await writeOne(call, keysOf, operation, input));
  } catch (error) {
    throw error instanceof DynamoDbError ? converted(error) : error;
  }
}

async function answerOf(call: Call, keysOf: KeysOf, translation: Translation): Promise<Answer> {
  const { TableName } = translation.input;
  const isKnown = keysOf(String(TableName)).length > 0;
  if (isKnown && !translation.item) return failure(validation('Select statements within BatchExecuteStatement must specify the primary key in the where clause.'));
  try {
    const { Items = [], ConsumedCapacity } = await execute(call, keysOf, translation) as { Items?: unknown[]; ConsumedCapacity?: unknown };
    return { ...Items.length > 0 && { Item: Items[0] }, TableName, ConsumedCapacity };
  } catch (error) {
    if (!(error instanceof DynamoDbError)) throw error;
    return { ...failure(error), ...error.type !== 'ValidationException' && { TableName } };
  }
}

function statementsOf(given: unknown): readonly Input[] {
  const statements = Array.isArray(given) ? given as Input[] : [];
  if (statements.length > MAX_STATEMENTS) throw validation(`Too many statements in BatchExecuteStatement; limit is ${MAX_STATEMENTS}`);
  if (statements.length > 0) return statements;
  throw validation("1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1");
}

/** Translates a statement, or returns why that is not possible. */
function translated(statement: Input, keysOf: KeysOf): Translation | DynamoDbError {
  try {
    return translate(statement, keysOf);
  } catch (error) {
    if (error instanceof DynamoDbError) return error;
    throw error;
  }
}

function refuseMixture(translations: readonly Translation[]): void {
  if (new Set(translations.map(({ isRead }) => isRead)).size > 1) throw validation('Read and write requests together in the same batch is not supported.');
  const items = translations.flatMap(({ input, item }) => (item ? JSON.stringify([input.TableName, item]) : []));
  if (new Set(items).size < items.length) throw validation('Provided list of item keys contains duplicates');
}

/** Failure of one statement; its code is the name of the exception without its ending. */
function failure({ type, reason, details }: DynamoDbError): Answer {
  const Code = type.replace(/^(Validation|Throttling)Exception$/, '$1Error').replace(/Exception$/, '');
  return { Error: { Code, Message: reason, ...details } };
}

/** Sums the units of each table. */
function consumed(answers: readonly Answer[]): readonly object[] | undefined {
  const units = new Map<string, number>();
  for (const { ConsumedCapacity } of answers as { ConsumedCapacity?: { TableName: string; CapacityUnits: number } }[]) {
    if (ConsumedCapacity) units.set(ConsumedCapacity.TableName, (units.get(ConsumedCapacity.TableName) ?? 0) + ConsumedCapacity.CapacityUnits);
  }
  return units.size === 0 ? undefined : [...units].map(([TableName, CapacityUnits]) => ({ TableName, CapacityUnits }));
}

function validation(reason: string): DynamoDbError {
  return new DynamoDbError('ValidationException', reason);
}
