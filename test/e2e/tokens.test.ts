import { CfnOutput } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer, HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Served } from '../../harness/served';
import { CognitoTokenUse, WebSocketJwtAuthorizer } from '../../src';

/*
 * Tokens that the runner makes for tests, and the authorizers that accept them: for a user pool of the app, for one that another app deployed,
 * and for another issuer. None of these issuers is asked for its keys.
 */
const LOGIN = 'https://login.example.com';
const DEPLOYED = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbcDefGhi';
const WHO = 'exports.handler = async ({ requestContext: { authorizer } }) => authorizer.jwt.claims.sub;';

let served: Served<'Access' | 'Id' | 'Login' | 'Deployed'>;

beforeAll(async () => {
  const allowedOrigins = ['https://app.example.com'];
  let pool: UserPool | undefined;
  let idClient: UserPoolClient | undefined;
  served = await Served.start({
    Access: (stack) => {
      pool = new UserPool(stack, 'Pool');
      return { allowedOrigins, authorizer: WebSocketJwtAuthorizer.cognito(pool, [pool.addClient('Page')]) };
    },
    Id: () => {
      idClient = pool!.addClient('Other');
      return { allowedOrigins, authorizer: WebSocketJwtAuthorizer.cognito(pool!, [idClient], { tokenUse: CognitoTokenUse.ID }) };
    },
    Login: () => ({ allowedOrigins, authorizer: new WebSocketJwtAuthorizer({ issuer: LOGIN, audience: ['chat'] }) }),
    Deployed: (stack) => ({
      allowedOrigins,
      authorizer: WebSocketJwtAuthorizer.cognito(
        UserPool.fromUserPoolArn(stack, 'Imported', 'arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_AbcDefGhi'), [UserPoolClient.fromUserPoolClientId(stack, 'Theirs', 'theirs')],
      ),
    }),
  }, (stack) => {
    const handler = new LambdaFunction(stack, 'Who', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(WHO) });
    const http = new HttpApi(stack, 'Http');
    const client = pool!.addClient('Http');
    new CfnOutput(stack, 'HttpClient', { value: client.userPoolClientId });
    new CfnOutput(stack, 'IdClient', { value: idClient!.userPoolClientId });
    for (const [path, authorizer] of Object.entries({
      '/pool': new HttpUserPoolAuthorizer('Pool', pool!, { userPoolClients: [client] }),
      '/login': new HttpJwtAuthorizer('Login', LOGIN, { jwtAudience: ['api'] }),
    })) http.addRoutes({ path, authorizer, integration: new HttpLambdaIntegration(`Who${path.slice(1)}`, handler) });
  }, { issuers: [LOGIN] });
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

const bring = (token: string) => ({ headers: { Origin: 'https://app.example.com' }, protocols: ['chat', token] });

async function who(path: string, token: string): Promise<string> {
  const answer = await fetch(served.local.httpApis[0].url + path, { headers: { Authorization: `Bearer ${token}` } });
  return `${answer.status} ${await answer.text()}`;
}

test('a token without claims is one of the first issuer that the app names', async () => {
  await served.join('Access', bring(served.local.token()));
  expect(await served.refusal('Login', bring(served.local.token()))).toBe(403);
});

test('an ID token of the user pool is for the named client', async () => {
  const aud = audienceOf('Id');
  await served.join('Id', bring(served.local.token({ aud, sub: 'ann' })));
  expect(await served.refusal('Id', bring(served.local.token({ client_id: aud, sub: 'ann' })))).toBe(403);
});

test('a token of another issuer is checked by the keys of the runner', async () => {
  await served.join('Login', bring(served.local.token({ iss: LOGIN })));
  expect(await served.refusal('Login', bring(served.local.token({ iss: LOGIN, exp: 1 })))).toBe(403);
});

test('a token of a user pool of another app is checked by the keys of the runner', async () => {
  await served.join('Deployed', bring(served.local.token({ iss: DEPLOYED })));
});

test('JWT authorizers of HTTP APIs accept the tokens, too', async () => {
  expect(await who('/pool', served.local.token({ client_id: audienceOf('Http'), sub: 'ann' }))).toBe('200 ann');
  expect(await who('/pool', served.local.token({ client_id: 'other' }))).toBe('401 {"message":"Unauthorized"}');
  expect(await who('/login', served.local.token({ iss: LOGIN, aud: 'api', sub: 'bob' }))).toBe('200 bob');
  expect(await who('/login', served.local.token({ iss: LOGIN }))).toBe('401 {"message":"Unauthorized"}');
});

test('no token is made for an issuer that the runner does not replace', () => {
  expect(() => served.local.token({ iss: 'https://other.example.com' }))
    .toThrow("tokens of 'https://other.example.com' are checked by its own keys; pass issuers: ['https://other.example.com'] to startLocal");
});

/** Returns the id of a client of the user pool. */
function audienceOf(client: 'Id' | 'Http'): string {
  return served.local.outputs[`Served.${client}Client`];
}
