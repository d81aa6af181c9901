import type { Call } from './client';
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
