import { Match, Template } from 'aws-cdk-lib/assertions';
import { eachPermission, logicalId } from './construct-fixture';
import { channelPublishers, publishers } from './docs/recipes';

/* The recipes of docs/recipes.md, run as written. test/e2e/recipes.test.ts shows the messages that clients receive. */

const { stack, api } = publishers();
const template = Template.fromStack(stack);
const queueArn = { 'Fn::GetAtt': [logicalId(api.broadcastQueue), 'Arn'] };

function maySend(role: RegExp): void {
  const policies = template.findResources('AWS::IAM::Policy');
  const own = Object.values(policies).filter(({ Properties }) => role.test(JSON.stringify(Properties.Roles)));
  expect(own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement)).toContainEqual({
    Action: 'sqs:SendMessage', Effect: 'Allow', Resource: queueArn,
  });
}

test('a function may publish, and knows where', () => {
  maySend(/Backend/);
  template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { BROADCAST_QUEUE_URL: { Ref: logicalId(api.broadcastQueue) } } } });
});

test('rules and schedules reach the queue, and EventBridge is let in', () => {
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)', Targets: [Match.objectLike({ Arn: queueArn })] });
  template.hasResourceProperties('AWS::Events::Rule', { EventPattern: { source: ['orders'] }, Targets: [Match.objectLike({ Arn: queueArn })] });
  letsIn('events.amazonaws.com');
});

test('a topic delivers raw, and SNS is let in', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'sqs', RawMessageDelivery: true, Endpoint: queueArn });
  letsIn('sns.amazonaws.com');
});

test('a pipe may publish', () => {
  maySend(/PipeRole/);
  template.hasResourceProperties('AWS::Pipes::Pipe', { Target: queueArn });
});

test('a state machine may publish', () => {
  maySend(/Workflow/);
});

/** Expects a policy for that service, limited to the publishing resource. */
function letsIn(service: string): void {
  const [policy] = Object.values(template.findResources('AWS::SQS::QueuePolicy', { Properties: { Queues: [{ Ref: logicalId(api.broadcastQueue) }] } }));
  const statements: { Principal: { Service?: string }; Condition: unknown; Action: string | string[] }[] = policy.Properties.PolicyDocument.Statement;
  const own = statements.filter(({ Principal }) => Principal.Service === service);
  expect(own.length).toBeGreaterThan(0);
  for (const { Action, Condition } of own) {
    expect(Action).toContain('sqs:SendMessage');
    expect(JSON.stringify(Condition)).toContain('aws:SourceArn');
  }
}

describe('with a target', () => {
  const { stack: channelStack, api: channelApi } = channelPublishers();
  const channels = Template.fromStack(channelStack);
  const [machine] = Object.values(channels.findResources('AWS::StepFunctions::StateMachine'));
  const definition = machine.Properties.DefinitionString['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');

  test('a state machine sends each message with its attribute', () => {
    expect(definition).toContain('aws-sdk:sqs:sendMessage');
    expect(definition).toContain('"MessageAttributes":{"to":{"DataType":"String","StringValue.$":"$.to"}}');
    expect(definition).toContain('"MessageBody.$":"States.JsonToString($.message)"');
    const policies = Object.values(channels.findResources('AWS::IAM::Policy')).filter(({ Properties }) => /Publish/.test(JSON.stringify(Properties.Roles)));
    expect(eachPermission(policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement))).toContainEqual({
      Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [logicalId(channelApi.broadcastQueue), 'Arn'] },
    });
  });

  test('rules and pipes, which set no attributes of a queue, start it with a list', () => {
    const [rule] = Object.values(channels.findResources('AWS::Events::Rule'));
    const [{ InputTransformer: { InputTemplate } }] = rule.Properties.Targets;
    expect(InputTemplate).toBe('[{"to":"channel:order:<detail-order>","message":{"status":<detail-status>}}]');
    const [pipe] = Object.values(channels.findResources('AWS::Pipes::Pipe'));
    expect(JSON.parse(pipe.Properties.TargetParameters.InputTemplate.replace(/<[^>]+>/g, '1'))).toEqual({ to: 'channel:price:1', message: { price: 1 } });
  });

  test('a topic hands its attributes on, since it delivers raw', () => {
    channels.hasResourceProperties('AWS::SNS::Subscription', { RawMessageDelivery: true });
  });
});
