package com.example;

import io.github.cdkbroadcastwebsocketapi.BroadcastWebSocketApi;
import io.github.cdkbroadcastwebsocketapi.ChannelAccess;
import io.github.cdkbroadcastwebsocketapi.ChannelOptions;
import io.github.cdkbroadcastwebsocketapi.FanOut;
import io.github.cdkbroadcastwebsocketapi.MessageFormat;
import io.github.cdkbroadcastwebsocketapi.QueuedFanOutOptions;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.Metric;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;

public final class BroadcastApp {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Broadcast");

        BroadcastWebSocketApi chat = BroadcastWebSocketApi.Builder.create(stack, "Chat")
                .messageFormat(MessageFormat.ENVELOPE)
                .connectionTtl(Duration.hours(4))
                .fanOut(FanOut.queued(QueuedFanOutOptions.builder().workers(4).build()))
                .publishAccess(ChannelAccess.anyone())
                .removalPolicy(RemovalPolicy.DESTROY)
                .build();
        chat.addChannels("room:*", ChannelOptions.builder().publishAccess(ChannelAccess.subscribers()).build());

        Role backend = Role.Builder.create(stack, "Backend")
                .assumedBy(new ServicePrincipal("ec2.amazonaws.com"))
                .build();
        chat.grantPublish(backend);

        Metric failed = chat.metricFailed(MetricOptions.builder().period(Duration.minutes(1)).build());
        Alarm.Builder.create(stack, "FailedDeliveries").metric(failed).threshold(1).evaluationPeriods(1).build();

        CfnOutput.Builder.create(stack, "Url").value(chat.getUrl()).build();
        app.synth();
    }
}
