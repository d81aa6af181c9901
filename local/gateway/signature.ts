import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Why a request is refused, in the words of AWS. */
export interface SignatureRefusal {
  readonly errorType: string;
  readonly message: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it is on the wire. */
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

/** A request that was stamped longer ago is refused; so is one from the future. */
const MAX_AGE_MILLIS = 5 * 60_000;

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** What a request says of its signature: in headers or, presigned, in its query string. */
interface Claim {
  /** As in the header `Authorization`. */
  readonly authorization?: string;
  readonly stamp: string;
  readonly token?: string;
  /** From the stamp on. */
  readonly lifetimeMillis: number;
  /** The headers that have to be signed. */
  readonly mustSign: readonly string[];
}

/** Checks signatures (AWS4-HMAC-SHA256) as API Gateway does: by signing each request again. What clients send is in no message. */
export class SignatureCheck {
  constructor(private readonly region: string, private readonly credentials: SigningCredentials) {}

  /** Why the request is to be refused; undefined when its signature is right. */
  refusal(request: SignedRequest, now: number): SignatureRefusal | undefined {
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
    const expected = this.sign(request, claim.stamp, day, signedNames);
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

  private sign(request: SignedRequest, stamp: string, day: string, signedNames: readonly string[]): string {
    const scope = [day, this.region, SERVICE, 'aws4_request'];
    const text = ['AWS4-HMAC-SHA256', stamp, scope.join('/'), sha256(canonical(request, signedNames))].join('\n');
    const key = scope.reduce<string | Buffer>((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${this.credentials.secretAccessKey}`);
    return createHmac('sha256', key).update(text).digest('hex');
  }
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
      // By reports, API Gateway lets a later end than that of all requests not count.
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

/** The request in the form that is signed. The path is encoded once more than it is on the wire. */
function canonical({ method, path, headers, body }: SignedRequest, signedNames: readonly string[]): string {
  const { pathname, query } = split(path);
  query.delete('X-Amz-Signature');
  // A space comes before all that an encoded name can hold.
  const parameters = [...query].map(([name, value]) => `${encode(name)} ${encode(value)}`).sort().map((parameter) => parameter.replace(' ', '='));
  return [
    method,
    pathname.split('/').map(encode).join('/'),
    parameters.join('&'),
    ...signedNames.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    signedNames.join(';'),
    sha256(body),
  ].join('\n');
}

function split(path: string): { pathname: string; query: URLSearchParams } {
  const [, pathname, query] = /^([^?]*)(.*)$/.exec(path)!;
  return { pathname, query: new URLSearchParams(query) };
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
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

/** Of `20261124T150031Z`. */
function timeOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
