package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	broadcast "github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api-go/cdkbroadcastwebsocketapi"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Chat"), nil)
	chat := broadcast.NewBroadcastWebSocketApi(stack, jsii.String("Api"), &broadcast.BroadcastWebSocketApiProps{
		MessageFormat: broadcast.MessageFormat_ENVELOPE(),
	})
	awscdk.NewCfnOutput(stack, jsii.String("Url"), &awscdk.CfnOutputProps{Value: chat.Url()})
	app.Synth(nil)
}
