/**
 * AWS Signature Version 4, reduced to a POST without a query.
 *
 *     key       = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request")
 *     signature = hex HMAC(key, algorithm \n timestamp \n scope \n hex SHA-256(canonical request))
 *
 * Invariants:
 * - a key serves one secret and one UTC day: a change of either makes a new key;
 * - headers have lower-case names, are sorted, and have values that need no trimming.
 */
import { createHmac, hash } from 'node:crypto';
import { Hmac } from './hmac';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

export type SignedHeaders = ReadonlyArray<readonly [name: string, value: string]>;

export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Returns a timestamp such as `20150830T123600Z`; its first eight characters are the day. */
export function timestampOf(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

export function signedNames(headers: SignedHeaders): string {
  return headers.map(([name]) => name).join(';');
}

/** Returns the canonical request of a POST after its path: the part that all paths share. */
export function canonicalRest(headers: SignedHeaders, bodyHash: string): string {
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  return `\n\n${lines}\n${signedNames(headers)}\n${bodyHash}`;
}

export function sign(key: Hmac, timestamp: string, scope: string, canonicalRequest: string | Uint8Array): string {
  return key.of(`${ALGORITHM}\n${timestamp}\n${scope}\n${sha256(canonicalRequest)}`);
}

/** Derives signing keys for one region and service, and keeps the newest. */
export class SigningKeys {
  private day = '';
  private secret = '';
  private key?: Hmac;

  constructor(private readonly region: string, private readonly service: string) {}

  scope(day: string): string {
    return `${day}/${this.region}/${this.service}/aws4_request`;
  }

  get(secret: string, day: string): Hmac {
    if (!this.key || this.secret !== secret || this.day !== day) {
      const parts = [day, this.region, this.service, 'aws4_request'];
      const bytes = parts.reduce<string | Buffer>((key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${secret}`);
      this.key = new Hmac(bytes as Buffer);
      this.secret = secret;
      this.day = day;
    }
    return this.key;
  }
}
