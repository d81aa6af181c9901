package com.example;

import io.github.cdkbroadcastwebsocketapi.BroadcastWebSocketApi;
import io.github.cdkbroadcastwebsocketapi.MessageFormat;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;

public final class Start {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Chat");
        BroadcastWebSocketApi chat = BroadcastWebSocketApi.Builder.create(stack, "Api").messageFormat(MessageFormat.ENVELOPE).build();
        CfnOutput.Builder.create(stack, "Url").value(chat.getUrl()).build();
        app.synth();
    }
}
