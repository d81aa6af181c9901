import type { Stack } from 'aws-cdk-lib';
import { CfnApi, CorsHttpMethod, HttpApi, HttpMethod, HttpStage, PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration, HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Served } from '../../harness/served';
import type { BroadcastWebSocketApi } from '../../src';

/* HTTP APIs beside a WebSocket API, as the L2s of aws-cdk-lib define them, and calls between them. */
const ECHO = 'exports.handler = async ({ version, routeKey, rawPath, path, pathParameters }) => ({ version, routeKey, path: rawPath ?? path, pathParameters });';
const OLD = 'exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify([event.version, event.resource]) });';
const GUARD = "exports.handler = async ({ headers }) => ({ isAuthorized: headers['x-key'] === 'right', context: { who: 'ann' } });";
const PUBLISH = `
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
exports.handler = async ({ body, requestContext: { authorizer: { lambda: { who } } } }) => {
  await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.BROADCAST_QUEUE_URL, MessageBody: who + ': ' + body }));
  return { statusCode: 202 };
};`;
const CALLER = 'exports.handler = async () => (await fetch(`${process.env.HTTP}/rooms/from-inside`)).json();';

let served: Served<'Api'>;

const inline = (stack: Stack, id: string, code: string, environment?: Record<string, string>) => (
  new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(code), environment }));

beforeAll(async () => {
  served = await Served.start({ Api: () => ({}) }, (stack) => {
    const api = stack.node.findChild('Api') as BroadcastWebSocketApi;
    const http = new HttpApi(stack, 'Http', {
      corsPreflight: { allowOrigins: ['http://127.0.0.1:8080'], allowMethods: [CorsHttpMethod.POST], allowHeaders: ['x-key'] },
    });
    const integration = new HttpLambdaIntegration('Echo', inline(stack, 'Echo', ECHO));
    http.addRoutes({ path: '/rooms/{room}', methods: [HttpMethod.GET], integration });
    http.addRoutes({ path: '/files/{proxy+}', integration });
    http.addRoutes({ path: '/old/{id}', integration: new HttpLambdaIntegration('Old', inline(stack, 'Old', OLD), { payloadFormatVersion: PayloadFormatVersion.VERSION_1_0 }) });
    http.addRoutes({ path: '/elsewhere', integration: new HttpUrlIntegration('Elsewhere', 'https://example.com') });
    http.addRoutes({ path: '/self', integration: new HttpLambdaIntegration('Caller', inline(stack, 'Caller', CALLER, { HTTP: http.apiEndpoint })) });
    const publish = inline(stack, 'Publish', PUBLISH);
    api.addPublisher(publish);
    http.addRoutes({
      path: '/publish',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Publish', publish),
      authorizer: new HttpLambdaAuthorizer('Guard', inline(stack, 'Guard', GUARD), { responseTypes: [HttpLambdaResponseType.SIMPLE], identitySource: ['$request.header.X-Key'] }),
    });
    const second = new HttpApi(stack, 'Second', { createDefaultStage: false, defaultIntegration: new HttpLambdaIntegration('SecondEcho', inline(stack, 'SecondEcho', ECHO)) });
    new HttpStage(stack, 'Beta', { httpApi: second, stageName: 'beta', autoDeploy: true });
    const quick = inline(stack, 'Quick', ECHO);
    new CfnApi(stack, 'QuickApi', { name: 'quick', protocolType: 'HTTP', target: quick.functionArn });
  });
}, 60_000);

afterAll(() => served?.stop());

const url = (id: string) => served.local.httpApis.find(({ path }) => path === `Served/${id}`)!.url;
const get = async (address: string, options?: RequestInit) => {
  const answer = await fetch(address, options);
  return `${answer.status} ${await answer.text()}`;
};

test('routes have path variables, greedy ones too, and events in their payload format', async () => {
  expect(await get(`${url('Http')}/rooms/lobby`)).toBe('200 {"version":"2.0","routeKey":"GET /rooms/{room}","path":"/rooms/lobby","pathParameters":{"room":"lobby"}}');
  expect(await get(`${url('Http')}/files/a/b.txt`, { method: 'PUT' })).toContain('"pathParameters":{"proxy":"a/b.txt"}');
  expect(await get(`${url('Http')}/old/1`)).toBe('200 ["1.0","/old/{id}"]');
  expect(await get(`${url('Http')}/rooms`)).toBe('404 {"message":"Not Found"}');
});

test('a function reaches the API by its address on AWS', async () => {
  expect(await get(`${url('Http')}/self`)).toContain('"path":"/rooms/from-inside"');
});

test('an admitted client publishes to the clients of the WebSocket API', async () => {
  const client = await served.join('Api');
  expect(await get(`${url('Http')}/publish`, { method: 'POST', body: 'hello', headers: { 'X-Key': 'wrong' } })).toBe('403 {"message":"Forbidden"}');
  expect(await get(`${url('Http')}/publish`, { method: 'POST', body: 'hello', headers: { 'X-Key': 'right', 'Content-Type': 'text/plain' } })).toBe('202 ');
  expect(await client.frame(() => true)).toContain('ann: hello');
  await served.leave();
});

test('a page of an allowed origin may call the API, and no other', async () => {
  const ask = async (origin: string) => (await fetch(`${url('Http')}/publish`, { method: 'OPTIONS', headers: { 'Origin': origin, 'Access-Control-Request-Method': 'POST' } })).headers;
  expect((await ask('http://127.0.0.1:8080')).get('access-control-allow-methods')).toBe('POST');
  expect((await ask('http://127.0.0.1:8081')).get('access-control-allow-origin')).toBeNull();
});

test('stages may have names, and an API may have a default function', async () => {
  expect(url('Second')).toMatch(/\/beta$/);
  expect(await get(`${url('Second')}/any`)).toContain('"path":"/beta/any"');
  expect(await get(url('QuickApi'))).toContain('"routeKey":"$default"');
});

test('resources that are not emulated are reported', async () => {
  expect(served.local.notices).toEqual([expect.stringMatching(/^Served\/Http\/ANY--elsewhere: HTTP_PROXY integration is not emulated; route 'ANY \/elsewhere' answers with an error$/)]);
  expect(await get(`${url('Http')}/elsewhere`)).toBe('500 {"message":"Internal Server Error"}');
});
