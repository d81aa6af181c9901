import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Service } from './door';
import type { AwsHost } from './hosts';
import { messageOf } from '../errors';
import { readBody } from '../request-body';

export type Input = Readonly<Record<string, unknown>>;

/** Answers the input of an operation. An error that it throws becomes the answer. */
export type Operation = (input: Input, host: AwsHost) => object;

/** An error of a service, by its name. */
export class ServiceError extends Error {
  constructor(readonly type: string, message: string) {
    super(message);
  }
}

const MAX_REQUEST_BYTES = 1024 * 1024;

/**
 * A service that speaks JSON, with a part of its operations.
 *
 * @param defaultError name for errors without one
 */
export function jsonService(operations: Readonly<Record<string, Operation>>, defaultError: string): Service {
  const answer = async (name: string, host: AwsHost, request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request, MAX_REQUEST_BYTES);
    response.setHeader('Content-Type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(operations[name](JSON.parse(String(body) || '{}') as Input, host)));
    } catch (error) {
      const type = error instanceof ServiceError ? error.type : defaultError;
      response.writeHead(400).end(JSON.stringify({ __type: type, message: messageOf(error) }));
    }
  };
  return {
    serve(host, request, response) {
      const name = String(request.headers['x-amz-target']).split('.').pop()!;
      if (!Object.hasOwn(operations, name)) return false;
      void answer(name, host, request, response).catch(() => response.destroy());
      return true;
    },
  };
}
