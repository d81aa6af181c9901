import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnPolicy, User } from 'aws-cdk-lib/aws-iam';
import { ACCOUNT, REGION } from './ministack';
import { BroadcastWebSocketApi, FanOut, MessageFormat, MessageRateLimit, type BroadcastWebSocketApiProps } from '../../../src';

/*
 * The stacks that are deployed to MiniStack: messages delivered at once, messages delivered through queues, and a stack whose functions lack a
 * permission. MiniStack has no route responses and sends another `connectedAt` with each event: hence no heartbeat, and no rate per connection.
 */
const app = new App();
const env = { account: ACCOUNT, region: REGION };

function stackWith(name: string, props: BroadcastWebSocketApiProps): BroadcastWebSocketApi {
  const stack = new Stack(app, name, { env });
  const api = new BroadcastWebSocketApi(stack, 'Chat', {
    heartbeat: false, messageRateLimit: MessageRateLimit.unlimited(), messageFormat: MessageFormat.ENVELOPE, ...props,
  });
  new CfnOutput(stack, 'Url', { value: api.url });
  new CfnOutput(stack, 'CallbackUrl', { value: api.callbackUrl });
  return api;
}

const direct = stackWith('Direct', {});
for (const name of ['Backend', 'Stranger']) {
  const stack = Stack.of(direct);
  const user = new User(stack, name);
  if (name === 'Backend') direct.grantManageConnections(user);
  new CfnOutput(stack, `${name}Name`, { value: user.userName });
}

const queued = stackWith('Queued', { fanOut: FanOut.queued() });
new CfnOutput(Stack.of(queued), 'QueueUrl', { value: queued.broadcastQueue.queueUrl });

const denied = stackWith('Denied', { fanOut: FanOut.queued() });
for (const policy of Stack.of(denied).node.findAll().filter((node): node is CfnPolicy => node instanceof CfnPolicy)) {
  const document = Stack.of(denied).resolve(policy.policyDocument) as { Statement: { Action: string | string[] }[] };
  policy.policyDocument = { ...document, Statement: document.Statement.filter(({ Action }) => Action !== 'execute-api:ManageConnections') };
}

app.synth();
