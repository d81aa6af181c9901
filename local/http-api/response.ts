import type { PayloadFormat } from '../model/http-apis';

/** Answer to the client. */
export interface HttpApiResponse {
  readonly status: number;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
  /** Reason for an error of the API itself. */
  readonly why?: string;
}

type Headers = Record<string, string | readonly string[]>;

/** Headers that the connection sets, not the function. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length'];

/** Builds an answer of API Gateway itself. */
export function gatewayResponse(status: number, message: string, why?: string, headers: Headers = {}): HttpApiResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(JSON.stringify({ message })), why };
}

export function failed(why: string): HttpApiResponse {
  return gatewayResponse(500, 'Internal Server Error', why);
}

/** Interprets a function's result like API Gateway. */
export function readResponse(format: PayloadFormat, payload: unknown): HttpApiResponse {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  const { statusCode, headers, multiValueHeaders, cookies, body, isBase64Encoded } = (isObject ? payload : {}) as Record<string, unknown>;
  if (statusCode === undefined || statusCode === null) {
    return format === '2.0' ? inferred(payload) : failed('the function returned no object with a statusCode');
  }
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return failed('the function returned no valid statusCode');
  if (body !== undefined && body !== null && typeof body !== 'string') return failed('the function returned a body that is not a string');
  const given = readHeaders(headers, format === '1.0' ? multiValueHeaders : undefined, format === '2.0' ? cookies : undefined);
  if (typeof given === 'string') return failed(`the function returned the header '${given}' with a value that is not text`);
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...given },
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** Without a status, the whole result is the body. */
function inferred(payload: unknown): HttpApiResponse {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload) ?? '';
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
}

/** Returns the headers, or the name of one that cannot be sent. */
function readHeaders(single: unknown, multiple: unknown, cookies: unknown): Headers | string {
  const read: Headers = {};
  const entries = [...Object.entries(single ?? {}), ...Object.entries(multiple ?? {})] as [string, unknown][];
  for (const [name, value] of entries) {
    const values = (Array.isArray(value) ? value : [value]).filter((each) => each !== null && each !== undefined);
    if (!values.every((each) => ['string', 'number', 'boolean'].includes(typeof each)) || !isSendable(name, values)) return name;
    const key = name.toLowerCase();
    if (!HOP_BY_HOP.includes(key) && values.length > 0) read[key] = values.length === 1 ? String(values[0]) : values.map(String);
  }
  if (Array.isArray(cookies) && cookies.length > 0) {
    if (!isSendable('set-cookie', cookies)) return 'set-cookie';
    read['set-cookie'] = cookies.map(String);
  }
  return read;
}

function isSendable(name: string, values: readonly unknown[]): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && values.every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(String(value)));
}
