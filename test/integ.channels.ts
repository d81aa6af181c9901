import * as path from 'node:path';
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat } from '../src';
import { type Frames, type Request } from './integ/two-clients.lambda';

/* A message to a channel reaches exactly its members; the sender gets an answer. */

const app = new App();
const stack = new Stack(app, 'BroadcastWebSocketApiChannelsInteg');

const options = { messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.nobody() };
const direct = new BroadcastWebSocketApi(stack, 'Direct', options);
const queued = new BroadcastWebSocketApi(stack, 'Queued', { ...options, fanOut: FanOut.queued() });
for (const api of [direct, queued]) {
  api.addChannels('room:*');
  void api.disconnectQueue;
}

const twoClients = new NodejsFunction(stack, 'TwoClients', {
  entry: path.join(__dirname, 'integ', 'two-clients.lambda.ts'),
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  memorySize: 512,
  timeout: Duration.seconds(60),
});

const integ = new IntegTest(app, 'Channels', { testCases: [stack] });

const ACK = Match.stringLikeRegexp('^\\{"type":"ack","ref":"1","id":"[\\w-]{22}"');
const MESSAGE = Match.stringLikeRegexp('^\\{"type":"message",.*"message":"hello","channel":"room:1"\\}$');

function expectFrames(api: BroadcastWebSocketApi, otherChannel: string, frames: { [client in keyof Frames]: unknown }): void {
  const request: Request = {
    url: `${api.url}?channel=room:1`,
    otherUrl: `${api.url}?channel=${otherChannel}`,
    message: '{"action":"publish","ref":"1","channel":"room:1","message":"hello"}',
  };
  integ.assertions
    .invokeFunction({ functionName: twoClients.functionName, payload: JSON.stringify(request) })
    .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(frames) }))
    // A stage that was created a moment ago does not answer everywhere yet.
    .waitForAssertions({ interval: Duration.seconds(15), totalTimeout: Duration.minutes(5) });
}

for (const api of [direct, queued]) {
  expectFrames(api, 'room:1', { sender: Match.arrayWith([ACK]), other: [MESSAGE] });
  expectFrames(api, 'room:2', { sender: Match.arrayWith([ACK]), other: [] });
}
