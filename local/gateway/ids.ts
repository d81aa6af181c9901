import { randomBytes } from 'node:crypto';

/** Returns an id in API Gateway's format for connections, requests and messages: 16 characters of base64url, the last one `=`. */
export function newId(): string {
  const bytes = randomBytes(11);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000));
  return `${bytes.toString('base64url')}=`;
}

export function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{15}=$/.test(text);
}
