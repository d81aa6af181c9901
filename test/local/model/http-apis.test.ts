import type { Template } from '../../../local/assembly/template';
import { readHttpApis, type HttpApiModel } from '../../../local/model/http-apis';
import { scopesOf, stackOf } from '../fixtures/stack';

type Resources = NonNullable<Template['Resources']>;

const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:f';
const of = (Properties: object) => ({ ApiId: { Ref: 'Http' }, ...Properties });
const part = (type: string, Properties: object): Resources[string] => ({ Type: `AWS::ApiGatewayV2::${type}`, Properties: of(Properties) });

const HTTP: Resources = {
  Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'h', ProtocolType: 'HTTP' } },
  Stage: part('Stage', { StageName: '$default', AutoDeploy: true }),
  Integration: part('Integration', { IntegrationType: 'AWS_PROXY', IntegrationUri: FUNCTION, PayloadFormatVersion: '2.0', TimeoutInMillis: 5000 }),
};
const target = { 'Fn::Sub': 'integrations/${Integration}' };

function read(resources: Resources): { readonly api: HttpApiModel; readonly notices: readonly string[] } {
  const notices: string[] = [];
  const [api] = readHttpApis(scopesOf(stackOf({ Resources: resources })), notices);
  return { api, notices };
}

test('a route has its function, in the format of its integration', () => {
  const { api, notices } = read({ ...HTTP, Route: part('Route', { RouteKey: 'GET /rooms', Target: target }) });
  expect(api.routes).toEqual([{
    key: 'GET /rooms', path: 'Stack/Route', authorization: 'NONE', scopes: [], integration: { type: 'lambda', functionArn: FUNCTION, format: '2.0', timeoutMillis: 5000 },
  }]);
  expect([api.stages.map(({ name }) => name), notices]).toEqual([['$default'], []]);
  expect(api).toMatchObject({ account: '111122223333', arn: `arn:aws:execute-api:eu-west-1:111122223333:${api.apiId}`, host: `${api.apiId}.execute-api.eu-west-1.amazonaws.com` });
});

test('WebSocket APIs of the same stack are no HTTP APIs, and keep their parts', () => {
  const { api } = read({
    ...HTTP,
    WebSocket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
    Theirs: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'WebSocket' }, RouteKey: 'send' } },
  });
  expect([api.path, api.routes]).toEqual(['Stack/Http', []]);
});

test('an API that names its function itself has a route and a stage', () => {
  const { api } = read({ Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Target: FUNCTION } } });
  expect(api.routes).toMatchObject([{ key: '$default', integration: { type: 'lambda', functionArn: FUNCTION, format: '2.0' } }]);
  expect(api.stages).toMatchObject([{ name: '$default' }]);
});

test('CORS is read', () => {
  const CorsConfiguration = { AllowOrigins: ['*'], AllowMethods: ['GET'], AllowHeaders: ['a'], ExposeHeaders: ['b'], MaxAge: 60, AllowCredentials: false };
  const { api } = read({ Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', CorsConfiguration } } });
  expect(api.cors).toEqual({ origins: ['*'], methods: ['GET'], headers: ['a'], exposedHeaders: ['b'], maxAgeSeconds: 60, allowsCredentials: false });
});

describe('authorizers', () => {
  const guarded = (AuthorizationType: string, authorizer?: object) => read({
    ...HTTP,
    Route: part('Route', { RouteKey: 'GET /', Target: target, AuthorizationType, AuthorizerId: { Ref: 'Authorizer' }, AuthorizationScopes: ['s'] }),
    ...authorizer && { Authorizer: part('Authorizer', authorizer) },
  });

  test('of JSON Web Tokens', () => {
    const { api: { routes: [route] } } = guarded('JWT', {
      AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['a'] },
    });
    expect(route).toMatchObject({
      authorization: 'JWT', scopes: ['s'], authorizer: { type: 'jwt', issuer: 'https://login.example.com', audience: ['a'], identitySources: ['$request.header.Authorization'] },
    });
  });

  test('that are functions', () => {
    const { api: { routes: [route] } } = guarded('CUSTOM', {
      AuthorizerType: 'REQUEST',
      AuthorizerUri: `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`,
      IdentitySource: ['$request.header.X'],
      AuthorizerPayloadFormatVersion: '1.0',
      EnableSimpleResponses: false,
      AuthorizerResultTtlInSeconds: 300,
    });
    expect(route.authorizer).toEqual({
      type: 'lambda', path: 'Stack/Authorizer', functionArn: FUNCTION, identitySources: ['$request.header.X'], format: '1.0', isSimple: false, cacheSeconds: 300,
    });
  });

  test.each<[string, object | undefined, RegExp]>([
    ['that are not there', undefined, /^Stack\/Route: its authorizer '' is not in this cloud assembly: nobody is let in$/],
    ['without an issuer', { AuthorizerType: 'JWT' }, /its authorizer Stack\/Authorizer has no issuer: nobody is let in$/],
    ['without a function', { AuthorizerType: 'REQUEST' }, /its authorizer Stack\/Authorizer invokes no Lambda function: nobody is let in$/],
  ])('%s let nobody in, and are named', (_what, authorizer, notice) => {
    const { api: { routes: [route] }, notices } = guarded('JWT', authorizer);
    expect(route.authorizer).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(notice)]);
  });
});
