module example.com/broadcast

go 1.26.0

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.275.0
	github.com/aws/jsii-runtime-go v1.142.0
	github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api-go/cdkbroadcastwebsocketapi v0.0.0
)
