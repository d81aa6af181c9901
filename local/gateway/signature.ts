import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';

/** Reason for refusing a request, in the words of AWS. */
export interface SignatureRefusal {
  readonly errorType: string;
  readonly message: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path as on the wire. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const SERVICE = 'execute-api';
const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Largest difference between a request's timestamp and now, in either direction. */
const MAX_AGE_MILLIS = 5 * 60_000;

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Signature data of a request: from headers or, if presigned, from its query string. */
interface Claim {
  /** In the form of the `Authorization` header. */
  readonly authorization?: string;
  readonly stamp: string;
  readonly token?: string;
  /** Counted from the timestamp. */
  readonly lifetimeMillis: number;
  /** Headers that have to be signed. */
  readonly mustSign: readonly string[];
}

/** Checks signatures (AWS4-HMAC-SHA256) like API Gateway: by signing each request again. No message repeats data from clients. */
export class SignatureCheck {
  private readonly signer: Signer;

  constructor(private readonly region: string, private readonly credentials: SigningCredentials) {
    this.signer = new Signer({ service: SERVICE, region, credentials, sha256: Hash.bind(null, 'sha256') });
  }

  /** Returns the reason for refusing the request; undefined when its signature is right. */
  async refusal(request: SignedRequest, now: number): Promise<SignatureRefusal | undefined> {
    const claim = claimOf(request);
    if (claim.authorization === undefined) return { errorType: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    const parts = AUTHORIZATION.exec(claim.authorization);
    if (!parts) return { errorType: 'IncompleteSignatureException', message: 'This is no complete AWS4-HMAC-SHA256 signature' };
    const [, accessKeyId, day, region, service, names, signature] = parts;
    const { credentials } = this;
    if (accessKeyId !== credentials.accessKeyId || claim.token !== credentials.sessionToken) {
      return { errorType: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' };
    }
    const signedNames = names.split(';');
    const why = this.wrongScope(day, region, service, claim, now) ?? wrongContent(request, signedNames, claim);
    if (why !== undefined) return invalid(why);
    const expected = await this.signer.signatureOf(request, claim.stamp, [day, region, service, 'aws4_request'].join('/'), signedNames);
    return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? undefined
      : invalid('The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.');
  }

  private wrongScope(day: string, region: string, service: string, { stamp, lifetimeMillis }: Claim, now: number): string | undefined {
    if (service !== SERVICE) return `Credential should be scoped to correct service: '${SERVICE}'.`;
    if (region !== this.region) return 'Credential should be scoped to a valid region.';
    if (!stamp.startsWith(day)) return 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP';
    const age = now - timeOf(stamp);
    return age <= lifetimeMillis && age >= -MAX_AGE_MILLIS ? undefined : 'Signature expired, or not yet current';
  }
}

/** The SDK's signer, changed to sign a request exactly as it arrived: with its own timestamp, and without adding a header or parameter. */
class Signer extends SignatureV4 {
  async signatureOf({ method, path, headers, body }: SignedRequest, stamp: string, scope: string, signedNames: readonly string[]): Promise<string> {
    const { pathname, query } = split(path);
    query.delete('X-Amz-Signature');
    const parameters = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
    const request = { protocol: '', hostname: '', method, path: pathname, query: parameters, headers: {} };
    const canonical = this.createCanonicalRequest(request, canonicalHeaders(headers, signedNames), sha256(body));
    const text = await this.createStringToSign(stamp, scope, canonical, ALGORITHM);
    return this.sign(text, { signingDate: new Date(timeOf(stamp)) });
  }
}

function canonicalHeaders(headers: IncomingHttpHeaders, signedNames: readonly string[]): Record<string, string> {
  return Object.fromEntries(signedNames.map((name) => [name, String(headers[name]).trim().replace(/\s+/g, ' ')]));
}

function claimOf({ path, headers }: SignedRequest): Claim {
  const { query } = split(path);
  if (headers.authorization === undefined && query.has('X-Amz-Algorithm')) {
    const of = (name: string) => query.get(`X-Amz-${name}`) ?? undefined;
    const expires = of('Expires');
    return {
      authorization: `${of('Algorithm')} Credential=${of('Credential')}, SignedHeaders=${of('SignedHeaders')}, Signature=${of('Signature')}`,
      stamp: String(of('Date')),
      token: of('Security-Token'),
      // According to reports, API Gateway does not accept a later expiry than five minutes.
      lifetimeMillis: expires === undefined ? MAX_AGE_MILLIS : Math.min(Number(expires) * 1000, MAX_AGE_MILLIS),
      mustSign: ['host'],
    };
  }
  return {
    authorization: headers.authorization,
    stamp: String(headers['x-amz-date']),
    token: headers['x-amz-security-token'] as string | undefined,
    lifetimeMillis: MAX_AGE_MILLIS,
    mustSign: ['host', 'x-amz-date', 'x-amz-security-token'],
  };
}

function split(path: string): { pathname: string; query: URLSearchParams } {
  const [, pathname, query] = /^([^?]*)(.*)$/.exec(path)!;
  return { pathname, query: new URLSearchParams(query) };
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function wrongContent({ headers, body }: SignedRequest, signedNames: readonly string[], { mustSign }: Claim): string | undefined {
  const unsigned = mustSign.find((name) => !signedNames.includes(name));
  if (unsigned !== undefined) return `'${unsigned}' must be a signed header`;
  const hash = headers['x-amz-content-sha256'];
  const isWrong = hash !== undefined && hash !== sha256(body);
  return isWrong ? 'The value of x-amz-content-sha256 is not that of the body' : undefined;
}

function invalid(message: string): SignatureRefusal {
  return { errorType: 'InvalidSignatureException', message };
}

/** Parses a timestamp such as `20261124T150031Z`. */
function timeOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
