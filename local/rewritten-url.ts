import type { IncomingMessage } from 'node:http';

const originals = new WeakMap<IncomingMessage, string>();

/** Changes the URL of a request, which its signature does not follow. */
export function rewriteUrl(request: IncomingMessage, url: string): void {
  originals.set(request, request.url ?? '');
  request.url = url;
}

/** Returns the URL as the client sent and signed it. */
export function sentUrlOf(request: IncomingMessage): string {
  return originals.get(request) ?? request.url ?? '';
}
