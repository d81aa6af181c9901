import type { IncomingMessage } from 'node:http';

/** Reads a whole request, so that it can be answered, but keeps no more bytes than allowed. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= maxBytes) chunks.push(chunk as Buffer);
  }
  return size > maxBytes ? 'too large' : Buffer.concat(chunks);
}
