import { headerValues, type Headers } from './headers';

/** Returns the subprotocols that a client offers, in its order; empty ones included. */
export function offeredSubprotocols(headers: Headers | null | undefined): string[] {
  const [offered] = headerValues(headers, 'sec-websocket-protocol');
  return offered?.split(',').map((each) => each.trim()) ?? [];
}

/**
 * Returns the subprotocol for the answer to a handshake: the first that the client offers, since browsers abort when none is
 * chosen. Browsers can send a token only here or in the query string; it is offered second and so never sent back.
 */
export function firstSubprotocol(headers: Headers | null | undefined): string | undefined {
  return offeredSubprotocols(headers)[0] || undefined;
}
