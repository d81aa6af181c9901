import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat } from 'cdk-broadcast-websocket-api';

const app = new App();
const stack = new Stack(app, 'Broadcast');

const chat = new BroadcastWebSocketApi(stack, 'Chat', {
  messageFormat: MessageFormat.ENVELOPE,
  connectionTtl: Duration.hours(4),
  fanOut: FanOut.queued({ workers: 4 }),
  publishAccess: ChannelAccess.anyone(),
  removalPolicy: RemovalPolicy.DESTROY,
});
chat.addChannels('room:*', { publishAccess: ChannelAccess.subscribers() });

const backend = new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
chat.grantPublish(backend);

const failed = chat.metricFailed({ period: Duration.minutes(1) });
new Alarm(stack, 'FailedDeliveries', { metric: failed, threshold: 1, evaluationPeriods: 1 });

new CfnOutput(stack, 'Url', { value: chat.url });
app.synth();
