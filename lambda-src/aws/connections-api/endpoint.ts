/**
 * The @connections endpoint: where to connect, and what path a connection id has there.
 *
 * A path exists twice. On the wire `=` of an id is `%3D` and `@` stays raw, as RFC 3986 allows. In the canonical
 * request of a signature every byte of the wire path is encoded once more, slashes apart: `%253D` and `%40`.
 */
export interface Endpoint {
  readonly secure: boolean;
  /** What to connect to and to verify: no brackets around an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** The `Host` header: with the port, unless it is the scheme's own. */
  readonly host: string;
  /** Path on the wire, up to the id. */
  readonly path: string;
  /** The same path, as it is signed. */
  readonly canonicalPath: string;
}

/** Reads a callback URL, `https://{api}.execute-api.{region}.{suffix}/{stage}` or any other with or without a path. */
export function parseEndpoint(callbackUrl: string): Endpoint {
  const url = URL.canParse(callbackUrl) ? new URL(callbackUrl) : undefined;
  const segments = url?.pathname.split('/').filter((segment) => segment !== '') ?? [];
  const plain = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
  if (!plain || segments.includes('@connections')) {
    throw new Error(`'callbackUrl' must be an http or https URL without credentials, query, fragment or '@connections', got: ${callbackUrl}; ` +
      "use the stage's callbackUrl");
  }
  const secure = url.protocol === 'https:';
  const wire = [...segments, '@connections', ''];
  return {
    secure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 443 : 80),
    host: url.host,
    path: `/${wire.join('/')}`,
    canonicalPath: `/${wire.map(encode).join('/')}`,
  };
}

/** A connection id as one segment of a path on the wire, whatever is in it. */
export function encodeConnectionId(connectionId: string): string {
  // Dots alone would walk up the path; a lone surrogate has no UTF-8.
  if (/^\.{1,2}$/.test(connectionId)) return connectionId.replaceAll('.', '%2E');
  return encode(connectionId.replace(/[\uD800-\uDFFF]/gu, '\uFFFD'));
}

/** An encoded segment once more, as it is signed: only its `%` can need it. */
export function canonicalSegment(encoded: string): string {
  return encoded.replaceAll('%', '%25');
}

/** Percent-encodes all but RFC 3986's unreserved characters, which `encodeURIComponent` alone does not. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
