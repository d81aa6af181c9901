import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Service } from './door';
import type { Functions } from '../lambda/functions';
import { functionArnOf } from '../model/function-arns';
import { readBody } from '../request-body';

const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Lambda for functions of the app that call one another: only `Invoke`. */
export function lambdaService(functions: Functions): Service {
  return {
    serve({ region = '' }, request, response) {
      const [, encoded] = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?.*)?$/.exec(request.url ?? '') ?? [];
      if (request.method !== 'POST' || encoded === undefined) return false;
      void invoke(functions, decodeURIComponent(encoded), region, request, response).catch(() => response.destroy());
      return true;
    },
  };
}

async function invoke(functions: Functions, nameOrArn: string, region: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, MAX_PAYLOAD_BYTES);
  if (body === 'too large') return refuse(response, 413, 'RequestTooLargeException', `the payload has more than ${MAX_PAYLOAD_BYTES} bytes`);
  const event = parse(body.toString() || '{}');
  if (event === undefined) return refuse(response, 400, 'InvalidRequestContentException', 'Could not parse request body into json');
  const arn = functionArnOf(nameOrArn, { partition: 'aws', region, account: '' });
  if (!functions.has(arn)) return refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${nameOrArn}`);
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') return void response.writeHead(204).end();
  const outcome = functions.invoke(arn, event.value as object);
  // The result of the invocation is in the log.
  if (type === 'Event') return void response.writeHead(202).end();
  const answered = await outcome;
  response.setHeader('Content-Type', 'application/json').setHeader('X-Amz-Executed-Version', '$LATEST');
  if (answered.ok) return void response.end(JSON.stringify(answered.payload));
  response.setHeader('X-Amz-Function-Error', 'Unhandled');
  response.end(JSON.stringify({ errorType: answered.errorType, errorMessage: answered.errorMessage, trace: answered.trace ?? [] }));
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': type }).end(JSON.stringify({ Type: 'User', Message: message }));
}

function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) as unknown };
  } catch {
    return undefined;
  }
}
