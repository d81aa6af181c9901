import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { environmentOf, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, CognitoTokenUse, TokenSource, WebSocketJwtAuthorizer, type WebSocketJwtAuthorizerProps } from '../src';
import { ENV } from '../src/private/contract';

const ISSUER = 'https://login.example.com/';
const ALLOWED = { allowedOrigins: ['https://app.example.com'] };

/** Creates an authorizer and gives it to an API. */
function given(props: Partial<WebSocketJwtAuthorizerProps> = {}): { authorizer: WebSocketJwtAuthorizer; api: BroadcastWebSocketApi } {
  const authorizer = new WebSocketJwtAuthorizer({ issuer: ISSUER, audience: ['chat'], ...props });
  return { authorizer, api: newApi(() => ({ authorizer, ...ALLOWED })) };
}

function identitySourceOf(api: BroadcastWebSocketApi): unknown {
  return resourcesOf(api, 'AWS::ApiGatewayV2::Authorizer')[0].Properties.IdentitySource;
}

const late = (value: string) => Lazy.string({ produce: () => value });

test('guards $connect with a function of its own', () => {
  const { authorizer, api } = given();
  const [route] = resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) => Properties.RouteKey === '$connect');
  expect(route.Properties.AuthorizationType).toBe('CUSTOM');
  const [definition, ...others] = resourcesOf(api, 'AWS::ApiGatewayV2::Authorizer');
  expect(others).toEqual([]);
  expect(definition.Properties.AuthorizerType).toBe('REQUEST');
  expect(JSON.stringify(definition.Properties.AuthorizerUri)).toContain(`"${logicalId(authorizer.handler)}","Arn"`);
  expect(resourceOf(authorizer.handler).Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 256, Timeout: 10 });
  expect(environmentOf(authorizer.handler)).toEqual({
    [ENV.apiId]: Stack.of(api).resolve(api.webSocketApi.apiId), [ENV.jwtIssuer]: ISSUER, [ENV.jwtAudience]: 'chat',
  });
});

test('its function may do nothing but write its log, and only this API may invoke it for its authorizer', () => {
  const { authorizer, api } = given();
  expect(statementsOf(authorizer.handler)).toEqual([]);
  const permissions = resourcesOf(api, 'AWS::Lambda::Permission').filter(({ Properties }) => Properties.FunctionName['Fn::GetAtt'][0] === logicalId(authorizer.handler));
  expect(permissions).toHaveLength(1);
  expect(permissions[0].Properties.Principal).toBe('apigateway.amazonaws.com');
  const [authorizerId] = Object.keys(templateOf(api).findResources('AWS::ApiGatewayV2::Authorizer'));
  expect(permissions[0].Properties.SourceArn['Fn::Join'][1].slice(-3)).toEqual([{ Ref: logicalId(api.webSocketApi) }, '/authorizers/', { Ref: authorizerId }]);
});

test('may be invoked before the stage serves clients', () => {
  const { authorizer, api } = given();
  const permission = Object.entries(templateOf(api).findResources('AWS::Lambda::Permission'))
    .find(([, { Properties }]) => JSON.stringify(Properties.FunctionName).includes(logicalId(authorizer.handler)))!;
  expect(resourceOf(api.stage).DependsOn).toContain(permission[0]);
});

test('does not change the permissions of the other functions', () => {
  const plain = newApi();
  const { api } = given();
  for (const handler of ['connectionHandler', 'messageHandler'] as const) expect(statementsOf(api[handler])).toEqual(statementsOf(plain[handler]));
});

test('belongs to one API', () => {
  const { authorizer } = given();
  expect(() => newApi(() => ({ authorizer, ...ALLOWED }))).toThrow("'authorizer' must belong to one API, got the one of 'Test/Api/Api' for 'Test/Api/Api' too; make one for each API");
});

test('has no function before it was given to an API', () => {
  const authorizer = new WebSocketJwtAuthorizer({ issuer: ISSUER, audience: ['chat'] });
  expect(() => authorizer.handler).toThrow("'handler' exists only once the authorizer was given to an API");
});

describe('issuer', () => {
  test.each(['login.example.com', 'http://login.example.com', 'https://', 'https://login.example.com?x=1', 'https://login.example.com#x', 'https://user@login.example.com', ''])('%j is refused', (issuer) => {
    expect(() => given({ issuer })).toThrow(`'issuer' must be an https address without a query, got '${issuer}'; `);
  });

  test('that is a token is accepted', () => {
    expect(environmentOf(given({ issuer: late(ISSUER) }).authorizer.handler)[ENV.jwtIssuer]).toBe(ISSUER);
  });
});

describe('audience', () => {
  test('may be several, and known only at the deployment', () => {
    expect(environmentOf(given({ audience: ['chat', late('mail')] }).authorizer.handler)[ENV.jwtAudience]).toBe('chat,mail');
    const list = Lazy.list({ produce: () => ['one', 'two'] });
    expect(environmentOf(given({ audience: list }).authorizer.handler)[ENV.jwtAudience]).toEqual({ 'Fn::Join': [',', ['one', 'two']] });
  });

  test('that is empty is refused', () => {
    expect(() => given({ audience: [] })).toThrow("'audience' must name at least one, got none; ");
  });

  test.each(['', 'a,b', ' '])('%j is refused', (wrong) => {
    expect(() => given({ audience: ['chat', wrong] })).toThrow(`'audience' must have no item that is empty or has a comma, got '${wrong}'; `);
  });
});

describe('jwksUri', () => {
  test('is left to the configuration of the issuer by default', () => {
    expect(environmentOf(given().authorizer.handler)).not.toHaveProperty(ENV.jwksUri);
  });

  test('reaches the function', () => {
    const jwksUri = 'https://keys.example.com/all';
    expect(environmentOf(given({ jwksUri }).authorizer.handler)[ENV.jwksUri]).toBe(jwksUri);
  });

  test('that is not https is refused', () => {
    expect(() => given({ jwksUri: 'http://keys.example.com' })).toThrow("'jwksUri' must be an https address without a query, got 'http://keys.example.com'; ");
  });
});

describe('tokenSource', () => {
  test('is the subprotocol by default', () => {
    const { authorizer, api } = given();
    expect(identitySourceOf(api)).toEqual(['route.request.header.Sec-WebSocket-Protocol']);
    expect(environmentOf(authorizer.handler)).not.toHaveProperty(ENV.tokenParameter);
  });

  test.each([[TokenSource.queryString(), 'token'], [TokenSource.queryString('access_token'), 'access_token']])('may be the query string', (tokenSource, parameter) => {
    const { authorizer, api } = given({ tokenSource });
    expect(identitySourceOf(api)).toEqual([`route.request.querystring.${parameter}`]);
    expect(environmentOf(authorizer.handler)[ENV.tokenParameter]).toBe(parameter);
  });

  test.each(['', 'a b', 'a&b', 'ü'])('of the name %j is refused', (name) => {
    expect(() => TokenSource.queryString(name)).toThrow(`'name' must have letters, digits, dots, hyphens and underscores only, got '${name}'; `);
  });
});

describe('claims', () => {
  test('are all passed on by default', () => {
    expect(environmentOf(given().authorizer.handler)).not.toHaveProperty(ENV.jwtClaims);
  });

  test('reach the function', () => {
    expect(environmentOf(given({ claims: ['sub', 'name'] }).authorizer.handler)[ENV.jwtClaims]).toBe('sub,name');
  });

  test('that are none, or have a comma, are refused', () => {
    expect(() => given({ claims: [] })).toThrow("'claims' must name at least one, got none; leave it out");
    expect(() => given({ claims: ['a,b'] })).toThrow("'claims' must have no item that is empty or has a comma, got 'a,b'; ");
  });

  test('that do not fit into the function\'s variables, with the audience, are refused', () => {
    const claims = Array.from({ length: 400 }, (_, index) => `claim-${index}`);
    expect(() => new WebSocketJwtAuthorizer({ issuer: ISSUER, audience: ['chat'], claims })).toThrow(/^'audience and claims' must come to 3072 bytes at most, got \d{4}; AWS Lambda takes 4 KB of environment variables in all: name fewer/);
  });

  test('must include the one that names the sender', () => {
    const authorizer = new WebSocketJwtAuthorizer({ issuer: ISSUER, audience: ['chat'], claims: ['sub'] });
    expect(() => newApi(() => ({ authorizer, senderNameKey: 'name', ...ALLOWED }))).toThrow("'senderNameKey' must be one of the 'claims' of the authorizer, got 'name'; add it to them");
    const right = new WebSocketJwtAuthorizer({ issuer: ISSUER, audience: ['chat'], claims: ['name'] });
    expect(environmentOf(newApi(() => ({ authorizer: right, senderNameKey: 'name', ...ALLOWED })).messageHandler)[ENV.senderNameKey]).toBe('name');
  });
});

describe('handlerOptions', () => {
  test('set how the function runs', () => {
    const { authorizer } = given({ handlerOptions: { memorySize: 512, timeout: Duration.seconds(5) } });
    expect(resourceOf(authorizer.handler).Properties).toMatchObject({ MemorySize: 512, Timeout: 5 });
  });

  test('of more than 10 seconds are refused', () => {
    expect(() => given({ handlerOptions: { timeout: Duration.seconds(11) } })).toThrow("'handlerOptions.timeout' must be a whole number of seconds between 1 and 10, got 11; ");
  });
});

describe('removalPolicy', () => {
  test.each([[undefined, 'Delete'], [RemovalPolicy.RETAIN, 'Retain']])('%s is that of the log group', (removalPolicy, expected) => {
    const { authorizer, api } = given({ removalPolicy });
    const group = resourceOf(authorizer.handler).Properties.LoggingConfig.LogGroup.Ref as string;
    expect(templateOf(api).toJSON().Resources[group]).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: expected });
  });

  test('SNAPSHOT is refused', () => {
    expect(() => given({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow("'removalPolicy' must not be SNAPSHOT");
  });
});

describe('cognito', () => {
  const pool = (stack: Stack) => new UserPool(stack, 'Users');

  test('accepts the access tokens of the pool for its app clients', () => {
    const stack = newStack();
    const userPool = pool(stack);
    const clients = [userPool.addClient('Page'), UserPoolClient.fromUserPoolClientId(stack, 'App', 'app-client')];
    const authorizer = WebSocketJwtAuthorizer.cognito(userPool, clients);
    newApi(() => ({ authorizer, ...ALLOWED }), stack);
    expect(environmentOf(authorizer.handler)).toMatchObject({
      [ENV.jwtIssuer]: stack.resolve(`https://${userPool.userPoolProviderName}`),
      [ENV.jwksUri]: stack.resolve(`https://${userPool.userPoolProviderName}/.well-known/jwks.json`),
      [ENV.jwtAudience]: { 'Fn::Join': [',', [{ Ref: logicalId(clients[0]) }, 'app-client']] },
      [ENV.cognitoTokenUse]: 'access',
    });
  });

  test('accepts ID tokens on request, and the other options', () => {
    const stack = newStack();
    const userPool = UserPool.fromUserPoolId(stack, 'Users', 'eu-west-1_abc');
    const client = UserPoolClient.fromUserPoolClientId(stack, 'App', 'app-client');
    const authorizer = WebSocketJwtAuthorizer.cognito(userPool, [client], { tokenUse: CognitoTokenUse.ID, tokenSource: TokenSource.queryString() });
    const api = newApi(() => ({ authorizer, ...ALLOWED }), stack);
    expect(environmentOf(authorizer.handler)).toMatchObject({ [ENV.cognitoTokenUse]: 'id', [ENV.jwtAudience]: 'app-client' });
    expect(identitySourceOf(api)).toEqual(['route.request.querystring.token']);
  });

  test('without an app client is refused', () => {
    expect(() => WebSocketJwtAuthorizer.cognito(pool(newStack()), [])).toThrow("'clients' must name at least one app client, got none; ");
  });
});
