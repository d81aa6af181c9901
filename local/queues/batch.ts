import { missing, SqsError } from './errors';
import { optionalString, record, type Input } from './parameters';

export interface Entry {
  readonly id: string;
  readonly input: Input;
}

const MAX_ENTRIES = 10;
const ID = /^[A-Za-z0-9_-]{1,80}$/;

/** Reads the entries of a batch, and refuses the whole batch where SQS does. */
export function entriesOf(input: Input, operation: string): readonly Entry[] {
  const list = input.Entries ?? [];
  if (!Array.isArray(list)) throw new SqsError('SerializationException', 'Entries can not be converted to a list');
  if (list.length === 0) throw new SqsError('EmptyBatchRequest', `There should be at least one ${operation}RequestEntry in the request.`);
  if (list.length > MAX_ENTRIES) {
    throw new SqsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${list.length}.`);
  }
  const entries = list.map((each: unknown) => readEntry(record(each)));
  const ids = entries.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  return entries;
}

function readEntry(input: Input): Entry {
  const id = optionalString(input, 'Id');
  if (id === undefined) throw missing('Id');
  if (!ID.test(id)) {
    throw new SqsError('InvalidBatchEntryId', 'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.');
  }
  return { id, input };
}

/** Runs each entry of a batch. A refused entry does not affect the others. */
export function runEach(entries: readonly Entry[], run: (input: Input) => object | void): object {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const { id, input } of entries) {
    try {
      Successful.push({ Id: id, ...run(input) });
    } catch (error) {
      // For a value of another type SQS cannot read the request at all.
      if (!(error instanceof SqsError) || error.type === 'SerializationException') throw error;
      Failed.push({ Id: id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}
