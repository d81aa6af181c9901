import { request as requestHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import { LocalError } from '../errors';

/** Parses the address of an emulator. */
export function parseEndpoint(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new LocalError(`'awsEndpoint' must be an http or https address, got '${address}'; pass the one that your emulator prints, such as http://127.0.0.1:4566`, 2);
  }
  return url;
}

/**
 * Forwards a request unchanged, with its host: emulators identify services and buckets by it. Rejects when the other side cannot be
 * reached before any answer has begun, or answers what cannot be passed on. Resolves when the caller has gone.
 */
export function forward(endpoint: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = endpoint.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = endToEnd(request);
    const path = endpoint.pathname.replace(/\/$/, '') + (request.url ?? '/');
    const { hostname: host, port, protocol } = endpoint;
    const call = send({ host: host.replace(/^\[|\]$/g, ''), port, protocol, path, method: request.method, headers, setHost: false }, (answer) => {
      answer.once('error', () => response.destroy());
      try {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
        answer.pipe(response);
      } catch (error) {
        reject(error as Error);
        call.destroy();
      }
    });
    call.once('error', (error) => {
      if (response.headersSent) response.destroy();
      reject(error);
    });
    response.once('close', () => {
      // A function that goes before it is answered is no failure of the emulator.
      resolve();
      call.destroy();
    });
    request.once('error', () => call.destroy()).pipe(call);
  });
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'expect'];

/** Returns the headers that are not only for the connection; repeated ones one by one. */
function endToEnd({ rawHeaders }: IncomingMessage): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = rawHeaders.slice(index, index + 2);
    if (!HOP_BY_HOP.includes(name.toLowerCase())) headers.set(name, [...headers.get(name) ?? [], value]);
  }
  return Object.fromEntries([...headers].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
