const HEADER = 'sec-websocket-protocol';

/**
 * The first subprotocol that a client offers, which is the one to answer with: browsers abort when none is chosen. A
 * token, which browsers can only send here or in the query string, is offered second and so never sent back.
 */
export function firstSubprotocol(headers: Record<string, string | undefined> = {}): string | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === HEADER);
  return name === undefined ? undefined : headers[name]?.split(',')[0].trim() || undefined;
}
