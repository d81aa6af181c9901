import * as cdk from 'aws-cdk-lib';
import { App, Aspects, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, WebSocketJwtAuthorizer } from '../../../src';
import { resourceOf, resourcesOf } from '../../construct-fixture';

interface Rule {
  readonly id: string;
  readonly reason: string;
}

/** Turns on every feature. */
function everything(stack: Stack): BroadcastWebSocketApiProps {
  const options = { tracing: Tracing.ACTIVE, vpc: new Vpc(stack, 'Vpc'), reservedConcurrentExecutions: 10 };
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111111111111:certificate/x');
  return {
    authorizer: new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'], handlerOptions: options }),
    allowedOrigins: ['https://app.example.com'],
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
    accessLogs: { createAccountRole: true },
    domainMapping: { domainName: new DomainName(stack, 'Domain', { domainName: 'chat.example.com', certificate }) },
    connectionHandlerOptions: options,
    messageHandlerOptions: options,
    deliveryHandlerOptions: options,
  };
}

const STACKS: [string, (stack: Stack) => BroadcastWebSocketApiProps, boolean][] = [
  ['without props', () => ({}), false],
  ['that is published to', () => ({}), true],
  ['with everything on', everything, true],
  ['with everything on, by a queue', (stack) => ({ ...everything(stack), fanOut: FanOut.queued() }), true],
];

function findings(propsOf: (stack: Stack) => BroadcastWebSocketApiProps, use: (api: BroadcastWebSocketApi) => void): string[] {
  const app = new App();
  const stack = new Stack(app, 'Test');
  const api = new BroadcastWebSocketApi(stack, 'Api', propsOf(stack));
  use(api);
  Aspects.of(app).add(new AwsSolutionsChecks());
  const annotations = Annotations.fromStack(stack);
  // Other resources of the stack are the user's, except the account's role.
  return [...annotations.findError('*', Match.stringLikeRegexp('AwsSolutions')), ...annotations.findWarning('*', Match.stringLikeRegexp('AwsSolutions'))]
    .filter(({ id }) => /^\/Test\/(Api|BroadcastWebSocketApiGatewayAccount)/.test(id))
    .map(({ id, entry }) => `${id}: ${String(entry.data)}`);
}

test.each(STACKS)('AwsSolutions finds nothing in an API %s that has no reason', (_what, propsOf, publishes) => {
  expect(findings(propsOf, (api) => {
    if (publishes) void api.broadcastQueue;
    api.addAlarms();
    api.addDashboard();
  })).toEqual([]);
});

test.each<[string, (stack: Stack) => BroadcastWebSocketApiProps]>([
  ['an API', () => ({})], ['an API with a key and users', (stack) => ({ ...everything(stack), userIdKey: 'sub', fanOut: FanOut.queued() })],
])('nor in one with channels and kicks, added late to %s', (_what, propsOf) => {
  expect(findings((stack) => ({ ...propsOf(stack), publishAccess: ChannelAccess.nobody() }), (api) => {
    void [api.broadcastQueue, api.disconnectQueue];
    api.addChannels('room:*');
    api.addChannels('news', { publishAccess: ChannelAccess.nobody() });
  })).toEqual([]);
});

test('what users add to the role of a function is found', () => {
  const found = findings(() => ({}), ({ messageHandler }) => messageHandler.addToRolePolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] })));
  expect(found.join()).toMatch(/IAM5\[Action::s3:\*\]/);
  expect(found.join()).toMatch(/IAM5\[Resource::\*\]/);
});

test('only what is off by default, or cannot be narrower, has a reason', () => {
  const rulesOf = (propsOf: (stack: Stack) => BroadcastWebSocketApiProps) => {
    const stack = new Stack(new App(), 'Test');
    new BroadcastWebSocketApi(stack, 'Api', propsOf(stack));
    const resources = Object.values(Template.fromStack(stack).toJSON().Resources) as { Metadata?: { cdk_nag?: { rules_to_suppress: Rule[] } } }[];
    const rules = resources.flatMap(({ Metadata }) => Metadata?.cdk_nag?.rules_to_suppress ?? []);
    for (const { reason } of rules) expect(reason.length).toBeGreaterThan(20);
    return [...new Set(rules.map(({ id }) => id.replace('AwsSolutions-', '')))].sort();
  };
  expect(rulesOf(() => ({}))).toEqual(['APIG1', 'APIG4', 'DDB3', 'IAM4', 'IAM5']);
  expect(rulesOf(everything)).toEqual(['APIG4', 'DDB3', 'IAM4', 'IAM5']);
});

test('a route that the authorizer guards needs no reason', () => {
  const stack = new Stack(new App(), 'Test');
  const api = new BroadcastWebSocketApi(stack, 'Api', everything(stack));
  const explained = resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter((route) => 'Metadata' in route).map(({ Properties }) => Properties.RouteKey as string);
  expect(explained.sort()).toEqual(['$default', '$disconnect', 'ping']);
});

/** Runs with another `Validations` than that of the installed aws-cdk-lib, if it has any. */
function withValidations(validations: PropertyDescriptor, run: () => void): void {
  const library = cdk as unknown as Record<string, unknown>;
  const had = Object.getOwnPropertyDescriptor(library, 'Validations');
  Object.defineProperty(library, 'Validations', { configurable: true, ...validations });
  try {
    run();
  } finally {
    if (had) Object.defineProperty(library, 'Validations', had);
    else delete library.Validations;
  }
}

test('for cdk-nag 3, Validations acknowledges the same, each finding by its whole name', () => {
  const acknowledged: (Rule & { path: string })[] = [];
  const of = (scope: cdk.CfnResource) => ({
    acknowledge: (...rules: Rule[]) => acknowledged.push(...rules.map((rule) => ({ path: scope.node.path, ...rule }))),
  });
  withValidations({ value: { of } }, () => {
    const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
    new BroadcastWebSocketApi(stack, 'Api');
  });
  const ids = (path: string) => acknowledged.filter((rule) => rule.path === path).map(({ id }) => id);
  expect(ids('Test/Api/Stage')).toEqual(['AwsSolutions-APIG1']);
  expect(ids('Test/Api/Connections')).toEqual(['AwsSolutions-DDB3']);
  expect(ids('Test/Api/MessageHandler/ServiceRole'))
    .toContain('AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]');
  expect(ids('Test/Api/MessageHandler/ServiceRole/DefaultPolicy')).toEqual([
    expect.stringMatching(/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:execute-api:eu-west-1:111111111111:<Api[0-9A-F]+>\/prod\/POST\/@connections\/\*\]$/),
  ]);
});

describe('an explanation never keeps an app from synthesising', () => {
  const refuse = (): never => {
    throw new Error('refused');
  };
  const templateWith = (validations: PropertyDescriptor) => {
    let template: unknown;
    withValidations(validations, () => {
      const stack = new Stack(new App(), 'Test');
      new BroadcastWebSocketApi(stack, 'Api', everything(stack)).addAlarms();
      template = Template.fromStack(stack).toJSON();
    });
    return template;
  };

  test.each<[string, PropertyDescriptor]>([
    ['has no acknowledge (2.251)', { value: { of: () => ({}) } }],
    ['refuses some ids (2.252 to 2.268)', { value: { of: () => ({ acknowledge: ({ id }: Rule) => id.split('::').length > 2 && refuse() }) } }],
    ['refuses all ids', { value: { of: () => ({ acknowledge: refuse }) } }],
    ['refuses constructs', { value: { of: refuse } }],
    ['has no of', { value: {} }],
    ['is null', { value: null }],
    ['cannot be loaded', { get: refuse }],
  ])('with a Validations that %s: the template is the same', (_what, validations) => {
    expect(templateWith(validations)).toEqual(templateWith({ value: undefined }));
  });

  test('of a refused id: the others are acknowledged', () => {
    const acknowledged: string[] = [];
    const acknowledge = ({ id }: Rule) => id.includes('BasicExecution') ? refuse() : acknowledged.push(id);
    templateWith({ value: { of: () => ({ acknowledge }) } });
    expect(acknowledged).toEqual(expect.arrayContaining([expect.stringContaining('AWSLambdaVPCAccessExecutionRole'), 'AwsSolutions-DDB3']));
  });

  test('of a statement that cannot be resolved yet', () => {
    let isKnown = false;
    const tableArn = Lazy.string({ produce: () => isKnown ? 'arn:aws:dynamodb:eu-west-1:111111111111:table/connections' : refuse() });
    const stack = new Stack(new App(), 'Test');
    new BroadcastWebSocketApi(stack, 'Api', { connectionsTable: Table.fromTableAttributes(stack, 'Table', { tableArn }) });
    isKnown = true;
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).toHaveLength(2);
  });

  test.each([
    ['a list known at the deployment', Fn.join('/', Fn.split(',', Fn.importValue('Parts')))],
    ['an intrinsic function', Fn.importValue('TableArn')],
  ])('of a resource that is %s, and ours keeps its reason', (_what, tableArn) => {
    const stack = new Stack(new App(), 'Test');
    const api = new BroadcastWebSocketApi(stack, 'Api', { connectionsTable: Table.fromTableAttributes(stack, 'Table', { tableArn }) });
    const policy = resourceOf(api.messageHandler.role!.node.findChild('DefaultPolicy')) as unknown as { Metadata?: object };
    expect(JSON.stringify(policy.Metadata)).toContain('/POST/@connections/*');
  });
});
