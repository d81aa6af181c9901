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
const MAX_AGE_MS = 5 * 60_000;

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Checks signatures (AWS4-HMAC-SHA256) as API Gateway does: by signing each request again. */
export class SignatureCheck {
  constructor(private readonly region: string, private readonly credentials: SigningCredentials) {}

  /** Why the request is to be refused; undefined when its signature is right. */
  refusal(request: SignedRequest, now: number): SignatureRefusal | undefined {
    const { headers } = request;
    if (headers.authorization === undefined) return { errorType: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    const parts = AUTHORIZATION.exec(headers.authorization);
    if (!parts) return { errorType: 'IncompleteSignatureException', message: 'Authorization header is no complete AWS4-HMAC-SHA256 signature' };
    const [, accessKeyId, day, region, service, names, signature] = parts;
    const { credentials } = this;
    if (accessKeyId !== credentials.accessKeyId || headers['x-amz-security-token'] !== credentials.sessionToken) {
      return { errorType: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' };
    }
    const signedNames = names.split(';');
    const why = this.wrongScope(day, region, service, headers, now) ?? wrongContent(request, signedNames);
    if (why !== undefined) return invalid(why);
    const expected = this.sign(request, day, signedNames);
    return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? undefined
      : invalid('The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.');
  }

  private wrongScope(day: string, region: string, service: string, headers: IncomingHttpHeaders, now: number): string | undefined {
    const stamp = String(headers['x-amz-date']);
    if (service !== SERVICE) return `Credential should be scoped to correct service: '${SERVICE}'.`;
    if (region !== this.region) return 'Credential should be scoped to a valid region.';
    if (!stamp.startsWith(day)) return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${stamp}'`;
    return Math.abs(now - timeOf(stamp)) <= MAX_AGE_MS ? undefined : `Signature expired, or not yet current: ${stamp}`;
  }

  private sign(request: SignedRequest, day: string, signedNames: readonly string[]): string {
    const scope = [day, this.region, SERVICE, 'aws4_request'];
    const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope.join('/'), sha256(canonical(request, signedNames))].join('\n');
    const key = scope.reduce<string | Buffer>((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${this.credentials.secretAccessKey}`);
    return createHmac('sha256', key).update(text).digest('hex');
  }
}

/** The request in the form that is signed. The path is encoded once more than it is on the wire. */
function canonical({ method, path, headers, body }: SignedRequest, signedNames: readonly string[]): string {
  const [pathname, query = ''] = path.split('?');
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
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

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function wrongContent({ headers, body }: SignedRequest, signedNames: readonly string[]): string | undefined {
  const unsigned = ['host', 'x-amz-date', 'x-amz-security-token'].find((name) => !signedNames.includes(name));
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
