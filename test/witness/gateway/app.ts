/*
 * One small app for both: its functions report each event to a recorder, and answer as the client asks with `how`, in the query of a handshake or in
 * a message.
 */

/** The routes of the API `Api`; `answered` has a route response. */
export const ROUTES = { $connect: false, $disconnect: false, $default: true, silent: false, answered: true } as const;

const HANDLER = `
const ANSWERS = {
  '200': { statusCode: 200 },
  '201': { statusCode: 201 },
  '204': { statusCode: 204 },
  '302': { statusCode: 302 },
  '401': { statusCode: 401 },
  '403': { statusCode: 403 },
  '500': { statusCode: 500 },
  'a status as text': { statusCode: '200' },
  'no status': {},
  'nothing': null,
  'a text': 'text',
  'a protocol': { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'v2' } },
  'a probe': { statusCode: 200, body: 'probe' },
  'a body': { statusCode: 200, body: 'the answer' },
  'a body and a 500': { statusCode: 500, body: 'the answer' },
  'an empty body': { statusCode: 200, body: '' },
  'base64': { statusCode: 200, body: Buffer.from('the answer').toString('base64'), isBase64Encoded: true },
  'a number': { statusCode: 200, body: 5 },
  'an object': { statusCode: 200, body: { a: 1 } },
  'an unknown key': { statusCode: 200, body: 'the answer', other: true },
};
exports.handler = async (event) => {
  await fetch(process.env.RECORDER, { method: 'POST', body: JSON.stringify(event) });
  let how = event.queryStringParameters?.how;
  try { how = JSON.parse(event.body).how ?? how; } catch {}
  if (how === 'an error') throw new Error('as was asked for');
  return ANSWERS[how ?? '200'];
};`;

const AUTHORIZER = `
const policy = (Effect, Resource, more) => ({
  principalId: 'somebody',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] },
  ...more,
});
exports.handler = async (event) => {
  await fetch(process.env.RECORDER, { method: 'POST', body: JSON.stringify(event) });
  switch (event.queryStringParameters.token) {
    case 'allow': return policy('Allow', event.methodArn, { context: { text: 'a', number: 7, yes: true } });
    case 'deny': return policy('Deny', event.methodArn);
    case 'another route': return policy('Allow', event.methodArn + 's');
    case 'unauthorized': throw new Error('Unauthorized');
    case 'no policy': return { principalId: 'somebody' };
    default: throw new Error('as was asked for');
  }
};`;

type Resources = Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>;

function api(id: string, routes: Readonly<Record<string, boolean>>, routeProperties: (key: string) => object = () => ({})): Resources {
  const resources: Resources = {
    [id]: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: id, ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' } },
    [`${id}Stage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: id }, StageName: 'prod', AutoDeploy: true, ...(id === 'Api' && { StageVariables: { colour: 'red' } }) },
    },
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { ApiId: { Ref: id }, IntegrationType: 'AWS_PROXY', IntegrationUri: invocationOf('Handler') },
    },
  };
  for (const [key, isAnswered] of Object.entries(routes)) {
    const route = `${id}${key.replace('$', '')}`;
    resources[`${route}Route`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: id }, RouteKey: key, Target: { 'Fn::Sub': `integrations/\${${id}Integration}` }, AuthorizationType: 'NONE', ...routeProperties(key),
      },
    };
    if (isAnswered) {
      resources[`${route}Response`] = {
        Type: 'AWS::ApiGatewayV2::RouteResponse',
        Properties: { ApiId: { Ref: id }, RouteId: { Ref: `${route}Route` }, RouteResponseKey: '$default' },
      };
    }
  }
  return resources;
}

function invocationOf(functionId: string): object {
  return { 'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${functionId}.Arn}/invocations` };
}

function lambda(code: string, recorder: string): Resources[string] {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 10,
      Role: 'arn:aws:iam::111122223333:role/any',
      Code: { ZipFile: code },
      Environment: { Variables: { RECORDER: recorder } },
    },
  };
}

/** @param recorder address to which the functions report their events */
export function templateFor(recorder: string): { readonly Resources: Resources; readonly Outputs: object } {
  const guarded = (key: string) => (key === '$connect' ? { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } } : {});
  const Resources: Resources = {
    Handler: lambda(HANDLER, recorder),
    AuthorizerFunction: lambda(AUTHORIZER, recorder),
    ...api('Api', ROUTES),
    ...api('Bare', { only: true }),
    ...api('Guarded', { $connect: false, $default: true }, guarded),
    Authorizer: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: { Ref: 'Guarded' },
        Name: 'authorizer',
        AuthorizerType: 'REQUEST',
        AuthorizerUri: invocationOf('AuthorizerFunction'),
        IdentitySource: ['route.request.querystring.token'],
      },
    },
  };
  return { Resources, Outputs: Object.fromEntries(['Api', 'Bare', 'Guarded'].map((id) => [id, { Value: { Ref: id } }])) };
}
