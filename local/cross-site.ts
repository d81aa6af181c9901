import type { IncomingMessage } from 'node:http';

/** Whether a request names this machine as its host, and not a foreign name that resolves to it. */
export function namesThisMachine({ headers: { host } }: IncomingMessage, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/**
 * Whether a request may come from a web page. Endpoints that emulate AWS services refuse it: SDKs and runtimes send neither `Origin` nor
 * `Sec-Fetch-Site`. For an address typed by hand, browsers send `none`.
 */
export function mayComeFromPage(request: IncomingMessage): boolean {
  return isOfPage(request) || !namesThisMachine(request, request.socket.localPort ?? 0);
}

/** Whether the browser's headers say that a page sends the request. */
export function isOfPage({ headers: { origin, 'sec-fetch-site': site } }: IncomingMessage): boolean {
  return origin !== undefined || (site !== undefined && site !== 'none');
}
