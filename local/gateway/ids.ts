import { randomBytes } from 'node:crypto';

/** An id as API Gateway makes them for connections, requests and messages: 16 characters of base64url, the last one `=`. */
export function newId(): string {
  const bytes = randomBytes(11);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000));
  return `${bytes.toString('base64url')}=`;
}

export function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{15}=$/.test(text);
}
