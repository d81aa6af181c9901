import { createHash } from 'node:crypto';
import { DynamoDbError } from './client';
import type { Input } from './transactions';

/** Time for which DynamoDB recognises a repeated transaction. */
const WINDOW_MILLIS = 10 * 60_000;

interface Done {
  readonly at: number;
  readonly digest: string;
  readonly answer: object;
}

/** Runs a transaction that is repeated with the same token only once. A failed one may be tried again. */
export class Idempotency {
  private readonly done = new Map<string, Done>();

  /** @param now returns milliseconds */
  constructor(private readonly now = () => Date.now()) {}

  async once({ ClientRequestToken, ...input }: Input, work: () => Promise<object>): Promise<object> {
    if (typeof ClientRequestToken !== 'string' || ClientRequestToken === '') return work();
    const digest = createHash('sha256').update(JSON.stringify(sorted({ ...input, ReturnConsumedCapacity: undefined }))).digest('base64');
    this.forgetOld();
    const known = this.done.get(ClientRequestToken);
    if (known && known.digest !== digest) {
      throw new DynamoDbError('IdempotentParameterMismatchException', 'Request parameters do not match the ones of the request with the same token');
    }
    if (known) return known.answer;
    const answer = await work();
    this.done.set(ClientRequestToken, { at: this.now(), digest, answer });
    return answer;
  }

  private forgetOld(): void {
    for (const [token, { at }] of this.done) {
      if (this.now() - at >= WINDOW_MILLIS) this.done.delete(token);
    }
  }
}

/** Returns the same value with sorted object members. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, each]) => [name, sorted(each)]));
}
