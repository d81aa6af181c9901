/*
 * A live dashboard: a function measures on a schedule and publishes each value; every open page draws it.
 *
 * On this machine:   npm run dashboard, where a minute takes five seconds
 * In your account:   npx projen bundle && npx projen bundle:pages && cd examples/dashboard && npx aws-cdk@2.1148.1 deploy
 *                    then serve web/ with any static server, and open it with ?url=<wsUrl>
 */
import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat } from '../../src';

const app = new App();
const stack = new Stack(app, 'BroadcastDashboard');

const dashboard = new BroadcastWebSocketApi(stack, 'Dashboard', {
  // Pages only receive: API Gateway refuses what they send.
  publishAccess: ChannelAccess.nobody(),
  // Values of the same second share a frame for each page, which is billed once. In return they are up to a second late.
  messageFormat: MessageFormat.BATCH,
  fanOut: FanOut.queued({ batchSize: 100, maxBatchingWindow: Duration.seconds(1) }),
  // A new page shows the last ten minutes at once.
  history: { removalPolicy: RemovalPolicy.DESTROY },
});

const measure = new NodejsFunction(stack, 'Measure', {
  entry: join(__dirname, 'measure.lambda.ts'),
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  timeout: Duration.seconds(10),
  bundling: { externalModules: [] },
  environment: { CONNECTIONS_TABLE_NAME: dashboard.connectionsTable.tableName },
});
dashboard.connectionsTable.grantReadData(measure);
dashboard.addPublisher(measure);
new Rule(stack, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [new LambdaFunction(measure)] });

new CfnOutput(stack, 'wsUrl', { value: dashboard.url, description: 'Address for the page' });
