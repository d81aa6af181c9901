/**
 * Writes the signed requests of one transmission: one body, many connection ids.
 *
 * Invariants:
 * - what is the same for all ids is worked out once: the body's hash in the constructor, everything that depends on the
 *   date once a second (AWS refuses a request stamped over five minutes ago, and a transmission may run for minutes);
 * - head and body leave as one buffer, so as one write: a request is either untouched or handed over whole.
 */
import type { KeyObject } from 'crypto';
import type { Credentials } from './credentials';
import { canonicalSegment, encodeConnectionId, type Endpoint } from './endpoint';
import { ALGORITHM, canonicalRest, sha256, sign, signedNames, timestampOf, type SignedHeaders, type SigningKeys } from './signature';

/** What all requests of one second share. */
interface Stamp {
  readonly second: number;
  readonly timestamp: string;
  readonly scope: string;
  readonly key: KeyObject;
  /** The canonical request, and the head on the wire, from the end of the path on. */
  readonly canonicalRest: string;
  readonly headRest: string;
}

export class RequestWriter {
  private readonly bodyHash: string;
  private stamp?: Stamp;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly keys: SigningKeys,
    private readonly credentials: Credentials,
    private readonly body: Uint8Array,
  ) {
    this.bodyHash = sha256(body);
  }

  /** The whole request to one connection, signed for this instant (epoch milliseconds). */
  write(connectionId: string, now: number): Buffer {
    const second = Math.floor(now / 1000);
    if (this.stamp?.second !== second) this.stamp = this.stampFor(second);
    const { key, timestamp, scope, canonicalRest: rest, headRest } = this.stamp;
    const id = encodeConnectionId(connectionId);
    const signature = sign(key, timestamp, scope, `POST\n${this.endpoint.canonicalPath}${canonicalSegment(id)}${rest}`);
    const head = `POST ${this.endpoint.path}${id}${headRest}${signature}\r\n\r\n`;
    const request = Buffer.allocUnsafe(head.length + this.body.length);
    request.write(head, 'latin1');
    request.set(this.body, head.length);
    return request;
  }

  private stampFor(second: number): Stamp {
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
      canonicalRest: canonicalRest(headers, this.bodyHash),
      headRest: ` HTTP/1.1\r\n${lines}content-length: ${this.body.length}\r\nauthorization: ${authorization}`,
    };
  }
}
