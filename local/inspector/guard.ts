import type { IncomingMessage } from 'node:http';
import { namesThisMachine } from '../cross-site';

/**
 * Returns the reason for refusing a request; undefined if it comes from the inspector's own page or a typed address. Any page in a browser
 * can send requests to this machine: under a host name of its own that resolves here, which `Host` shows, or from its own origin, which
 * `Origin` and `Sec-Fetch-Site` show.
 */
export function refusal(request: IncomingMessage, port: number, isPage: boolean): string | undefined {
  const { host, origin, 'sec-fetch-site': site, 'content-type': contentType } = request.headers;
  if (!namesThisMachine(request, port)) return 'the inspector answers to 127.0.0.1 and localhost only';
  const isOwn = origin === `http://${host}`;
  if (origin !== undefined && !isOwn) return 'the inspector answers to its own page only';
  // The page itself is harmless, so a link may lead to it.
  if (!isPage && site !== undefined && site !== 'same-origin') return 'the inspector answers to its own page only';
  if (request.method === 'GET') return undefined;
  // A content type that no foreign page may send without a preflight, and the origin, which browsers send with every POST.
  return isOwn && contentType === 'application/json' ? undefined : 'the inspector takes JSON from its own page only';
}
