import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Whether a request is a valid handshake. One that the WebSocket library would refuse must not reach the app first. */
export function isWebSocketHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
    && /^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')
    && headers['sec-websocket-version'] === '13'
    && areSubprotocols(headers['sec-websocket-protocol']);
}

/** Whether a header is a list of distinct tokens. */
function areSubprotocols(header: string | undefined): boolean {
  if (header === undefined) return true;
  const names = header.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''));
  return new Set(names).size === names.length && names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name));
}

export function userAgentOf({ headers }: IncomingMessage): { userAgent?: string } {
  const userAgent = headers['user-agent'];
  return userAgent === undefined ? {} : { userAgent };
}

/** Answers a handshake with a status and ends the connection, also for a client that never closes its side. */
export function refuse(socket: Duplex & { destroySoon?(): void }, status: number): void {
  const reason = STATUS_CODES[status] ?? 'Unknown';
  const body = JSON.stringify({ message: reason });
  const head = [
    `HTTP/1.1 ${status} ${reason}`, 'Connection: close', 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Unread data would make the system drop the answer.
  socket.resume();
  socket.destroySoon?.();
}
