import type { ServerResponse } from 'node:http';
import { messageOf } from '../errors';
import { DynamoDbError, type Call } from './client';
import type { Idempotency } from './idempotency';
import { batchExecuteStatement, executeStatement } from './partiql/execute';
import type { KeysOf } from './partiql/translate';
import { transactGet, transactWrite, writeOne, type Input } from './transactions';

/** An operation made of others. Run it while nothing else reads or writes. */
export type Extension = (call: Call, keysOf: KeysOf) => Promise<object>;

const SINGLE_WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];

/** Returns the extension for an operation that dynalite lacks, or supports only in part; undefined for others. */
export function extensionOf(operation: string, input: Input, idempotency: Idempotency): Extension | undefined {
  switch (operation) {
    case 'TransactWriteItems': return (call, keysOf) => idempotency.once(input, () => transactWrite(call, keysOf, input));
    case 'TransactGetItems': return (call) => transactGet(call, input);
    case 'ExecuteStatement': return (call, keysOf) => executeStatement(call, keysOf, input);
    case 'BatchExecuteStatement': return (call, keysOf) => batchExecuteStatement(call, keysOf, input);
    default:
      return SINGLE_WRITES.includes(operation) && input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
        ? (call, keysOf) => writeOne(call, keysOf, operation, input) : undefined;
  }
}

/** Answers a request with what its extension returns, or with its error. */
export async function answerWith(response: ServerResponse, work: () => Promise<object>): Promise<void> {
  const answer = (status: number, value: object) => response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(value));
  try {
    answer(200, await work());
  } catch (error) {
    const { type, reason, details } = error instanceof DynamoDbError ? error : new DynamoDbError('ValidationException', messageOf(error));
    answer(400, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: reason, Message: reason, ...details });
  }
}
