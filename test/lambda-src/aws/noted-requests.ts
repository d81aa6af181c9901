import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A request to DynamoDB. */
export interface NotedRequest {
  readonly command: string;
  /** Units that it cost. */
  readonly units: number;
  /** Rows that a Query or a Scan read. */
  readonly rows?: number;
}

interface Output {
  readonly ScannedCount?: number;
  readonly ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
}

/** Records each request of a client, with the cost that DynamoDB returns. */
export function noteRequests(client: DynamoDBClient, note: (request: NotedRequest) => void): void {
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
    const result = await next(args);
    const { ConsumedCapacity, ScannedCount: rows } = result.output as Output;
    const units = [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    note({ command: commandName!.replace('Command', ''), units, rows });
    return result;
  }, { step: 'initialize', name: 'noteRequests' });
}
