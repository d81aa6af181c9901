import type { IncomingMessage } from 'node:http';
import { namesThisMachine } from '../cross-site';

/**
 * Whether a request comes from the inspector's own page, or from somebody who typed its address; says why not. Any page that is open in
 * a browser can make the browser send requests to this machine: by a name of its own that it lets point here, which `Host` tells, or
 * from its own origin, which `Origin` and `Sec-Fetch-Site` tell.
 */
export function refusal(request: IncomingMessage, port: number, isPage: boolean): string | undefined {
  const { host, origin, 'sec-fetch-site': site, 'content-type': contentType } = request.headers;
  if (!namesThisMachine(request, port)) return 'the inspector answers to 127.0.0.1 and localhost only';
  const isOwn = origin === `http://${host}`;
  if (origin !== undefined && !isOwn) return 'the inspector answers to its own page only';
  // The page itself holds nothing; a link may lead to it.
  if (!isPage && site !== undefined && site !== 'same-origin') return 'the inspector answers to its own page only';
  if (request.method === 'GET') return undefined;
  // A type that no page may send elsewhere without asking first, and an origin, which browsers send with every POST.
  return isOwn && contentType === 'application/json' ? undefined : 'the inspector takes JSON from its own page only';
}
