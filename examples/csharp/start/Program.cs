using Amazon.CDK;
using CdkBroadcastWebsocketApi;

var app = new App();
var stack = new Stack(app, "Chat");
var chat = new BroadcastWebSocketApi(stack, "Api", new BroadcastWebSocketApiProps { MessageFormat = MessageFormat.ENVELOPE });
_ = new CfnOutput(stack, "Url", new CfnOutputProps { Value = chat.Url });
app.Synth();
