import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface HttpAnswer {
  readonly status?: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request as it is written: `fetch` refuses some headers, and tidies up paths. */
export function send(options: RequestOptions, body: string | Buffer = ''): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', ...options }, (response) => {
      buffer(response).then((bytes) => resolve({ status: response.statusCode, headers: response.headers, body: bytes }), reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
