import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Duration, NestedStack, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { environmentOf, logicalId, newApi, newStack, resourceOf, resourcesOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, type HandlerOptions, MessageFormat } from '../src';
import { ATTRIBUTE, ENV } from '../src/private/contract';

const RECOMMENDED_FLAGS = JSON.parse(
  fs.readFileSync(path.join(path.dirname(require.resolve('aws-cdk-lib/package.json')), 'recommended-feature-flags.json'), 'utf8'),
);

describe.each([['no feature flags', {}], ['the recommended feature flags', RECOMMENDED_FLAGS]])('without props and with %s', (_name, flags) => {
  const api = newApi(undefined, newStack(flags));

  test('creates one table, two functions, their log groups and one API with one stage', () => {
    const template = templateOf(api);
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::Lambda::Function', 2);
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 4);
  });

  test('keys the table by the connection id, pays per request, expires rows, and deletes it with the stack', () => {
    templateOf(api).hasResource('AWS::DynamoDB::Table', {
      Properties: {
        KeySchema: [{ AttributeName: ATTRIBUTE.connectionId, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: ATTRIBUTE.connectionId, AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: ATTRIBUTE.ttl, Enabled: true },
        SSESpecification: Match.absent(),
      },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('runs both handlers on Node.js 24 and arm64, with the memory and timeout that fit them', () => {
    const common = { Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' };
    expect(resourceOf(api.connectionHandler).Properties).toMatchObject({ ...common, MemorySize: 256, Timeout: 10 });
    expect(resourceOf(api.messageHandler).Properties).toMatchObject({ ...common, MemorySize: 1024, Timeout: 28 });
  });

  test('reserves no concurrency, which a new account could not deploy', () => {
    templateOf(api).allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
  });

  test('creates no access logs, which a new account could not deploy', () => {
    templateOf(api).hasResourceProperties('AWS::ApiGatewayV2::Stage', { AccessLogSettings: Match.absent() });
    templateOf(api).resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('gives each handler the variables that it needs', () => {
    const stack = Stack.of(api);
    const shared = {
      [ENV.tableName]: stack.resolve(api.connectionsTable.tableName),
      [ENV.apiId]: stack.resolve(api.webSocketApi.apiId),
    };
    expect(environmentOf(api.connectionHandler)).toEqual({ ...shared, [ENV.connectionTtlSeconds]: '10800' });
    const limits = { [ENV.maxMessageBytes]: '32768', [ENV.messageRate]: '10', [ENV.messageBurst]: '30' };
    expect(environmentOf(api.messageHandler)).toEqual({
      ...shared, ...limits, [ENV.callbackUrl]: stack.resolve(api.callbackUrl), [ENV.excludeSender]: 'false', [ENV.messageFormat]: 'ATTRIBUTED',
    });
  });

  test('has each handler write to a log group of its own that keeps a month and goes with the stack', () => {
    const groups = [api.connectionHandler, api.messageHandler].map((handler) => resourceOf(handler).Properties.LoggingConfig.LogGroup.Ref);
    expect(new Set(groups).size).toBe(2);
    for (const group of groups) {
      expect(templateOf(api).toJSON().Resources[group]).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    }
  });

  test('warns of nothing', () => {
    expect(Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

describe('routes', () => {
  const api = newApi();
  const handlerOf: Record<string, string> = {
    $connect: logicalId(api.connectionHandler),
    $disconnect: logicalId(api.connectionHandler),
    $default: logicalId(api.messageHandler),
  };

  test.each(Object.keys(handlerOf))('%s has an integration of its own with its handler', (routeKey) => {
    const [route] = resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) => Properties.RouteKey === routeKey);
    const integrationId = route.Properties.Target['Fn::Join'][1][1].Ref;
    const integration = templateOf(api).toJSON().Resources[integrationId];
    expect(integration.Properties.IntegrationType).toBe('AWS_PROXY');
    expect(JSON.stringify(integration.Properties.IntegrationUri)).toContain(`"Fn::GetAtt":["${handlerOf[routeKey]}","Arn"]`);
    const users = resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) => JSON.stringify(Properties.Target).includes(integrationId));
    expect(users).toHaveLength(1);
  });

  test('are selected by the action of the message', () => {
    templateOf(api).hasResourceProperties('AWS::ApiGatewayV2::Api', { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' });
  });

  test('are all in place before the stage serves them', () => {
    const types = ['Route', 'Integration', 'RouteResponse', 'IntegrationResponse'].map((name) => `AWS::ApiGatewayV2::${name}`);
    const wanted = [...types, 'AWS::Lambda::Permission'].flatMap((type) => Object.keys(templateOf(api).findResources(type)));
    expect(resourceOf(api.stage).DependsOn).toEqual(expect.arrayContaining(wanted));
    expect(wanted).toHaveLength(4 + 4 + 1 + 1 + 3);
  });
});

describe('addresses', () => {
  test('are those of the stage', () => {
    const api = newApi(() => ({ stageName: 'live' }), newStack({}, { env: { account: '111111111111', region: 'eu-west-1' } }));
    const stack = Stack.of(api);
    const host = `${api.webSocketApi.apiId}.execute-api.eu-west-1.${stack.urlSuffix}`;
    expect(stack.resolve(api.url)).toEqual(stack.resolve(`wss://${host}/live`));
    expect(stack.resolve(api.callbackUrl)).toEqual(stack.resolve(`https://${host}/live`));
  });
});

describe('domainMapping', () => {
  const mapped = (mappingKey?: string) => newApi((stack) => ({
    domainMapping: {
      domainName: new DomainName(stack, 'Domain', {
        domainName: 'chat.example.com', certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111111111111:certificate/x'),
      }),
      mappingKey,
    },
  }));
  const domainOf = (api: BroadcastWebSocketApi) => ({ Ref: logicalId(Stack.of(api).node.findChild('Domain')) });

  test('is none by default', () => {
    templateOf(newApi()).resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 0);
  });

  test.each([[undefined, ''], ['live', '/live']])('with the path %s is what clients connect to', (mappingKey, suffix) => {
    const api = mapped(mappingKey);
    expect(Stack.of(api).resolve(api.url)).toEqual({ 'Fn::Join': ['', ['wss://', domainOf(api), ...(suffix ? [suffix] : [])]] });
    templateOf(api).hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      ApiId: { Ref: logicalId(api.webSocketApi) },
      DomainName: domainOf(api),
      Stage: 'prod',
      ApiMappingKey: mappingKey ?? Match.absent(),
    });
  });

  test('is not used for deliveries', () => {
    const api = mapped('live');
    const [plain, stack] = [newApi(), Stack.of(api)];
    expect(stack.resolve(api.callbackUrl)).toEqual(Stack.of(plain).resolve(plain.callbackUrl));
    expect(environmentOf(api.messageHandler)[ENV.callbackUrl]).toEqual(stack.resolve(api.callbackUrl));
  });

  test.each(['', '/live', 'a/b', 'a b', 'ü', 'x'.repeat(301)])('with the path %j is refused', (mappingKey) => {
    expect(() => mapped(mappingKey)).toThrow("'domainMapping.mappingKey' must have 1 to 300 letters, digits and characters of $-_.+!*'() only, got ");
  });
});

describe('excludeSender', () => {
  test.each([true, false])('%s reaches the message handler', (excludeSender) => {
    expect(environmentOf(newApi(() => ({ excludeSender })).messageHandler)[ENV.excludeSender]).toBe(String(excludeSender));
  });
});

describe('messageFormat', () => {
  test.each(['ATTRIBUTED', 'RAW', 'ENVELOPE'] as const)('%s reaches the message handler', (name) => {
    const api = newApi(() => ({ messageFormat: MessageFormat[name] }));
    expect(environmentOf(api.messageHandler)[ENV.messageFormat]).toBe(name);
  });
});

describe('apiName', () => {
  test('is unique and contains the path of the API, unless given', () => {
    const stack = newStack();
    const apis = ['One', 'Two'].map((id) => new BroadcastWebSocketApi(stack, id));
    expect(apis.map((api) => resourceOf(api.webSocketApi).Properties.Name)).toEqual([expect.stringMatching(/^Test-One-/), expect.stringMatching(/^Test-Two-/)]);
  });

  test('names the API, and the handlers by their description', () => {
    const api = newApi(() => ({ apiName: 'Team chat' }));
    expect(resourceOf(api.webSocketApi).Properties.Name).toBe('Team chat');
    expect(resourceOf(api.connectionHandler).Properties.Description).toContain('Team chat');
    expect(resourceOf(api.messageHandler).Properties.Description).toContain('Team chat');
  });

  test('gives descriptions that Lambda accepts, however long it is', () => {
    const api = newApi(() => ({ apiName: 'x'.repeat(128) }));
    expect(resourceOf(api.connectionHandler).Properties.Description.length).toBeLessThanOrEqual(256);
    expect(resourceOf(api.messageHandler).Properties.Description.length).toBeLessThanOrEqual(256);
  });
});

describe('stageName', () => {
  test.each([[undefined, 'prod'], ['live-2_x', 'live-2_x']])('%s gives the stage %s, deployed automatically', (stageName, expected) => {
    expect(resourceOf(newApi(() => ({ stageName })).stage).Properties).toMatchObject({ StageName: expected, AutoDeploy: true });
  });
});

describe('connectionTtl', () => {
  test('reaches the connection handler in seconds', () => {
    const api = newApi(() => ({ connectionTtl: Duration.hours(4) }));
    expect(environmentOf(api.connectionHandler)[ENV.connectionTtlSeconds]).toBe('14400');
  });
});

describe('removalPolicy', () => {
  test('is that of the table and of the log groups', () => {
    const template = templateOf(newApi(() => ({ removalPolicy: RemovalPolicy.RETAIN })));
    const retained = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    template.allResources('AWS::DynamoDB::Table', Match.objectLike(retained));
    template.allResources('AWS::Logs::LogGroup', Match.objectLike(retained));
  });
});

describe.each(['connectionHandler', 'messageHandler'] as const)('%sOptions', (handler) => {
  const other = handler === 'connectionHandler' ? 'messageHandler' : 'connectionHandler';
  const apiWith = (optionsOf: (stack: Stack) => HandlerOptions) => newApi((stack) => ({ [`${handler}Options`]: optionsOf(stack) }));

  test('sets memory, timeout, concurrency and tracing of its handler, not of the other', () => {
    const api = apiWith(() => ({ memorySize: 512, timeout: Duration.seconds(9), reservedConcurrentExecutions: 7, tracing: Tracing.ACTIVE }));
    const options = { MemorySize: 512, Timeout: 9, ReservedConcurrentExecutions: 7, TracingConfig: { Mode: 'Active' } };
    expect(resourceOf(api[handler]).Properties).toMatchObject(options);
    expect(resourceOf(api[other]).Properties).toEqual(resourceOf(newApi()[other]).Properties);
  });

  test('takes a log group instead of creating one', () => {
    const api = apiWith((stack) => ({ logGroup: new LogGroup(stack, 'Mine') }));
    templateOf(api).resourceCountIs('AWS::Logs::LogGroup', 2);
    expect(resourceOf(api[handler]).Properties.LoggingConfig.LogGroup).toEqual({ Ref: logicalId(Stack.of(api).node.findChild('Mine')) });
  });

  test.each([RetentionDays.ONE_DAY, RetentionDays.INFINITE])('keeps the entries of its log group for %d days', (logRetention) => {
    const api = apiWith(() => ({ logRetention }));
    const [kept, others] = [api[handler], api[other]].map(({ logGroup }) => resourceOf(logGroup).Properties?.RetentionInDays);
    expect([kept, others]).toEqual([logRetention === RetentionDays.INFINITE ? undefined : logRetention, 30]);
  });

  test('puts its handler into a VPC', () => {
    const api = apiWith((stack) => {
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1 });
      return { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, securityGroups: [new SecurityGroup(stack, 'Group', { vpc })] };
    });
    const group = logicalId(Stack.of(api).node.findChild('Group'));
    expect(resourceOf(api[handler]).Properties.VpcConfig).toMatchObject({ SecurityGroupIds: [{ 'Fn::GetAtt': [group, 'GroupId'] }], SubnetIds: [{}] });
    expect(resourceOf(api[other]).Properties).not.toHaveProperty('VpcConfig');
  });
});

describe('an app', () => {
  test('can have two in one stack, which share nothing', () => {
    const stack = newStack();
    const [one, two] = ['One', 'Two'].map((id) => new BroadcastWebSocketApi(stack, id));
    templateOf(stack).resourceCountIs('AWS::DynamoDB::Table', 2);
    expect(environmentOf(one.messageHandler)[ENV.tableName]).not.toEqual(environmentOf(two.messageHandler)[ENV.tableName]);
    expect(environmentOf(one.messageHandler)[ENV.callbackUrl]).not.toEqual(environmentOf(two.messageHandler)[ENV.callbackUrl]);
  });

  test('can have it in a stage of its own, with a concrete environment', () => {
    const stage = new Stage(new App(), 'Beta', { env: { account: '111111111111', region: 'eu-west-1' } });
    const api = new BroadcastWebSocketApi(new Stack(stage, 'Chat'), 'Api');
    expect(resourceOf(api.webSocketApi).Properties.Name).toMatch(/^Beta-Chat-Api-/);
  });

  test('can have it in a nested stack', () => {
    const api = new BroadcastWebSocketApi(new NestedStack(newStack(), 'Nested'), 'Api');
    expect(resourceOf(api.webSocketApi).Properties.Name).toMatch(/^Test-Nested-Api-/);
  });
});
