import type { IncomingHttpHeaders } from 'node:http';
import type { HttpApiResponse } from './response';
import type { CorsModel } from '../model/http-apis';

/** Whether a request is a browser's preflight. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** Answers a preflight. A refused origin gets no headers. */
export function preflightResponse(cors: CorsModel, origin: string): HttpApiResponse {
  return { status: 204, headers: corsHeaders(cors, origin, true), body: Buffer.alloc(0) };
}

/** Replaces the function's CORS headers with the API's, where the API has any. */
export function withCors(response: HttpApiResponse, cors: CorsModel | undefined, origin: string | undefined, preflight: boolean): HttpApiResponse {
  if (!cors) return response;
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  return { ...response, headers: { ...Object.fromEntries(own), ...origin !== undefined && corsHeaders(cors, origin, preflight) } };
}

function corsHeaders(cors: CorsModel, origin: string, preflight: boolean): Record<string, string> {
  const { origins, methods, headers, exposedHeaders, maxAgeSeconds, allowsCredentials } = cors;
  const allowed = origins.includes('*') ? '*' : origins.some((pattern) => matches(pattern, origin)) ? origin : undefined;
  if (allowed === undefined) return {};
  return {
    'access-control-allow-origin': allowed,
    ...allowed !== '*' && { vary: 'Origin' },
    ...allowsCredentials && { 'access-control-allow-credentials': 'true' },
    ...preflight && methods.length > 0 && { 'access-control-allow-methods': methods.join(',') },
    ...preflight && headers.length > 0 && { 'access-control-allow-headers': headers.join(',') },
    ...preflight && maxAgeSeconds !== undefined && { 'access-control-max-age': String(maxAgeSeconds) },
    ...exposedHeaders.length > 0 && { 'access-control-expose-headers': exposedHeaders.join(',') },
  };
}

/** Whether an origin matches; `https://*` stands for every origin of that scheme. */
function matches(pattern: string, origin: string): boolean {
  return pattern.endsWith('://*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;
}
