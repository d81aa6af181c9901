import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import dynalite from 'dynalite';
import { mayComeFromPage } from '../cross-site';
import { messageOf } from '../errors';
import { readBody } from '../request-body';

/** Answers a request whose body is complete. */
export type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** An embedded in-memory DynamoDB without tables. */
export class Engine {
  private readonly dynalite = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

  /**
   * dynalite throws for some malformed requests, and from the request's error event. Events are emitted here, where errors can be caught, and
   * only once the request is complete.
   */
  readonly answer: Answer = ({ method, url, headers }, body, response) => {
    try {
      const complete = Object.assign(new EventEmitter(), { method, url, headers });
      this.dynalite.emit('request', complete, response);
      complete.emit('data', body);
      complete.emit('end');
    } catch (error) {
      refuse(response, messageOf(error));
    }
  };
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Refuses requests of web pages. */
export function refusingPages(listener: Listener): Listener {
  return (request, response) => {
    if (mayComeFromPage(request)) response.writeHead(403).end();
    else listener(request, response);
  };
}

/** Passes requests on when they are complete. */
export function completeRequests(answer: Answer): Listener {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request, MAX_REQUEST_BYTES).catch(() => undefined);
    if (body === undefined) return;
    if (body === 'too large') return void response.writeHead(413).end();
    answer(request, body, response);
  };
  return (request, response) => void serve(request, response).catch(() => response.destroy());
}

function refuse(response: ServerResponse, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: 'com.amazon.coral.service#SerializationException', message }));
}
