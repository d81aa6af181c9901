import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeXml } from './xml';
import { readBody } from '../request-body';

/** An AWS call: its service, and its operation or path. */
export interface AwsCall {
  readonly service: string;
  readonly operation: string;
}

const MAX_REQUEST_BYTES = 1024 * 1024;

const ERROR = 'NotEmulated';

/** Identifies a call: its service by its signature, else by its host; its operation as its protocol names it, else by method and path. */
export function callOf({ headers, method = 'GET', url = '/' }: IncomingMessage, hostService: string, body: string): AwsCall {
  const [path, query] = url.split('?');
  const [, signedService] = /Credential=[^/]+\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  const target = headers['x-amz-target'];
  const parameters = new URLSearchParams(isForm(headers['content-type']) ? body : query);
  const operation = typeof target === 'string' ? target.split('.').pop()
    : parameters.get('Action') ?? parameters.get('x-id') ?? /\/operation\/(\w+)$/.exec(path)?.[1];
  const service = signedService ?? hostService;
  const protocol = service === 'sqs' && isForm(headers['content-type']) ? ' in the query protocol of old SDKs' : '';
  return { service, operation: (operation ?? `${method} ${path}`) + protocol };
}

/**
 * Refuses a request with an error of its protocol, and a status for which SDKs do not retry.
 *
 * @param known body, if it was read already
 */
export async function refuse(request: IncomingMessage, response: ServerResponse, describe: (body: string) => string, known?: Buffer): Promise<void> {
  const body = known ?? await readBody(request, MAX_REQUEST_BYTES).catch(() => undefined);
  if (body === undefined) return;
  const message = describe(body === 'too large' ? '' : body.toString());
  const { headers } = request;
  const contentType = headers['content-type'];
  response.statusCode = 400;
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') {
    response.setHeader('smithy-protocol', 'rpc-v2-cbor').setHeader('Content-Type', 'application/cbor');
    response.end(cborOf({ __type: `aws#${ERROR}`, message }));
  } else if (isForm(contentType)) {
    response.setHeader('Content-Type', 'text/xml');
    response.end(`<ErrorResponse><Error><Type>Sender</Type><Code>${ERROR}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`);
  } else if (speaksXml(headers.host ?? '')) {
    response.setHeader('Content-Type', 'application/xml');
    response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${ERROR}</Code><Message>${escapeXml(message)}</Message></Error>`);
  } else {
    response.setHeader('Content-Type', /^application\/x-amz-json/.test(contentType ?? '') ? contentType! : 'application/json').setHeader('x-amzn-ErrorType', ERROR);
    response.end(JSON.stringify({ __type: ERROR, message }));
  }
}

/** Services that speak XML without a header that says so. */
function speaksXml(host: string): boolean {
  return /(^|\.)s3[.-]|^(cloudfront|route53)\./.test(host);
}

export function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded/.test(contentType ?? '');
}

/** Encodes a map of texts in CBOR. */
function cborOf(texts: Readonly<Record<string, string>>): Buffer {
  const head = (major: number, length: number) => Buffer.from(length < 24 ? [major + length] : [major + 25, length >> 8, length & 0xff]);
  const text = (value: string) => Buffer.concat([head(0x60, Buffer.byteLength(value)), Buffer.from(value)]);
  const entries = Object.entries(texts);
  return Buffer.concat([head(0xa0, entries.length), ...entries.flatMap(([key, value]) => [text(key), text(value)])]);
}
