import type { CorsModel, HttpApiModel, HttpAuthorizerModel, HttpRouteModel } from '../../../local/model/http-apis';
import { ISSUERS, POOL, TestHttpApi, routeOf, type Asked } from '../fixtures/http-api';

let api: TestHttpApi;

afterEach(() => api.api.stop());

async function start(routes: Record<string, Partial<HttpRouteModel>>, overrides: Partial<HttpApiModel> = {}): Promise<void> {
  api = await TestHttpApi.start(routes, overrides);
}

describe('the event of format 2.0', () => {
  test('has everything of a request, as on AWS', async () => {
    await start({ 'POST /rooms/{room}/{proxy+}': {} }, { stages: [{ name: 'live', path: 'Stack/Stage', variables: { color: 'red' } }] });
    await api.ask('/live/rooms/a%20b/c/d?x=1&x=2&y=%C3%BC', {
      method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'application/json', 'User-Agent': 'test', 'Cookie': 'a=1; b=2', 'X-Twice': ['one', 'two'] },
    });
    expect(api.event('POST /rooms/{room}/{proxy+}')).toEqual({
      version: '2.0',
      routeKey: 'POST /rooms/{room}/{proxy+}',
      rawPath: '/live/rooms/a b/c/d',
      rawQueryString: 'x=1&x=2&y=%C3%BC',
      cookies: ['a=1', 'b=2'],
      headers: {
        'content-length': '7',
        'content-type': 'application/json',
        'host': 'abcdefghij.execute-api.eu-west-1.amazonaws.com',
        'user-agent': 'test',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
        'x-twice': 'one,two',
      },
      queryStringParameters: { x: '1,2', y: 'ü' },
      requestContext: {
        accountId: '111122223333',
        apiId: 'abcdefghij',
        domainName: 'abcdefghij.execute-api.eu-west-1.amazonaws.com',
        domainPrefix: 'abcdefghij',
        http: { method: 'POST', path: '/live/rooms/a b/c/d', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
        routeKey: 'POST /rooms/{room}/{proxy+}',
        stage: 'live',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      pathParameters: { room: 'a b', proxy: 'c/d' },
      stageVariables: { color: 'red' },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
  });

  test('leaves out what the request does not have', async () => {
    await start({ $default: {} });
    await api.ask('/');
    const event = api.event('$default');
    expect(Object.keys(event).sort()).toEqual(['headers', 'isBase64Encoded', 'rawPath', 'rawQueryString', 'requestContext', 'routeKey', 'version']);
    expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false, headers: { 'content-length': '0' }, requestContext: { stage: '$default' } });
  });

  test.each<[string | undefined, boolean]>([
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/octet-stream', true],
    ['application/x-www-form-urlencoded', true],
    ['multipart/form-data; boundary=x', true],
    ['application/vnd.api+json', true],
    [undefined, true],
  ])('a body of the type %s is in base64: %s', async (type, isBase64Encoded) => {
    await start({ $default: {} });
    await api.ask('/', { method: 'POST', body: 'hello', headers: type === undefined ? {} : { 'Content-Type': type } });
    expect(api.event('$default')).toMatchObject({ body: isBase64Encoded ? 'aGVsbG8=' : 'hello', isBase64Encoded });
  });
});

test('the event of format 1.0 is that of REST APIs, with nulls', async () => {
  await start({ 'GET /rooms/{room}': { integration: { type: 'lambda', functionArn: 'f', format: '1.0' } } });
  await api.ask('/rooms/a?x=1&x=2', { headers: { 'User-Agent': 'test', 'X-Twice': ['one', 'two'], 'Cookie': 'a=1' } });
  expect(api.event('f')).toMatchObject({
    version: '1.0',
    resource: '/rooms/{room}',
    path: '/rooms/a',
    httpMethod: 'GET',
    headers: { 'x-twice': 'two', 'cookie': 'a=1' },
    multiValueHeaders: { 'x-twice': ['one', 'two'] },
    queryStringParameters: { x: '2' },
    multiValueQueryStringParameters: { x: ['1', '2'] },
    requestContext: { httpMethod: 'GET', resourcePath: '/rooms/{room}', path: '/rooms/a', stage: '$default', identity: { sourceIp: '127.0.0.1', userAgent: 'test', caller: null } },
    pathParameters: { room: 'a' },
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
  });
});

describe('what a function returns', () => {
  const ask = async (answer: unknown, format: '1.0' | '2.0' = '2.0') => {
    await start({ $default: { integration: { type: 'lambda', functionArn: 'f', format } } });
    api.answers.set('f', () => answer);
    return api.ask('/');
  };

  test.each<[string, unknown, string]>([
    ['a text', 'hello', 'hello'],
    ['an object', { message: 'hello' }, '{"message":"hello"}'],
    ['a list', [1, 2], '[1,2]'],
    ['nothing', null, 'null'],
  ])('in format 2.0, without a status, is the body: %s', async (_what, answer, body) => {
    expect(await ask(answer)).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' }, body });
  });

  test('in format 2.0 has a status, headers, cookies and a body', async () => {
    const answer = await ask({ statusCode: 201, headers: { 'X-Own': 1, 'Content-Type': 'text/html' }, cookies: ['a=1; Secure', 'b=2'], body: 'aGVsbG8=', isBase64Encoded: true });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-own': '1', 'content-type': 'text/html', 'set-cookie': ['a=1; Secure', 'b=2'] }, body: 'hello' });
    expect(answer.headers['apigw-requestid']).toBe(api.event('f').requestContext.requestId);
  });

  test('in format 1.0 may have headers with several values', async () => {
    const answer = await ask({ statusCode: '200', multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] }, body: 'hello' }, '1.0');
    expect(answer).toMatchObject({ status: 200, headers: { 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/plain;charset=UTF-8' }, body: 'hello' });
  });

  test.each<[string, unknown, '1.0' | '2.0']>([
    ['no status, in format 1.0', { message: 'hello' }, '1.0'],
    ['a status that is none', { statusCode: 'ok' }, '2.0'],
    ['a body that is not a text', { statusCode: 200, body: { a: 1 } }, '2.0'],
    ['a header that is not a text', { statusCode: 200, headers: { a: {} } }, '2.0'],
    ['a header with a line break', { statusCode: 200, headers: { a: 'x\r\ny: z' } }, '2.0'],
  ])('is an error when it has %s', async (_what, answer, format) => {
    expect(await ask(answer, format)).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(api.lines[0]).toContain('(the function returned ');
  });

  test('without a body has none', async () => {
    expect(await ask({ statusCode: 204, body: 'x' })).toMatchObject({ status: 204, body: '' });
  });
});

describe('the answer is', () => {
  test('404 where no route or no stage is', async () => {
    await start({ 'GET /rooms': {} }, { stages: [{ name: 'live', path: 'Stack/Stage' }] });
    for (const path of ['/live/other', '/rooms', '/', '/live']) expect(await api.ask(path)).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    expect(await api.ask('/live/rooms', { method: 'POST' })).toMatchObject({ status: 404 });
    expect(await api.ask('/live/rooms')).toMatchObject({ status: 200 });
    expect(api.lines.at(-1)).toMatch(/^request GET \/live\/rooms 200 in \d+ ms$/);
  });

  test('500 when the function fails', async () => {
    await start({ $default: {} });
    api.answers.set('$default', () => { throw new Error('oops'); });
    expect(await api.ask('/')).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  });

  test('503 when it takes longer than its integration allows', async () => {
    await start({ $default: { integration: { type: 'lambda', functionArn: 'f', format: '2.0', timeoutMillis: 20 } } });
    api.answers.set('f', () => new Promise(() => undefined));
    expect(await api.ask('/')).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });

  test('500 for an integration that is not emulated', async () => {
    await start({ $default: { integration: { type: 'unsupported', what: 'HTTP_PROXY integration' } } });
    expect((await api.ask('/')).status).toBe(500);
    expect(api.lines[0]).toContain('HTTP_PROXY integration is not emulated');
  });

  test('429 over the throttle of the stage', async () => {
    await start({ $default: {} }, { stages: [{ name: '$default', path: 'Stack/Stage', throttle: { rate: 0, burst: 1 } }] });
    expect((await api.ask('/')).status).toBe(200);
    expect(await api.ask('/')).toMatchObject({ status: 429, body: '{"message":"Too Many Requests"}' });
  });

  test('413 for more than 10 MB', async () => {
    await start({ $default: {} });
    const answer = await api.ask('/', { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(answer).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
    expect(api.events).toEqual([]);
  });

  test('403 for another host name of this machine', async () => {
    await start({ $default: {} });
    expect((await api.ask('/', { headers: { Host: 'evil.test' } })).status).toBe(403);
  });

  test('that of the app that was loaded last', async () => {
    await start({ 'GET /old': {} });
    api.api.update({ ...api.api.api, routes: [routeOf('GET /new')] });
    expect((await api.ask('/old')).status).toBe(404);
    expect((await api.ask('/new')).status).toBe(200);
  });
});

describe('CORS', () => {
  const cors: CorsModel = { origins: ['https://app.example.com'], methods: ['GET', 'POST'], headers: ['authorization'], exposedHeaders: ['x-id'], maxAgeSeconds: 60, allowsCredentials: true };
  const preflight = (origin: string): Asked => ({ method: 'OPTIONS', headers: { 'Origin': origin, 'Access-Control-Request-Method': 'GET' } });
  const corsOf = ({ headers }: { headers: object }) => Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control')));

  test('answers a preflight itself, where no route takes it', async () => {
    await start({ 'GET /rooms': {} }, { cors });
    const answer = await api.ask('/rooms', preflight('https://app.example.com'));
    expect([answer.status, answer.body, corsOf(answer)]).toEqual([204, '', {
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '60',
      'access-control-expose-headers': 'x-id',
    }]);
    expect(corsOf(await api.ask('/rooms', preflight('https://evil.test')))).toEqual({});
    expect((await api.ask('/rooms', { method: 'OPTIONS' })).status).toBe(404);
  });

  test('replaces the CORS headers of the function', async () => {
    await start({ 'GET /rooms': {} }, { cors: { ...cors, origins: ['*'], allowsCredentials: false } });
    api.answers.set('GET /rooms', () => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'https://other.test', 'Access-Control-Allow-Methods': 'PUT' } }));
    expect(corsOf(await api.ask('/rooms', { headers: { Origin: 'https://any.test' } }))).toEqual({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'x-id' });
    expect(corsOf(await api.ask('/rooms'))).toEqual({});
  });

  test('keeps the CORS headers of the function if the API has none', async () => {
    await start({ $default: {} });
    api.answers.set('$default', () => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } }));
    expect(corsOf(await api.ask('/', { headers: { Origin: 'https://any.test' } }))).toEqual({ 'access-control-allow-origin': '*' });
  });

  test('passes a preflight to a route that matches it, whose authorizer may refuse it', async () => {
    await start({ 'ANY /open': {}, 'ANY /closed': { authorization: 'JWT', authorizer: JWT } }, { cors });
    const open = await api.ask('/open', preflight('https://app.example.com'));
    expect([open.status, corsOf(open)['access-control-allow-methods']]).toEqual([200, 'GET,POST']);
    expect((await api.ask('/closed', preflight('https://app.example.com'))).status).toBe(401);
  });

  test('accepts an origin by its scheme', async () => {
    await start({ 'GET /rooms': {} }, { cors: { ...cors, origins: ['http://*'] } });
    expect(corsOf(await api.ask('/rooms', { headers: { Origin: 'http://127.0.0.1:3000' } }))['access-control-allow-origin']).toBe('http://127.0.0.1:3000');
    expect(corsOf(await api.ask('/rooms', { headers: { Origin: 'https://a.test' } }))).toEqual({});
  });
});

const JWT: HttpAuthorizerModel = { type: 'jwt', issuer: POOL, audience: ['client'], identitySources: ['$request.header.Authorization'] };

describe('a JWT authorizer', () => {
  const bearing = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
  const forged = () => {
    const [header, , signature] = ISSUERS.token().split('.');
    return [header, Buffer.from(JSON.stringify({ ...claimsOf(ISSUERS.token()), sub: 'admin' })).toString('base64url'), signature].join('.');
  };
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()) as object;

  test('accepts a token, and passes its claims on as texts', async () => {
    await start({ $default: { authorization: 'JWT', authorizer: JWT } });
    expect((await api.ask('/', bearing(ISSUERS.token({ 'sub': 'ann', 'cognito:groups': ['admins', 'users'], 'email_verified': true })))).status).toBe(200);
    expect(api.event('$default').requestContext.authorizer).toEqual({
      jwt: {
        claims: {
          'sub': 'ann',
          'username': 'ann',
          'iss': POOL,
          'client_id': 'client',
          'token_use': 'access',
          'scope': 'aws.cognito.signin.user.admin',
          'cognito:groups': '[admins users]',
          'email_verified': 'true',
          'iat': expect.stringMatching(/^\d+$/),
          'exp': expect.stringMatching(/^\d+$/),
          'jti': expect.any(String),
        },
        scopes: null,
      },
    });
  });

  test('takes an ID token as well, and a token without the word Bearer', async () => {
    await start({ $default: { authorization: 'JWT', authorizer: JWT } });
    expect((await api.ask('/', { headers: { Authorization: ISSUERS.token({ token_use: 'id' }) } })).status).toBe(200);
  });

  test.each<[string, () => Asked]>([
    ['no token', () => ({})],
    ['something else', () => bearing('x')],
    ['a token that was changed', () => bearing(forged())],
    ['a token for another audience', () => bearing(ISSUERS.token({ client_id: 'other' }))],
    ['a token of another issuer', () => bearing(ISSUERS.token({ iss: POOL.replace('Abc', 'Xyz'), client_id: 'client' }))],
    ['a token that has expired', () => bearing(ISSUERS.token({ exp: 1 }))],
    ['a token that never does', () => bearing(ISSUERS.token({ exp: undefined }))],
    ['a token that is not valid yet', () => bearing(ISSUERS.token({ nbf: Date.now() / 1000 + 60 }))],
  ])('answers 401 to %s', async (_what, asked) => {
    await start({ $default: { authorization: 'JWT', authorizer: JWT } });
    expect(await api.ask('/', asked())).toMatchObject({ status: 401, body: '{"message":"Unauthorized"}', headers: { 'www-authenticate': expect.stringMatching(/^Bearer/) } });
    expect(api.events).toEqual([]);
    expect(api.lines.join()).not.toContain('eyJ');
  });

  test('requires one of the scopes of the route', async () => {
    await start({ $default: { authorization: 'JWT', authorizer: JWT, scopes: ['rooms/read', 'rooms/write'] } });
    expect(await api.ask('/', bearing(ISSUERS.token()))).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
    expect((await api.ask('/', bearing(ISSUERS.token({ scope: 'openid rooms/write' })))).status).toBe(200);
    expect(api.event('$default').requestContext.authorizer.jwt.scopes).toEqual(['openid', 'rooms/write']);
  });
});

describe('a Lambda authorizer', () => {
  const LAMBDA: HttpAuthorizerModel = {
    type: 'lambda', path: 'Stack/Authorizer', functionArn: 'authorizer', identitySources: ['$request.header.X-Key', '$request.querystring.room'], format: '2.0', isSimple: true, cacheSeconds: 0,
  };
  const with2 = (overrides: Partial<typeof LAMBDA> = {}) => start({ 'GET /rooms/{room}': { authorization: 'CUSTOM', authorizer: { ...LAMBDA, ...overrides } as HttpAuthorizerModel } });
  const asked: Asked = { headers: { 'X-Key': 'ann' } };

  test('gets the request, and allows it with a simple answer', async () => {
    await with2();
    api.answers.set('authorizer', () => ({ isAuthorized: true, context: { name: 'Ann', level: 3, groups: ['a'] } }));
    expect((await api.ask('/rooms/a?room=b', asked)).status).toBe(200);
    expect(api.event('authorizer')).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:eu-west-1:111122223333:abcdefghij/$default/GET/rooms/a',
      identitySource: ['ann', 'b'],
      routeKey: 'GET /rooms/{room}',
      pathParameters: { room: 'a' },
      headers: { 'x-key': 'ann' },
    });
    expect(api.event('authorizer')).not.toHaveProperty('body');
    expect(api.event('GET /rooms/{room}').requestContext.authorizer).toEqual({ lambda: { name: 'Ann', level: 3, groups: ['a'] } });
  });

  test('is not invoked if an identity source is missing', async () => {
    await with2();
    expect(await api.ask('/rooms/a', asked)).toMatchObject({ status: 401, body: '{"message":"Unauthorized"}' });
    expect(api.events).toEqual([]);
  });

  test('allows a request with a policy, in format 1.0', async () => {
    await with2({ format: '1.0', isSimple: false });
    api.answers.set('authorizer', ({ methodArn }) => ({
      principalId: 'ann', policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] }, context: { a: 'b' },
    }));
    expect((await api.ask('/rooms/a?room=b', asked)).status).toBe(200);
    expect(api.event('authorizer')).toMatchObject({ version: '1.0', type: 'REQUEST', identitySource: 'ann,b', authorizationToken: 'ann,b', resource: '/rooms/{room}', httpMethod: 'GET' });
    expect(api.event('GET /rooms/{room}').requestContext.authorizer).toEqual({ lambda: { a: 'b' } });
  });

  test.each<[string, unknown, number]>([
    ['denies', { isAuthorized: false }, 403],
    ['answers nothing', null, 500],
    ['answers a policy, where none is wanted', { policyDocument: { Statement: [] } }, 500],
    ['fails', new Error('oops'), 500],
    ['throws Unauthorized', new Error('Unauthorized'), 401],
  ])('that %s', async (_what, answer, status) => {
    await with2();
    api.answers.set('authorizer', () => { if (answer instanceof Error) throw answer; return answer; });
    expect((await api.ask('/rooms/a?room=b', asked)).status).toBe(status);
  });

  test('is invoked once for each identity while its answer is cached', async () => {
    await with2({ cacheSeconds: 300 });
    api.answers.set('authorizer', () => ({ isAuthorized: true }));
    for (const room of ['a', 'a', 'b']) expect((await api.ask(`/rooms/x?room=${room}`, asked)).status).toBe(200);
    expect(api.events.filter(({ functionArn }) => functionArn === 'authorizer')).toHaveLength(2);
  });

  test('that is not available refuses everybody', async () => {
    await start({ $default: { authorization: 'CUSTOM' } });
    expect((await api.ask('/')).status).toBe(500);
  });
});

test('a route with IAM authorization requires a signature', async () => {
  await start({ $default: { authorization: 'AWS_IAM' } });
  expect(await api.ask('/')).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
  expect(api.lines[0]).toContain('MissingAuthenticationTokenException');
});
