import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startLocal, type Local } from '../../../local';
import { nextMessage } from '../fixtures/gateway';
import { writeAssembly } from '../fixtures/small-app';

/*
 * A function that uses the custom domain of its own API reaches the runner. A network would know none of these names.
 */
const FUNCTION = `
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
const ends = {
  signed: (id) => new ApiGatewayManagementApiClient({ endpoint: 'https://WS.broadcast.invalid/chat', maxAttempts: 1 })
    .send(new PostToConnectionCommand({ ConnectionId: id, Data: 'pushed' })).then((answer) => answer.$metadata.httpStatusCode, String),
  bare: (id) => status('https://bare.broadcast.invalid/@connections/' + encodeURIComponent(id)),
  unmapped: (id) => status('https://ws.broadcast.invalid/chatter/@connections/' + encodeURIComponent(id)),
  http: async () => (await fetch('https://ws.broadcast.invalid/http/of/it?a=b')).text(),
};
const status = async (url) => (await fetch(url, { method: 'POST', body: 'x' })).status;
exports.handler = async (event) => {
  if (event.rawPath) return event.rawPath + '?' + event.rawQueryString;
  return { statusCode: 200, body: JSON.stringify(await ends[event.body](event.requestContext.connectionId)) };
};`;

const mapping = (DomainName: unknown, api: string, ApiMappingKey?: string) => ({
  Type: 'AWS::ApiGatewayV2::ApiMapping',
  Properties: { DomainName, ApiId: { Ref: api }, Stage: api === 'Api' ? 'prod' : '$default', ApiMappingKey },
});

let directory: string;
let local: Local;
let client: WebSocket;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'domains-'));
  writeAssembly(directory, {
    functions: { Fn: FUNCTION },
    routes: { $default: 'Fn' },
    resources: {
      Domain: { Type: 'AWS::ApiGatewayV2::DomainName', Properties: { DomainName: 'ws.broadcast.invalid' } },
      Keyed: mapping({ Ref: 'Domain' }, 'Api', 'chat'),
      Bare: mapping('bare.broadcast.invalid', 'Api'),
      Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Target: { 'Fn::GetAtt': ['Fn', 'Arn'] } } },
      HttpMapping: mapping({ Ref: 'Domain' }, 'Http', 'http'),
    },
  });
  local = await startLocal({ assembly: directory, checkSignatures: true });
  client = new WebSocket(local.url);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
});

afterAll(async () => {
  client?.terminate();
  await local?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a custom domain is not reported as not emulated', () => {
  expect(local.notices).toEqual([]);
});

test('a signed call of @connections reaches the client, by the key of the mapping', async () => {
  const pushed = nextMessage(client);
  client.send('signed');
  expect(await pushed).toBe('pushed');
  expect(await nextMessage(client)).toBe('200');
});

test.each([
  ['bare', '403', 'one that is not signed is refused by the API'],
  ['unmapped', '400', 'one to another key is not emulated'],
  ['http', '"/of/it?a=b"', 'a request to an HTTP API has the path without the key'],
])('%s gets %s: %s', async (what, answer) => {
  const answered = nextMessage(client);
  client.send(what);
  expect(await answered).toBe(answer);
});
