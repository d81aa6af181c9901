/*
 * The chat: one construct and its two addresses.
 *
 * On this machine:   npm run chat, or TICKER=on npm run chat for a backend that tells the time every minute
 * In your account:   npx projen bundle && npx projen bundle:pages && cd examples/chat && npx aws-cdk@2.1148.1 deploy
 *                    then serve web/ with any static server, and open it with ?url=<wsUrl>
 */
import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BroadcastWebSocketApi, MessageFormat } from '../../src';

const app = new App();
const stack = new Stack(app, 'BroadcastChat');

const chat = new BroadcastWebSocketApi(stack, 'Chat', {
  // Every message comes with an id and a time: the page needs the one to skip duplicates, the other to show it.
  messageFormat: MessageFormat.ENVELOPE,
  // Who opens the page sees what was said before, and who was away misses nothing. A chat of yours may want to keep its table.
  history: { removalPolicy: RemovalPolicy.DESTROY },
});

if (process.env.TICKER === 'on') {
  const ticker = new NodejsFunction(stack, 'Ticker', {
    entry: join(__dirname, 'ticker.lambda.ts'),
    runtime: Runtime.NODEJS_24_X,
    bundling: { externalModules: [] },
  });
  chat.addPublisher(ticker);
  new Rule(stack, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [new LambdaFunction(ticker)] });
}

new CfnOutput(stack, 'wsUrl', { value: chat.url, description: 'Where clients connect' });
new CfnOutput(stack, 'wsCallbackUrl', { value: chat.callbackUrl, description: 'Where a backend posts to connections' });
