import { createServer } from 'node:http';
import { closeServer, listenOnLoopback, portOf } from '../../../harness/loopback';

const PATH = /^\/prod\/(?:@|%40)connections\/(.+)$/;

export interface ConnectionsEndpoint {
  readonly url: string;
  /** Bodies that each connection id received. */
  readonly received: Map<string, string[]>;
  /** Requests other than a POST to a connection. */
  readonly strays: string[];
  stop(): Promise<void>;
}

/** Starts an @connections endpoint that accepts everything and records the posts. */
export async function startConnectionsEndpoint(): Promise<ConnectionsEndpoint> {
  const received = new Map<string, string[]>();
  const strays: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = request.method === 'POST' && PATH.exec(request.url!)?.[1];
      if (id) received.set(decodeURIComponent(id), [...received.get(decodeURIComponent(id)) ?? [], Buffer.concat(chunks).toString()]);
      else strays.push(`${request.method} ${request.url}`);
      response.writeHead(id ? 200 : 404, { 'content-length': 0 }).end();
    });
  });
  await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${portOf(server)}/prod`, received, strays, stop: () => closeServer(server) };
}
