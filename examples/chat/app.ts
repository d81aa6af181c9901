/*
 * The chat: one construct and its two addresses.
 *
 * On this machine:   npm run chat
 * In your account:   npx projen bundle && npx projen bundle:page && cd examples/chat && npx aws-cdk@2.1148.1 deploy
 *                    then serve web/ with any static server, and open it with ?url=<wsUrl>
 */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { BroadcastWebSocketApi, MessageFormat } from '../../src';

const app = new App();
const stack = new Stack(app, 'BroadcastChat');

const chat = new BroadcastWebSocketApi(stack, 'Chat', {
  // Every message comes with an id and a time: the page needs the one to skip duplicates, the other to sort.
  messageFormat: MessageFormat.ENVELOPE,
});

new CfnOutput(stack, 'wsUrl', { value: chat.url, description: 'Where clients connect' });
new CfnOutput(stack, 'wsCallbackUrl', { value: chat.callbackUrl, description: 'Where a backend posts to connections' });
