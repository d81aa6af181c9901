from aws_cdk import App, CfnOutput, Stack
from cdk_broadcast_websocket_api import BroadcastWebSocketApi, MessageFormat

app = App()
stack = Stack(app, "Chat")
chat = BroadcastWebSocketApi(stack, "Api", message_format=MessageFormat.ENVELOPE)
CfnOutput(stack, "Url", value=chat.url)
app.synth()
