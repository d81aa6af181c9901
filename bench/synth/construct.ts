import { App, Stack } from 'aws-cdk-lib';
import { report } from './report';
import { BroadcastWebSocketApi } from '../../src';

const app = new App();
const stack = new Stack(app, 'Chat');
new BroadcastWebSocketApi(stack, 'Api');
report(app, stack);
