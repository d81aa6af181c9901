import type { IncomingMessage } from 'node:http';

/** Whether a request names this machine as its host, rather than a name that somebody lets point here. */
export function namesThisMachine({ headers: { host } }: IncomingMessage, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/**
 * Whether a request may come from a page that is open in a browser, which is nobody's business at the endpoints that stand for services of
 * AWS: SDKs and runtimes send neither `Origin` nor `Sec-Fetch-Site`. An address that was typed is `none`.
 */
export function mayComeFromPage(request: IncomingMessage): boolean {
  return isOfPage(request) || !namesThisMachine(request, request.socket.localPort ?? 0);
}

/** Whether a browser says that a page sends it. */
export function isOfPage({ headers: { origin, 'sec-fetch-site': site } }: IncomingMessage): boolean {
  return origin !== undefined || (site !== undefined && site !== 'none');
}
