/**
 * The @connections endpoint: the address to connect to, and the path of each connection id.
 *
 * A path has two forms. On the wire, `=` of an id is `%3D` and `@` stays raw, as RFC 3986 allows. The canonical request of a
 * signature encodes every byte of the wire path once more, except slashes: `%253D` and `%40`.
 */
export interface Endpoint {
  readonly secure: boolean;
  /** Name to connect to and to verify, without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Value of the `Host` header: with the port, unless it is the scheme's default. */
  readonly host: string;
  /** Path on the wire, up to the id. */
  readonly path: string;
  /** The same path in the form that is signed. */
  readonly canonicalPath: string;
}

/** Reads a callback URL: `https://{api}.execute-api.{region}.{suffix}/{stage}`, or any other with or without a path. */
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

/** Encodes any connection id as one segment of the path on the wire. */
export function encodeConnectionId(connectionId: string): string {
  // A segment of dots would walk up the path, and a lone surrogate has no UTF-8 encoding.
  if (/^\.{1,2}$/.test(connectionId)) return connectionId.replaceAll('.', '%2E');
  return encode(connectionId.replace(/[\uD800-\uDFFF]/gu, '\uFFFD'));
}

/** Encodes an encoded segment once more for the signature; only its `%` can need it. */
export function canonicalSegment(encoded: string): string {
  return encoded.replaceAll('%', '%25');
}

/** Percent-encodes all but RFC 3986's unreserved characters, which `encodeURIComponent` alone does not. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
