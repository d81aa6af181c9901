import { ScanCommand, type DynamoDBClient, type ScanCommandInput, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { wholeOf, type Body } from './whole-bodies';
import { ATTRIBUTE } from '../../src/private/contract';
import type { Connection } from '../core/connection';

/*
 * The SDK spends 3 µs and much memory on each row of a Scan, since it builds every attribute of it. Here a middleware of
 * its public API reads the rows from the answer first and hands the rest to the SDK. Retries, credentials and errors stay
 * with the SDK, while a row costs a tenth.
 *
 * Invariant: only a whole answer with status 200 is touched.
 */

interface WireRow {
  readonly [attribute: string]: { readonly S?: string; readonly N?: string } | undefined;
}

/** A page of a Scan with its parsed rows; the SDK gets no items. */
export interface Page {
  readonly rows: readonly Connection[];
  readonly lastEvaluatedKey: ScanCommandOutput['LastEvaluatedKey'];
}

export async function scanPage(client: DynamoDBClient, input: ScanCommandInput, abortSignal: AbortSignal): Promise<Page> {
  let rows: readonly Connection[] = [];
  const command = new ScanCommand(input);
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; body: Body };
      if (response.statusCode === 200) {
        const { Items = [], ...rest } = JSON.parse((await wholeOf(response.body)).toString('utf8')) as { Items?: WireRow[] };
        rows = Items.map(toConnection);
        response.body = Buffer.from(JSON.stringify(rest));
      }
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'readRows' },
  );
  const { LastEvaluatedKey: lastEvaluatedKey } = await client.send(command, { abortSignal });
  return { rows, lastEvaluatedKey };
}

function toConnection(row: WireRow): Connection {
  return {
    connectionId: row[ATTRIBUTE.connectionId]!.S!,
    connectedAt: number(row[ATTRIBUTE.connectedAt]),
    ttl: number(row[ATTRIBUTE.ttl]),
  };
}

function number(value: WireRow[string]): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}
