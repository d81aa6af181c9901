import * as path from 'node:path';
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BroadcastWebSocketApi, WebSocketJwtAuthorizer } from '../src';
import { type Outcome, type Request } from './integ/signed-in-client.lambda';

/* Users of a Cognito user pool may connect from one origin, and are shown by their names; all other clients are refused. */

const ORIGIN = 'https://chat.example.com';

const app = new App();
const stack = new Stack(app, 'BroadcastWebSocketApiAuthorizerInteg');

const runtime = Runtime.NODEJS_24_X;
const users = new UserPool(stack, 'Users', {
  selfSignUpEnabled: true,
  removalPolicy: RemovalPolicy.DESTROY,
  lambdaTriggers: {
    // Nobody could read a mail with a code.
    preSignUp: new LambdaFunction(stack, 'Confirm', {
      runtime,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async (event) => ({ ...event, response: { autoConfirmUser: true } });'),
    }),
  },
});
const page = users.addClient('Page', { authFlows: { userPassword: true } });

const api = new BroadcastWebSocketApi(stack, 'Guarded', {
  authorizer: WebSocketJwtAuthorizer.cognito(users, [page]),
  allowedOrigins: [ORIGIN],
  senderNameKey: 'username',
});

const signedInClient = new NodejsFunction(stack, 'SignedInClient', {
  entry: path.join(__dirname, 'integ', 'signed-in-client.lambda.ts'),
  runtime,
  architecture: Architecture.ARM_64,
  memorySize: 512,
  timeout: Duration.seconds(60),
});

const request: Request = {
  url: api.url,
  origin: ORIGIN,
  cognito: `https://cognito-idp.${stack.region}.${stack.urlSuffix}`,
  clientId: page.userPoolClientId,
  message: 'hello',
};
const expected: { [member in keyof Outcome]: unknown } = {
  subprotocol: 'chat',
  frames: [Match.stringLikeRegexp('^\\{"message":"ann-[0-9a-f-]+ says: hello"\\}$')],
  refused: ['no token', 'a token that was changed', 'another origin', 'no origin'],
};

new IntegTest(app, 'Authorizer', { testCases: [stack] }).assertions
  .invokeFunction({ functionName: signedInClient.functionName, payload: JSON.stringify(request) })
  .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(expected) }))
  // A stage that was created a moment ago does not answer everywhere yet.
  .waitForAssertions({ interval: Duration.seconds(15), totalTimeout: Duration.minutes(5) });
