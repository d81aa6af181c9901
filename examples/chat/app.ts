/*
 * The chat: rooms, direct messages and who is there, by one construct.
 *
 * On this machine:   npm run chat
 *                    TICKER=on npm run chat, for a backend that tells everybody the time each minute
 *                    BUSY=on npm run chat, for rooms with many messages: they wait for each other, and share frames
 * In your account:   npx projen bundle && npx projen bundle:pages && cd examples/chat && npx aws-cdk@2.1148.1 deploy
 *                    then serve web/ with any static server, and open it with ?url=<wsUrl>
 *
 * It is for trying, not for production: nobody proves who they are. See names.lambda.ts.
 */
import { join } from 'node:path';
import { Annotations, App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat } from '../../src';

const app = new App();
const stack = new Stack(app, 'BroadcastChat');

const lambda = (id: string, file: string) => new NodejsFunction(stack, id, {
  entry: join(__dirname, file),
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  bundling: { externalModules: [] },
});

const busy = process.env.BUSY === 'on';
const chat = new BroadcastWebSocketApi(stack, 'Chat', {
  // Every message comes with an id and a time: the page needs the one to skip duplicates, the other to show it.
  messageFormat: busy ? MessageFormat.BATCH : MessageFormat.ENVELOPE,
  fanOut: busy ? FanOut.queued() : FanOut.direct(),
  // Who opens a room sees what was said before, and who was away misses nothing. A chat of yours may want to keep its table.
  history: { removalPolicy: RemovalPolicy.DESTROY },
  // A chat of yours has users who sign in: replace this by a WebSocketJwtAuthorizer.
  authorizer: new WebSocketLambdaAuthorizer('Names', lambda('Names', 'names.lambda.ts'), { identitySource: ['route.request.querystring.name'] }),
  userIdKey: 'userId',
  senderNameKey: 'name',
  // To all connections: backends only.
  publishAccess: ChannelAccess.nobody(),
});
// Any page may connect: the name in the address is all that it has, and no browser adds it by itself.
Annotations.of(chat).acknowledgeWarning('cdk-broadcast-websocket-api:authorizerWithoutAllowedOrigins');
chat.addChannels('room:*', { presence: {} }); // everybody may open a room, join any, and write to those that they are in
chat.addChannels('user:*', { publishAccess: ChannelAccess.anyone() }); // direct messages: to one user, who alone reads them

if (process.env.TICKER === 'on') {
  const ticker = lambda('Ticker', 'ticker.lambda.ts');
  chat.addPublisher(ticker);
  new Rule(stack, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [new LambdaFunction(ticker)] });
}

new CfnOutput(stack, 'wsUrl', { value: chat.url, description: 'Where clients connect' });
new CfnOutput(stack, 'wsCallbackUrl', { value: chat.callbackUrl, description: 'Where a backend posts to connections' });
