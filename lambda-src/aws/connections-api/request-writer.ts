/**
 * Writes the signed requests of one transmission: one body, many connection ids.
 *
 * Invariants:
 * - Everything that all ids share is computed once: the hash of the body in the constructor, and the parts that depend on the date or
 *   the credentials once a second. AWS refuses a request stamped more than five minutes ago or signed with expired credentials, and
 *   Lambda may replace credentials. A request that is refused with replaced credentials renews those parts at once.
 * - Head and body leave in one buffer, so in one write: a request is either untouched or handed over whole.
 * - A request is put together from bytes, in the buffer of the lane's last request if the length is the same: garbage of 100,000
 *   posts would set the memory of a broadcast.
 */
import type { Credentials } from './credentials';
import { canonicalSegment, encodeConnectionId, type Endpoint } from './endpoint';
import type { Hmac } from './hmac';
import { ALGORITHM, canonicalRest, sha256, sign, signedNames, timestampOf, type SignedHeaders, type SigningKeys } from './signature';

/** Parts that all requests of one second share. */
interface Stamp {
  readonly second: number;
  readonly timestamp: string;
  readonly scope: string;
  readonly key: Hmac;
  /** Canonical request after the path, and head on the wire from there to the signature. */
  readonly canonicalRest: Buffer;
  readonly headRest: Buffer;
}

const SIGNATURE_LENGTH = 64;

export class RequestWriter {
  private readonly bodyHash: string;
  private readonly canonicalStart: Buffer;
  private readonly start: Buffer;
  /** Bytes after the signature. */
  private readonly end: Buffer;
  private stamp?: Stamp;
  /** Last canonical request. */
  private canonical?: Buffer;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly keys: SigningKeys,
    private credentials: Credentials,
    private readonly body: Uint8Array,
    private readonly latestCredentials: () => Credentials = () => credentials,
  ) {
    this.bodyHash = sha256(body);
    this.canonicalStart = Buffer.from(`POST\n${endpoint.canonicalPath}`, 'latin1');
    this.start = Buffer.from(`POST ${endpoint.path}`, 'latin1');
    this.end = Buffer.concat([Buffer.from('\r\n\r\n'), body]);
  }

  /**
   * Returns the whole request to one connection, signed for this instant (epoch milliseconds).
   *
   * @param spare buffer that is no longer needed; the request may overwrite it
   */
  write(connectionId: string, now: number, spare?: Buffer): Buffer {
    const second = Math.floor(now / 1000);
    if (this.stamp?.second !== second) this.stamp = this.stampFor(second);
    const { start, end, stamp: { headRest } } = this;
    const id = encodeConnectionId(connectionId);
    const signature = this.sign(canonicalSegment(id), this.stamp);
    const request = sized(start.length + id.length + headRest.length + SIGNATURE_LENGTH + end.length, spare);
    request.set(start);
    let at = start.length;
    at += request.write(id, at, 'latin1');
    request.set(headRest, at);
    at += headRest.length;
    at += request.write(signature, at, 'latin1');
    request.set(end, at);
    return request;
  }

  /** Credentials of the last request. */
  get signedWith(): Credentials {
    return this.credentials;
  }

  /** Whether newer credentials have replaced these; the next request is then signed with the newer ones. */
  areReplaced(credentials: Credentials): boolean {
    this.refreshCredentials();
    const isReplaced = !areSame(credentials, this.credentials);
    if (isReplaced) this.stamp = undefined;
    return isReplaced;
  }

  private sign(segment: string, { key, timestamp, scope, canonicalRest: rest }: Stamp): string {
    const start = this.canonicalStart;
    const canonical = this.canonical = sized(start.length + segment.length + rest.length, this.canonical);
    canonical.set(start);
    canonical.write(segment, start.length, 'latin1');
    canonical.set(rest, start.length + segment.length);
    return sign(key, timestamp, scope, canonical);
  }

  private refreshCredentials(): void {
    try {
      this.credentials = this.latestCredentials();
    } catch {
      // In the middle of being replaced: those of a second ago are still good.
    }
  }

  private stampFor(second: number): Stamp {
    this.refreshCredentials();
    const { accessKeyId, secretAccessKey, sessionToken } = this.credentials;
    const timestamp = timestampOf(second);
    const day = timestamp.slice(0, 8);
    const scope = this.keys.scope(day);
    const headers: SignedHeaders = [
      ['content-type', 'application/octet-stream'],
      ['host', this.endpoint.host],
      ['x-amz-date', timestamp],
      ...(sessionToken ? [['x-amz-security-token', sessionToken] as const] : []),
    ];
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames(headers)}, Signature=`;
    return {
      second,
      timestamp,
      scope,
      key: this.keys.get(secretAccessKey, day),
      canonicalRest: Buffer.from(canonicalRest(headers, this.bodyHash), 'latin1'),
      headRest: Buffer.from(` HTTP/1.1\r\n${lines}content-length: ${this.body.length}\r\nauthorization: ${authorization}`, 'latin1'),
    };
  }
}

function areSame(one: Credentials, other: Credentials): boolean {
  return one.accessKeyId === other.accessKeyId && one.sessionToken === other.sessionToken;
}

/** Returns a buffer of this length: the spare one, if it fits. */
function sized(length: number, spare?: Buffer): Buffer {
  return spare?.length === length ? spare : Buffer.allocUnsafeSlow(length);
}
