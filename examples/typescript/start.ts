import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { BroadcastWebSocketApi, MessageFormat } from 'cdk-broadcast-websocket-api';

const app = new App();
const stack = new Stack(app, 'Chat');
const chat = new BroadcastWebSocketApi(stack, 'Api', { messageFormat: MessageFormat.ENVELOPE });
new CfnOutput(stack, 'Url', { value: chat.url });
