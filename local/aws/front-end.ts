import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Front end of an API. */
export interface FrontEnd {
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** Takes the handshake of a WebSocket, if the API has any. */
  accept?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}
