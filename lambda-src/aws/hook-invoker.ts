import { request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import { credentialsFrom, type Credentials } from './connections-api/credentials';
import { ALGORITHM, canonicalRest, sha256, sign, signedNames, SigningKeys, timestampOf } from './connections-api/signature';

/** A decision is short: a longer answer does not come from a hook. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export interface HookInvokerOptions {
  /** ARN of the function, with its alias or version if it has one. */
  readonly functionArn: string;
  /** Credentials that sign the request. @default - those of the function's role */
  readonly credentials?: () => Credentials;
  /** Address of Lambda. @default - the endpoint of the function's region, or the value of AWS_ENDPOINT_URL_LAMBDA or AWS_ENDPOINT_URL */
  readonly endpoint?: string;
  /** Wall clock in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * Invokes a function and waits for its answer: the only call of Lambda's API that is needed. The SDK's client would add a third to the
 * bundle and to each cold start.
 */
export class HookInvoker {
  private readonly url: URL;
  private readonly canonicalPath: string;
  private readonly keys: SigningKeys;
  private readonly agent?: Agent;

  constructor(private readonly options: HookInvokerOptions) {
    const { functionArn, endpoint = process.env.AWS_ENDPOINT_URL_LAMBDA ?? process.env.AWS_ENDPOINT_URL } = options;
    const [, partition, , region] = functionArn.split(':');
    if (!region) throw new Error('the message hook must be named by the ARN of a function; the construct sets it');
    const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    this.url = new URL(path, endpoint ?? `https://lambda.${region}.${suffix}`);
    // The signature encodes the path once more.
    this.canonicalPath = path.replaceAll('%', '%25');
    this.keys = new SigningKeys(region, 'lambda');
    this.agent = this.url.protocol === 'https:' ? new Agent({ keepAlive: true }) : undefined;
  }

  /** Rejects when the function throws, cannot be called, or answers too much. Errors hold no part of the payload or the answer. */
  readonly invoke = async (payload: string, abortSignal: AbortSignal): Promise<string> => {
    const body = Buffer.from(payload);
    const answer = await this.post(body, abortSignal);
    const text = await textOf(answer);
    if (answer.statusCode !== 200) throw new Error(`Lambda answers ${answer.statusCode} ${answer.headers['x-amzn-errortype'] ?? ''}`.trim());
    const failure = answer.headers['x-amz-function-error'];
    if (failure !== undefined) throw new Error(`the function ended with an error: ${String(failure).slice(0, 32)}`);
    return text;
  };

  private post(body: Buffer, abortSignal: AbortSignal): Promise<IncomingMessage> {
    const { url, agent } = this;
    const headers = { ...this.signedHeaders(body), 'Content-Type': 'application/json', 'Content-Length': body.length };
    const options: RequestOptions = { method: 'POST', headers, signal: abortSignal, agent };
    return new Promise((resolve, reject) => {
      const request: ClientRequest = (agent ? requestHttps : requestHttp)(url, options, resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  private signedHeaders(body: Buffer): Record<string, string> {
    const { credentials = () => credentialsFrom(process.env), now = Date.now } = this.options;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials();
    const timestamp = timestampOf(Math.floor(now() / 1_000));
    const day = timestamp.slice(0, 8);
    const signed: [string, string][] = [
      ['host', this.url.host], ['x-amz-date', timestamp], ...(sessionToken === undefined ? [] : [['x-amz-security-token', sessionToken] as [string, string]]),
    ];
    const scope = this.keys.scope(day);
    const signature = sign(this.keys.get(secretAccessKey, day), timestamp, scope, `POST\n${this.canonicalPath}${canonicalRest(signed, sha256(body))}`);
    return {
      ...Object.fromEntries(signed.filter(([name]) => name !== 'host')),
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames(signed)}, Signature=${signature}`,
    };
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      answer.destroy();
      throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
