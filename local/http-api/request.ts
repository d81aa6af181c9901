import type { IncomingMessage } from 'node:http';
import { newId } from '../gateway/ids';
import { traceId } from '../lambda/runtime-api';
import type { StageModel } from '../model/api-parts';

/** The members of a request that events need. */
export interface HttpApiRequest {
  readonly id: string;
  readonly at: Date;
  readonly method: string;
  /** Decoded path with the stage, as events show it. */
  readonly path: string;
  /** Decoded path without the stage, as routes match it. */
  readonly routePath: string;
  readonly stage: StageModel;
  readonly protocol: string;
  readonly rawQuery: string;
  /** Query parameters with all values. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Headers by lower-case name, with all values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly cookies: readonly string[];
  readonly sourceIp: string;
  readonly body?: { readonly text: string; readonly isBase64: boolean };
}

/** Headers of one connection, which API Gateway does not pass on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Observed on AWS: any other body is base64-encoded, including forms and bodies without a type. */
const TEXT_TYPES = /^(text\/[^;]*|application\/(json|xml|javascript))\s*(;|$)/i;

/** Reads a request; undefined when no stage matches it. */
export function readRequest(request: IncomingMessage, body: Buffer, stages: readonly StageModel[], domainName: string): HttpApiRequest | undefined {
  const [, rawPath, rawQuery = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(request.url ?? '/')!;
  const path = decoded(rawPath);
  const place = placeOf(path, stages);
  if (!place) return undefined;
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const headers = headersOf(request, domainName, sourceIp, body.length);
  return {
    id: newId(),
    at: new Date(),
    method: request.method ?? 'GET',
    path,
    ...place,
    protocol: `HTTP/${request.httpVersion}`,
    rawQuery,
    query: queryOf(rawQuery),
    headers,
    cookies: (headers.get('cookie') ?? []).flatMap((header) => header.split(/;\s*/)).filter((cookie) => cookie !== ''),
    sourceIp,
    body: body.length === 0 ? undefined : bodyOf(body, headers),
  };
}

/** Returns stage and route path. The first segment names the stage; `$default` is at the root. */
function placeOf(path: string, stages: readonly StageModel[]): Pick<HttpApiRequest, 'stage' | 'routePath'> | undefined {
  const [, first, rest] = /^\/([^/]*)(.*)$/s.exec(path) ?? [];
  const named = stages.find(({ name }) => name === first && name !== '$default');
  if (named) return { stage: named, routePath: rest === '' ? '/' : rest };
  const stage = stages.find(({ name }) => name === '$default');
  return stage && { stage, routePath: path };
}

function headersOf(request: IncomingMessage, domainName: string, sourceIp: string, length: number): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index].toLowerCase();
    if (!HOP_BY_HOP.has(name)) headers.set(name, [...headers.get(name) ?? [], request.rawHeaders[index + 1]]);
  }
  return new Map([
    ...headers,
    ['content-length', [String(length)]],
    ['host', [domainName]],
    ['x-amzn-trace-id', [traceId()]],
    ['x-forwarded-for', [sourceIp]],
    // As on AWS, where every connection uses TLS.
    ['x-forwarded-port', ['443']],
    ['x-forwarded-proto', ['https']],
  ]);
}

function queryOf(rawQuery: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQuery)) query.set(name, [...query.get(name) ?? [], value]);
  return query;
}

function bodyOf(body: Buffer, headers: HttpApiRequest['headers']): HttpApiRequest['body'] {
  const isText = TEXT_TYPES.test(headers.get('content-type')?.[0] ?? '') && !headers.has('content-encoding');
  return { text: body.toString(isText ? 'utf8' : 'base64'), isBase64: !isText };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
