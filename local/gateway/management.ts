import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LocalEvent } from '../log';
import type { Connection } from './connection';
import { isId } from './ids';
import type { SignatureCheck } from './signature';
import type { Throttles } from './throttles';
import type { Faults } from '../faults/faults';
import { readBody } from '../request-body';
import { sentUrlOf } from '../rewritten-url';

/** A request to `/{stage}/@connections/{id}`. */
export interface ManagementRequest {
  readonly stage: string;
  readonly connectionId: string;
}

export interface ManagementOptions {
  /** Finds a connection of a stage, or reports that the stage does not exist. */
  readonly find: (stage: string, connectionId: string) => Connection | 'no stage' | undefined;
  /** Largest message. */
  readonly messageBytes: number;
  readonly throttles: Throttles;
  /** Absent when calls need no signature. */
  readonly signatures?: SignatureCheck;
  readonly log: (event: Omit<LocalEvent, 'source'>) => void;
  /** Faults to inject. */
  readonly faults?: Faults;
}

interface Answer {
  readonly status: number;
  readonly errorType?: string;
  readonly body?: object;
  /** Remark for the log. */
  readonly note?: string;
}

const GONE: Answer = { status: 410, errorType: 'GoneException' };

const CLOSED_BY_BACKEND = { code: 1000, reason: 'Connection Closed Normally' };

/** Parses a path of the @connections endpoint, with the `@` and the id as they are or percent-encoded. */
export function parseManagementPath(url: string): ManagementRequest | undefined {
  const [, stage, connectionId] = /^\/([^/?]+)\/(?:@|%40)connections\/([^/?]+)\/?(?:\?.*)?$/i.exec(url) ?? [];
  if (connectionId === undefined) return undefined;
  try {
    return { stage: decodeURIComponent(stage), connectionId: decodeURIComponent(connectionId) };
  } catch {
    return { stage, connectionId };
  }
}

/** The @connections endpoint, with which a backend posts to a connection, gets its state, or closes it. */
export class Management {
  constructor(private readonly options: ManagementOptions) {}

  async serve(target: ManagementRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, this.options.messageBytes).catch(() => undefined);
    if (body === undefined) return;
    const { faults } = this.options;
    const latencyMillis = faults?.latencyMillis(target.connectionId) ?? 0;
    if (latencyMillis > 0) await new Promise((resolve) => setTimeout(resolve, latencyMillis));
    const answer = await this.unsigned(request, body) ?? injected(faults?.status(target.connectionId)) ?? this.answer(target, request.method ?? '', body);
    const event = request.method === 'GET' ? 'get' : request.method === 'DELETE' ? 'delete' : 'post';
    this.options.log({ event, connectionId: target.connectionId, detail: [answer.status, answer.errorType, answer.note].filter(Boolean).join(' ') });
    if (answer.errorType) response.setHeader('x-amzn-ErrorType', answer.errorType);
    if (answer.body) response.setHeader('Content-Type', 'application/json');
    response.writeHead(answer.status).end(answer.body ? JSON.stringify(answer.body) : undefined);
  }

  /** Refuses a request with a missing or wrong signature, if signatures are checked. */
  private async unsigned(request: IncomingMessage, body: Buffer | 'too large'): Promise<Answer | undefined> {
    const { method = '', headers } = request;
    // A body that is too large was not kept, and is refused in any case.
    const refused = body === 'too large' ? undefined : await this.options.signatures?.refusal({ method, path: sentUrlOf(request), headers, body }, Date.now());
    return refused && refusal(403, refused.errorType, refused.message);
  }

  private answer({ stage, connectionId }: ManagementRequest, method: string, body: Buffer | 'too large'): Answer {
    const { find, throttles } = this.options;
    if (!throttles.admitsCall()) return refusal(429, 'LimitExceededException', 'Too Many Requests');
    const connection = find(stage, connectionId);
    if (connection === 'no stage' || !['POST', 'GET', 'DELETE'].includes(method)) return refusal(403, 'ForbiddenException', 'Forbidden');
    if (!isId(connectionId)) return refusal(400, 'BadRequestException', `Invalid connectionId: ${connectionId}`);
    if (body === 'too large') return refusal(413, 'PayloadTooLargeException', 'Message too long');
    // This includes a connection whose `$connect` is still running.
    if (!connection?.isOpen) return GONE;
    switch (method) {
      case 'POST': return this.post(connection, body);
      case 'DELETE':
        connection.close(CLOSED_BY_BACKEND);
        return { status: 204 };
      default: return { status: 200, body: describe(connection) };
    }
  }

  private post(connection: Connection, body: Buffer): Answer {
    if (connection.isClogged) return refusal(429, 'LimitExceededException', 'Client side buffer is full');
    // A text frame holds UTF-8: API Gateway replaces invalid bytes with U+FFFD.
    connection.send(body.toString());
    return { status: 200, note: `${body.length} bytes${connection.isUnplugged ? ', lost (unplugged)' : ''}` };
  }
}

function refusal(status: number, errorType: string, message: string): Answer {
  return { status, errorType, body: { message } };
}

/** Returns the answer that a fault gives instead. */
function injected(status: number | undefined): Answer | undefined {
  const note = 'injected';
  switch (status) {
    case undefined: return undefined;
    case 403: return { ...refusal(403, 'ForbiddenException', 'Forbidden'), note };
    case 410: return { ...GONE, note };
    case 413: return { ...refusal(413, 'PayloadTooLargeException', 'Message too long'), note };
    case 429: return { ...refusal(429, 'LimitExceededException', 'Too Many Requests'), note };
    default: return { ...refusal(status, 'InternalServerErrorException', STATUS_CODES[status] ?? 'Server error'), note };
  }
}

function describe({ connectedAt, identity, lastActiveAt }: Connection): object {
  return { connectedAt: new Date(connectedAt).toISOString(), identity, lastActiveAt: new Date(lastActiveAt).toISOString() };
}
