import type { GatewayEvent } from '../../../local/gateway/events';
import { nextMessage, TestGateway } from '../fixtures/gateway';

let gateway: TestGateway;

afterEach(async () => gateway.stop());

/** Starts a gateway with an authorizer. */
async function start(answer: (event: GatewayEvent) => unknown, identitySources: string[] = []): Promise<void> {
  const authorizer = { functionArn: 'authorizer', identitySources };
  gateway = await TestGateway.start({ routes: { $connect: { authorization: 'CUSTOM', authorizer }, $disconnect: {}, $default: {} } });
  gateway.answers.set('authorizer', answer);
}

const policy = (Effect: string, Resource: unknown = '*') => ({ Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] });
const allow = (more: object = {}) => ({ principalId: 'ann', policyDocument: policy('Allow'), ...more });

/** Calls of the handlers and the authorizer in order. */
const asked = () => gateway.events.map((event) => (event.type === 'REQUEST' ? 'authorizer' : event.requestContext.routeKey));

test('is asked before $connect, with the whole handshake', async () => {
  await start(() => allow());
  await gateway.connect('?token=t&token=u', { headers: { 'User-Agent': 'tester' } });
  expect(asked()).toEqual(['authorizer', '$connect']);
  const [event, connectEvent] = gateway.events;
  expect(event).toEqual({
    type: 'REQUEST',
    methodArn: 'arn:aws:execute-api:eu-west-1:111122223333:abcdefghij/prod/$connect',
    headers: expect.objectContaining({ 'Connection': 'Upgrade', 'Upgrade': 'websocket', 'User-Agent': 'tester', 'X-Forwarded-For': '127.0.0.1' }),
    multiValueHeaders: expect.objectContaining({ Upgrade: ['websocket'] }),
    queryStringParameters: { token: 'u' },
    multiValueQueryStringParameters: { token: ['t', 'u'] },
    stageVariables: {},
    requestContext: expect.objectContaining({ routeKey: '$connect', eventType: 'CONNECT', stage: 'prod' }),
  });
  expect(event.requestContext.connectionId).toBe(connectEvent.requestContext.connectionId);
  expect(event.requestContext.connectedAt).toBe(connectEvent.requestContext.connectedAt);
});

test('refuses everybody when it is not available', async () => {
  gateway = await TestGateway.start({ routes: { $connect: { authorization: 'CUSTOM' } } });
  expect(await gateway.refusal()).toBe(500);
  expect(asked()).toEqual([]);
});

test('is asked for every connection: nothing is cached', async () => {
  await start(() => allow());
  await gateway.connect('?token=t');
  await gateway.connect('?token=t');
  expect(asked()).toEqual(['authorizer', '$connect', 'authorizer', '$connect']);
});

test('its context is on every event of the connection, as strings', async () => {
  await start(() => allow({ context: { name: 'Ann', age: 7, admin: true } }));
  const client = await gateway.connect();
  client.send('hello');
  await gateway.event('$default');
  client.close();
  await gateway.event('$disconnect');
  const [, ...events] = gateway.events;
  expect(events).toHaveLength(3);
  for (const { requestContext } of events) {
    expect(requestContext.authorizer).toEqual({ name: 'Ann', age: '7', admin: 'true', principalId: 'ann', integrationLatency: expect.any(Number) });
  }
});

test.each<[string, () => unknown, number, RegExp]>([
  ['it denies', () => ({ principalId: 'x', policyDocument: policy('Deny') }), 403, /denied/],
  ['it allows something else', () => ({ principalId: 'x', policyDocument: policy('Allow', 'arn:aws:execute-api:*:*:other/*') }), 403, /denied/],
  ['it fails', () => { throw new Error('boom'); }, 500, /failed/],
  ['it answers nothing', () => null, 500, /no principalId/],
  ['it answers as for HTTP APIs', () => ({ isAuthorized: true }), 500, /no principalId/],
  ['it returns no policy', () => ({ principalId: 'x' }), 500, /no policyDocument/],
  ['its context is nested', () => allow({ context: { roles: ['a'] } }), 500, /'roles' is not a string/],
  ['it returns more than 8 KB', () => allow({ context: { long: 'x'.repeat(8192) } }), 500, /more than 8 KB/],
])('when %s the client gets the status, and $connect is never asked', async (_what, answer, status, why) => {
  await start(answer);
  expect(await gateway.refusal()).toBe(status);
  expect(asked()).toEqual(['authorizer']);
  expect(gateway.lines[0]).toMatch(new RegExp(`^connect ${status} in \\d+ ms \\(.*${why.source}`));
});

test('when it throws Unauthorized the client gets 401', async () => {
  await start(() => { throw new Error('Unauthorized'); });
  expect(await gateway.refusal()).toBe(401);
});

describe('an identity source', () => {
  test.each<[string, string, string]>([
    ['a header, in any casing', 'route.request.header.user-AGENT', ''],
    ['a query parameter', 'route.request.querystring.token', '?token=t'],
    ['the context', 'context.routeKey', ''],
    ['the context\'s identity', 'context.sourceIp', ''],
  ])('that is %s lets the authorizer be asked when it is there', async (_what, source, query) => {
    await start(() => allow(), [source]);
    await gateway.connect(query, { headers: { 'User-Agent': 'tester' } });
    expect(asked()).toEqual(['authorizer', '$connect']);
  });

  test.each<[string, string[], string]>([
    ['is missing', ['route.request.querystring.token'], ''],
    ['is empty', ['route.request.querystring.token'], '?token='],
    ['is another one\'s case', ['route.request.querystring.Token'], '?token=t'],
    ['is missing beside one that is there', ['route.request.querystring.token', 'route.request.header.Authorization'], '?token=t'],
    ['is a stage variable that is not there', ['stageVariables.colour'], ''],
  ])('that %s gets a 401, and the function is not invoked', async (_what, sources, query) => {
    await start(() => allow(), sources);
    expect(await gateway.refusal(query)).toBe(401);
    expect(asked()).toEqual([]);
  });

  test('may be a stage variable', async () => {
    await start(() => allow(), ['stageVariables.colour']);
    await gateway.connect('', { stage: 'variables' });
    expect(gateway.events[0].stageVariables).toEqual({ colour: 'red' });
  });
});

test('a refused connection cannot be reached by @connections', async () => {
  await start(() => ({ principalId: 'x', policyDocument: policy('Deny') }));
  await gateway.refusal();
  const id = encodeURIComponent(String(gateway.events[0].requestContext.connectionId));
  expect((await gateway.manage('POST', `/prod/@connections/${id}`, 'x')).status).toBe(410);
});

test('does not change how messages are answered', async () => {
  const authorizer = { functionArn: 'authorizer', identitySources: [] };
  gateway = await TestGateway.start({ routes: { $connect: { authorizer }, $default: { returnsResponse: true } } });
  gateway.answers.set('authorizer', () => allow());
  gateway.answers.set('$default', () => ({ statusCode: 200, body: 'answer' }));
  const client = await gateway.connect();
  const received = nextMessage(client);
  client.send('question');
  expect(await received).toBe('answer');
});
