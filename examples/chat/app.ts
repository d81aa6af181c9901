/*
 * The chat: rooms, direct messages and presence, with one construct.
 *
 * On this machine:   npm run chat
 *                    TICKER=on npm run chat, with a backend that announces the time every minute
 *                    BUSY=on npm run chat, for rooms with many messages: they wait for one another, and share frames
 * In your account:   npx projen bundle && npx projen bundle:pages && cd examples/chat && npx aws-cdk@2.1148.1 deploy
 *                    then serve web/ with any static server, and open it with ?url=<wsUrl>
 *
 * It is for trying, not for production: names are not verified. See names.lambda.ts.
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
  // Envelopes have an id, by which the page skips duplicates, and a time, which it shows.
  messageFormat: busy ? MessageFormat.BATCH : MessageFormat.ENVELOPE,
  fanOut: busy ? FanOut.queued() : FanOut.direct(),
  // A new member of a room sees earlier messages, and a returning one misses nothing. Your own chat may want to keep its table.
  history: { removalPolicy: RemovalPolicy.DESTROY },
  // Your own chat has users who sign in: use a WebSocketJwtAuthorizer instead.
  authorizer: new WebSocketLambdaAuthorizer('Names', lambda('Names', 'names.lambda.ts'), { identitySource: ['route.request.querystring.name'] }),
  userIdKey: 'userId',
  senderNameKey: 'name',
  // Only backends write to all connections.
  publishAccess: ChannelAccess.nobody(),
});
// Any page may connect: the only credential is the name in the address, and no browser adds it by itself.
Annotations.of(chat).acknowledgeWarning('cdk-broadcast-websocket-api:authorizerWithoutAllowedOrigins');
chat.addChannels('room:*', { presence: {} }); // Everybody may join any room, and write to the rooms they are in.
chat.addChannels('user:*', { publishAccess: ChannelAccess.anyone() }); // Direct messages go to one user, who alone reads them.

if (process.env.TICKER === 'on') {
  const ticker = lambda('Ticker', 'ticker.lambda.ts');
  chat.addPublisher(ticker);
  new Rule(stack, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [new LambdaFunction(ticker)] });
}

new CfnOutput(stack, 'wsUrl', { value: chat.url, description: 'Address for clients' });
new CfnOutput(stack, 'wsCallbackUrl', { value: chat.callbackUrl, description: 'Address at which a backend posts to connections' });
