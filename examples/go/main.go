package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
	broadcast "github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api-go/cdkbroadcastwebsocketapi"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Broadcast"), nil)

	chat := broadcast.NewBroadcastWebSocketApi(stack, jsii.String("Chat"), &broadcast.BroadcastWebSocketApiProps{
		MessageFormat: broadcast.MessageFormat_ENVELOPE(),
		ConnectionTtl: awscdk.Duration_Hours(jsii.Number(4)),
		FanOut:        broadcast.FanOut_Queued(&broadcast.QueuedFanOutOptions{Workers: jsii.Number(4)}),
		PublishAccess: broadcast.ChannelAccess_Anyone(),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	chat.AddChannels(jsii.String("room:*"), &broadcast.ChannelOptions{PublishAccess: broadcast.ChannelAccess_Subscribers()})

	backend := awsiam.NewRole(stack, jsii.String("Backend"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("ec2.amazonaws.com"), nil),
	})
	chat.GrantPublish(backend)

	awscloudwatch.NewAlarm(stack, jsii.String("FailedDeliveries"), &awscloudwatch.AlarmProps{
		Metric:            chat.MetricFailed(&awscloudwatch.MetricOptions{Period: awscdk.Duration_Minutes(jsii.Number(1))}),
		Threshold:         jsii.Number(1),
		EvaluationPeriods: jsii.Number(1),
	})

	awscdk.NewCfnOutput(stack, jsii.String("Url"), &awscdk.CfnOutputProps{Value: chat.Url()})
	app.Synth(nil)
}
