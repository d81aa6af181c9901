from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk.aws_cloudwatch import Alarm
from aws_cdk.aws_iam import Role, ServicePrincipal
from cdk_broadcast_websocket_api import BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat

app = App()
stack = Stack(app, "Broadcast")

chat = BroadcastWebSocketApi(
    stack,
    "Chat",
    message_format=MessageFormat.ENVELOPE,
    connection_ttl=Duration.hours(4),
    fan_out=FanOut.queued(workers=4),
    publish_access=ChannelAccess.anyone(),
    removal_policy=RemovalPolicy.DESTROY,
)
chat.add_channels("room:*", publish_access=ChannelAccess.subscribers())

backend = Role(stack, "Backend", assumed_by=ServicePrincipal("ec2.amazonaws.com"))
chat.grant_publish(backend)

failed = chat.metric_failed(period=Duration.minutes(1))
Alarm(stack, "FailedDeliveries", metric=failed, threshold=1, evaluation_periods=1)

CfnOutput(stack, "Url", value=chat.url)
app.synth()
