import { createHash, createHmac, type BinaryLike, type Hash, type Hmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS } from '../credentials';

/** API Gateway refuses a request that was stamped longer ago. */
const MAX_AGE_MILLIS = 5 * 60_000;

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=[0-9a-f]{64}$/;

export interface SignedRequest {
  /** As it is on the wire. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** SHA-256, and HMAC when there is a secret, as the signer wants it. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as BinaryLike);
  }

  update(data: Uint8Array): void {
    (this.hash as Hash).update(data);
  }

  reset(): void {
    throw new Error('the signer makes a new one each time');
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

/** Checks signatures as API Gateway does, by signing each request again with the AWS SDK's own signer. */
export class SignatureCheck {
  private readonly signer: SignatureV4;

  constructor(private readonly region: string) {
    this.signer = new SignatureV4({ service: 'execute-api', region, credentials: CREDENTIALS, sha256: Sha256, applyChecksum: false });
  }

  /** Why the request is to be refused; undefined when its signature is right. */
  async refusal({ path, headers, body }: SignedRequest, now: number): Promise<string | undefined> {
    const parts = AUTHORIZATION.exec(headers.authorization ?? '');
    if (!parts) return `no SigV4 authorization: ${headers.authorization}`;
    const [, accessKeyId, day, region, service, names] = parts;
    const signed = names.split(';');
    const stamped = parseTimestamp(headers['x-amz-date']);
    const bodyHash = headers['x-amz-content-sha256'];
    if (accessKeyId !== CREDENTIALS.accessKeyId) return `unknown access key: ${accessKeyId}`;
    if (service !== 'execute-api') return `signed for the service ${service}`;
    if (region !== this.region) return `signed for the region ${region}`;
    if (!(Math.abs(now - stamped) <= MAX_AGE_MILLIS)) return `stamped ${headers['x-amz-date']}`;
    if (!headers['x-amz-date']!.toString().startsWith(day)) return `stamped ${headers['x-amz-date']}, signed for the day ${day}`;
    for (const name of ['host', 'x-amz-date', 'x-amz-security-token']) if (!signed.includes(name)) return `${name} is not signed`;
    if (headers['x-amz-security-token'] !== CREDENTIALS.sessionToken) return 'another session token';
    if (bodyHash !== undefined && bodyHash !== createHash('sha256').update(body).digest('hex')) return 'x-amz-content-sha256 is not that of the body';
    const again = await this.signer.sign({
      method: 'POST',
      protocol: 'https:',
      hostname: headers.host!,
      path,
      headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
      body,
    }, { signingDate: new Date(stamped), signableHeaders: new Set(signed) });
    return signatureOf(again.headers.authorization) === signatureOf(headers.authorization!) ? undefined : 'wrong signature';
  }
}

function signatureOf(authorization: string): string {
  return authorization.split('Signature=')[1];
}

function parseTimestamp(value: string | string[] | undefined): number {
  return Date.parse(String(value).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
