import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { STAGE, TestGateway } from './fixtures/gateway';
import { mayComeFromPage } from '../../local/cross-site';
import { RuntimeApi } from '../../local/lambda/runtime-api';
import { Queues } from '../../local/queues/queues';
import { Database } from '../../local/tables/database';

const HOST = '127.0.0.1:4566';

test.each<[string, Record<string, string>, boolean]>([
  ['an SDK', { host: HOST }, false],
  ['an SDK that says localhost', { host: 'localhost:4566' }, false],
  ['an address that was typed', { 'host': HOST, 'sec-fetch-site': 'none' }, false],
  ['a page', { host: HOST, origin: 'http://evil.example' }, true],
  ['a page without an origin to name', { host: HOST, origin: 'null' }, true],
  ['a page, reading', { 'host': HOST, 'sec-fetch-site': 'cross-site' }, true],
  ['a page of this machine, reading', { 'host': HOST, 'sec-fetch-site': 'same-site' }, true],
  ['a name that was made to point here', { host: 'evil.example:4566' }, true],
  ['another port', { host: '127.0.0.1:4567' }, true],
  ['no host', {}, true],
])('%s (%j) may be a page: %s', (_who, headers, expected) => {
  expect(mayComeFromPage({ headers, socket: { localPort: 4566 } } as unknown as IncomingMessage)).toBe(expected);
});

function statusOf(url: string, headers: Record<string, string>, method = 'POST'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false }, (response) => {
      response.resume();
      expect(response.headers).not.toHaveProperty('access-control-allow-origin');
      resolve(response.statusCode);
    }).on('error', reject).end();
  });
}

test('no endpoint of the runner answers a page', async () => {
  const database = await Database.start([], { log: () => undefined });
  const queues = await Queues.start([], () => undefined);
  const runtime = await RuntimeApi.listen();
  const served = await TestGateway.start({ fallback: (_request, response) => response.end('the static page') });
  const connections = `http://127.0.0.1:${served.gateway.port}/${STAGE}/@connections/R0oXdcOFvHcCIhw=`;
  try {
    for (const url of [database.endpoint, queues.endpoint, `http://${runtime.address}`, connections]) {
      const headers = { 'origin': 'http://evil.example', 'access-control-request-method': 'POST' };
      expect(await statusOf(url, headers, 'OPTIONS')).toBe(403);
      expect(await statusOf(url, headers)).toBe(403);
      expect(await statusOf(url, { host: 'evil.example' })).toBe(403);
      expect(await statusOf(url, {})).not.toBe(403);
    }
  } finally {
    await served.stop();
    runtime.close();
    await queues.stop();
    await database.stop();
  }
});
