import { request } from 'node:http';

/** Calls one DynamoDB operation on the embedded database. */
export type Call = (operation: string, input: unknown) => Promise<Record<string, unknown>>;

/** An error as DynamoDB returns it. */
export class DynamoDbError extends Error {
  /**
   * @param reason DynamoDB's message
   * @param details further members of the answer
   */
  constructor(readonly type: string, readonly reason: string, readonly details: Record<string, unknown> = {}, operation?: string) {
    super([operation, type, reason].filter((part) => part !== undefined).join(': '));
    this.name = type;
  }
}

/** dynalite requires a signature, but does not check it. */
const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=local/20200101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local';

export function createClient(port: number): Call {
  return (operation, input) => new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': '20200101T000000Z',
        'authorization': AUTHORIZATION,
      },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
        if (response.statusCode === 200) resolve(answer);
        else reject(errorOf(operation, answer));
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(input));
  });
}

function errorOf(operation: string, { __type, message, Message }: Readonly<Record<string, unknown>>): DynamoDbError {
  const text = message ?? Message;
  return new DynamoDbError(String(__type).split('#').pop()!, typeof text === 'string' ? text : '', {}, operation);
}
