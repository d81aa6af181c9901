import { Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { WebSocketNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, FanOut, WebSocketJwtAuthorizer } from '../../../src';
import { ENV } from '../../../src/private/contract';
import { environmentOf, expectRefused, logicalId, newApi, resourcesOf } from '../../construct-fixture';

const ORIGINS = ['https://app.example.com'];

function lambdaAuthorizer(stack: Stack, identitySource?: string[]): WebSocketLambdaAuthorizer {
  const handler = new LambdaFunction(stack, 'Authorizer', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…') });
  return new WebSocketLambdaAuthorizer('Auth', handler, { identitySource });
}

function warningsOf(api: BroadcastWebSocketApi): string[] {
  return Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
}

const routes = (api: BroadcastWebSocketApi) =>
  Object.fromEntries(resourcesOf(api, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationType]));

describe('authorizer', () => {
  test('is none by default: everybody may connect', () => {
    expect(routes(newApi())).toEqual({ $connect: 'NONE', $disconnect: 'NONE', $default: 'NONE', ping: 'NONE' });
    expect(resourcesOf(newApi(), 'AWS::ApiGatewayV2::Authorizer')).toEqual([]);
  });

  test('that is a Lambda function is asked at $connect, the only route that can have one', () => {
    const api = newApi((stack) => ({ authorizer: lambdaAuthorizer(stack, ['route.request.querystring.token']), allowedOrigins: ORIGINS }));
    expect(routes(api)).toEqual({ $connect: 'CUSTOM', $disconnect: 'NONE', $default: 'NONE', ping: 'NONE' });
    const [authorizer] = resourcesOf(api, 'AWS::ApiGatewayV2::Authorizer');
    expect(authorizer.Properties).toMatchObject({ AuthorizerType: 'REQUEST', IdentitySource: ['route.request.querystring.token'] });
    expect(JSON.stringify(authorizer.Properties.AuthorizerUri)).toContain(logicalId(Stack.of(api).node.findChild('Authorizer')));
    expect(warningsOf(api)).toEqual([]);
  });

  test('that is IAM signs $connect', () => {
    const api = newApi(() => ({ authorizer: new WebSocketIamAuthorizer(), allowedOrigins: ORIGINS }));
    expect(routes(api)).toMatchObject({ $connect: 'AWS_IAM', $default: 'NONE' });
  });

  test.each<[unknown, string]>([
    [{}, 'none'], [{ authorizationType: '' }, "''"], [{ authorizationType: 'NONE' }, "'NONE'"], [{ authorizationType: 'NONE', authorizerId: 'abc' }, "'NONE'"],
  ])('that binds to %j, by which everybody could connect, is refused', (bound, got) => {
    expect(() => newApi(() => ({ authorizer: { bind: () => bound as never }, allowedOrigins: ORIGINS })))
      .toThrow(`'authorizer' must bind to an authorizationType that keeps strangers out, got ${got}; everybody could connect: `);
  });

  test('that is none by name lets everybody connect', () => {
    expect(routes(newApi(() => ({ authorizer: new WebSocketNoneAuthorizer(), allowedOrigins: ORIGINS })))).toMatchObject({ $connect: 'NONE' });
  });

  test('of another make is asked at $connect', () => {
    const api = newApi(() => ({ authorizer: { bind: () => ({ authorizationType: 'CUSTOM', authorizerId: 'abc' }) }, allowedOrigins: ORIGINS }));
    expect(routes(api)).toMatchObject({ $connect: 'CUSTOM', $default: 'NONE' });
  });

  test.each(['route.request.header.Cookie', 'route.request.header.cookie'])('that reads %s is refused without allowedOrigins', (source) => {
    expect(() => newApi((stack) => ({ authorizer: lambdaAuthorizer(stack, ['route.request.querystring.room', source]) })))
      .toThrow("'allowedOrigins' must be given with an authorizer that reads the header Cookie, got none; ");
  });

  test('that reads the cookie is accepted with allowedOrigins', () => {
    const api = newApi((stack) => ({ authorizer: lambdaAuthorizer(stack, ['route.request.header.Cookie']), allowedOrigins: ORIGINS }));
    expect(warningsOf(api)).toEqual([]);
  });

  test.each<[string, BroadcastWebSocketApiProps['authorizer']]>([
    ['IAM, for whom a page signs', new WebSocketIamAuthorizer()],
    ['a WebSocketJwtAuthorizer, whose token a page sends', new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'] })],
    ['none by name', new WebSocketNoneAuthorizer()],
  ])('that is %s is not warned of without allowedOrigins', (_what, authorizer) => {
    expect(warningsOf(newApi(() => ({ authorizer })))).toEqual([]);
  });

  test('that is a Lambda function is warned of without allowedOrigins, until that is acknowledged', () => {
    const api = newApi((stack) => ({ authorizer: lambdaAuthorizer(stack) }));
    const id = 'cdk-broadcast-websocket-api:authorizerWithoutAllowedOrigins';
    expect(warningsOf(api)).toEqual([expect.stringContaining(`[ack: ${id}]`)]);
  });
});

describe('allowedOrigins', () => {
  test('are not looked at by default', () => {
    expect(environmentOf(newApi().connectionHandler)).not.toHaveProperty(ENV.allowedOrigins);
    expect(environmentOf(newApi().connectionHandler)).not.toHaveProperty(ENV.allowMissingOrigin);
  });

  test.each([
    [['https://app.example.com']], [['https://*.example.com', 'http://localhost:65535']], [['http://127.0.0.1:3000', 'http://[::1]:3000', 'capacitor://localhost']],
  ])('%j reach the connection handler', (allowedOrigins) => {
    const environment = environmentOf(newApi(() => ({ allowedOrigins })).connectionHandler);
    expect(environment[ENV.allowedOrigins]).toBe(allowedOrigins.join(','));
    expect(environment).not.toHaveProperty(ENV.allowMissingOrigin);
  });

  test('that are tokens are accepted', () => {
    const late = Lazy.string({ produce: () => 'https://late.example.com' });
    expect(environmentOf(newApi(() => ({ allowedOrigins: [late] })).connectionHandler)[ENV.allowedOrigins]).toBe('https://late.example.com');
    const list = Fn.split('|', Fn.importValue('origins'));
    expect(environmentOf(newApi(() => ({ allowedOrigins: list })).connectionHandler)[ENV.allowedOrigins]).toHaveProperty('Fn::Join');
  });

  test('that are none are refused', () => {
    expectRefused({ allowedOrigins: [] }, "'allowedOrigins' must name at least one origin, got none; ");
  });

  test.each([
    '*', 'null', '', 'app.example.com', 'https://', 'https://app.example.com/', 'https://app.example.com/chat', 'https://*', 'https://*.com', 'https://a.*.example.com',
    'https://*example.com', 'https://user@example.com', 'https://a.example.com,https://b.example.com', 'https://app.example.com?x', ' https://app.example.com',
    'https://app.example.com:', 'https://app..example.com', 'https://app.example.com:65536', 'https://*.example.com:99999',
  ])('%j is refused', (origin) => {
    expectRefused({ allowedOrigins: ['https://ok.example.com', origin] }, `'allowedOrigins[1]' must be an origin as browsers name it, got '${origin}'; give scheme`);
  });

  test('that are more than a function can be told are refused', () => {
    const origins = (count: number) => Array.from({ length: count }, (_, index) => `https://page-${String(index).padStart(3, '0')}.example.com`);
    expectRefused({ allowedOrigins: origins(106) }, "'allowedOrigins' must come to 3072 bytes at most, got 3073; AWS Lambda takes 4 KB of environment variables in all: ");
    expect(() => newApi(() => ({ allowedOrigins: origins(105) }))).not.toThrow();
  });

  test('may be written in capitals, which browsers do not send', () => {
    expect(() => newApi(() => ({ allowedOrigins: ['HTTPS://App.Example.com'] }))).not.toThrow();
  });

  test.each(['https://app.example.com:443', 'http://app.example.com:80'])('%j is refused for its port, which browsers leave out', (origin) => {
    expectRefused({ allowedOrigins: [origin] }, `'allowedOrigins[0]' must be an origin as browsers name it, got '${origin}'; leave out the port`);
  });
});

describe('allowMissingOrigin', () => {
  test.each([true, false])('%s reaches the connection handler', (allowMissingOrigin) => {
    const api = newApi(() => ({ allowedOrigins: ORIGINS, allowMissingOrigin }));
    expect(environmentOf(api.connectionHandler)[ENV.allowMissingOrigin]).toBe(String(allowMissingOrigin));
  });

  test.each([true, false])('%s is refused without allowedOrigins', (allowMissingOrigin) => {
    expectRefused({ allowMissingOrigin }, `'allowMissingOrigin' must come with 'allowedOrigins', got ${allowMissingOrigin} alone; `);
  });
});

describe('senderNameKey', () => {
  test('is none by default: the connection id is shown', () => {
    const api = newApi((stack) => ({ authorizer: lambdaAuthorizer(stack), allowedOrigins: ORIGINS }));
    expect(environmentOf(api.messageHandler)).not.toHaveProperty(ENV.senderNameKey);
  });

  test.each([FanOut.direct(), FanOut.queued()])('reaches the message handler', (fanOut) => {
    const api = newApi((stack) => ({ authorizer: lambdaAuthorizer(stack), allowedOrigins: ORIGINS, senderNameKey: 'nickname', fanOut }));
    expect(environmentOf(api.messageHandler)[ENV.senderNameKey]).toBe('nickname');
    expect(warningsOf(api)).toEqual([]);
  });

  test('without an authorizer is refused', () => {
    expectRefused({ senderNameKey: 'nickname' }, "'senderNameKey' must come with an 'authorizer', got 'nickname' alone; ");
  });

  test('that is empty is refused', () => {
    expectRefused({ senderNameKey: '', authorizer: new WebSocketIamAuthorizer() }, "'senderNameKey' must name a key of the authorizer's context, got ''; ");
  });

  test.each(['principalId', 'sub', 'email'])('%s is warned of', (senderNameKey) => {
    const api = newApi((stack) => ({ authorizer: lambdaAuthorizer(stack), allowedOrigins: ORIGINS, senderNameKey }));
    expect(warningsOf(api)).toEqual([expect.stringContaining(`'senderNameKey' should name something that is meant to be seen, got '${senderNameKey}'`)]);
  });
});
