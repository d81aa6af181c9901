import * as path from 'node:path';
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BroadcastWebSocketApi, MessageFormat } from '../src';
import { type Frames, type Request } from './integ/two-clients.lambda';

/* A message reaches every connection; with `excludeSender`, every one except the sender's. */

const app = new App();
const stack = new Stack(app, 'BroadcastWebSocketApiInteg');

const plain = new BroadcastWebSocketApi(stack, 'Plain');
const excluding = new BroadcastWebSocketApi(stack, 'Excluding', { excludeSender: true, messageFormat: MessageFormat.RAW });

const twoClients = new NodejsFunction(stack, 'TwoClients', {
  entry: path.join(__dirname, 'integ', 'two-clients.lambda.ts'),
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  memorySize: 512,
  timeout: Duration.seconds(60),
});

const integ = new IntegTest(app, 'Broadcast', { testCases: [stack] });

function expectFrames(api: BroadcastWebSocketApi, frames: { [client in keyof Frames]: unknown[] }): void {
  const request: Request = { url: api.url, message: 'hello' };
  integ.assertions
    .invokeFunction({ functionName: twoClients.functionName, payload: JSON.stringify(request) })
    .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(frames) }))
    // A stage that was created a moment ago does not answer everywhere yet.
    .waitForAssertions({ interval: Duration.seconds(15), totalTimeout: Duration.minutes(5) });
}

const attributed = Match.stringLikeRegexp('^\\{"message":"[^"]+ says: hello"\\}$');
expectFrames(plain, { sender: [attributed], other: [attributed] });
expectFrames(excluding, { sender: [], other: ['hello'] });
