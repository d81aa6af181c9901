using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.IAM;
using CdkBroadcastWebsocketApi;

var app = new App();
var stack = new Stack(app, "Broadcast");

var chat = new BroadcastWebSocketApi(stack, "Chat", new BroadcastWebSocketApiProps
{
    MessageFormat = MessageFormat.ENVELOPE,
    ConnectionTtl = Duration.Hours(4),
    FanOut = FanOut.Queued(new QueuedFanOutOptions { Workers = 4 }),
    PublishAccess = ChannelAccess.Anyone(),
    RemovalPolicy = RemovalPolicy.DESTROY,
});
chat.AddChannels("room:*", new ChannelOptions { PublishAccess = ChannelAccess.Subscribers() });

var backend = new Role(stack, "Backend", new RoleProps { AssumedBy = new ServicePrincipal("ec2.amazonaws.com") });
chat.GrantPublish(backend);

var failed = chat.MetricFailed(new MetricOptions { Period = Duration.Minutes(1) });
_ = new Alarm(stack, "FailedDeliveries", new AlarmProps { Metric = failed, Threshold = 1, EvaluationPeriods = 1 });

_ = new CfnOutput(stack, "Url", new CfnOutputProps { Value = chat.Url });
app.Synth();
