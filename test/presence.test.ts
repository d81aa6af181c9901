import { Stack } from 'aws-cdk-lib';
import { WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { actionsOn, environmentOf, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf } from './construct-fixture';
import {
  type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, type PresenceOptions, WebSocketJwtAuthorizer,
} from '../src';

function apiWith(presence: PresenceOptions | undefined, props: BroadcastWebSocketApiProps = {}, stack: Stack = newStack()): BroadcastWebSocketApi {
  const api = newApi(() => ({
    messageFormat: MessageFormat.ENVELOPE,
    publishAccess: ChannelAccess.anyone(),
    authorizer: new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'] }),
    allowedOrigins: ['https://app.example.com'],
    userIdKey: 'sub',
    ...props,
  }), stack);
  api.addChannels('room:*', presence && { presence });
  return api;
}

const handlerOf = (api: BroadcastWebSocketApi) => api.node.findChild('PresenceHandler') as LambdaFunction;
const arnOf = (api: BroadcastWebSocketApi, id: string) => ({ 'Fn::GetAtt': [logicalId(api.node.findChild(id)), 'Arn'] });
const tableArn = (api: BroadcastWebSocketApi) => api.membersTable!.tableArn;
const rulesOf = (handler: LambdaFunction) => JSON.parse(environmentOf(handler).CHANNEL_RULES as string);
const routesOf = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);
const pongOf = (api: BroadcastWebSocketApi) => JSON.parse(resourcesOf(api, 'AWS::ApiGatewayV2::IntegrationResponse')[0].Properties.ResponseTemplates.$default);

describe('without presence', () => {
  test('there is no queue, function, route or variable for it', () => {
    const api = apiWith(undefined);
    expect(api.node.tryFindChild('PresenceHandler')).toBeUndefined();
    expect(resourcesOf(api, 'AWS::SQS::Queue')).toEqual([]);
    expect(routesOf(api)).not.toContain('presence');
    expect(pongOf(api).layers).not.toContain('presence');
    expect(rulesOf(api.messageHandler)).toEqual([expect.not.objectContaining({ presence: expect.anything() })]);
    for (const handler of [api.connectionHandler, api.messageHandler]) {
      expect(Object.keys(environmentOf(handler))).not.toContain('PRESENCE_QUEUE_URL');
      expect(actionsOn(tableArn(api), handler)).not.toContain('dynamodb:UpdateItem');
    }
  });
});

describe('with presence', () => {
  test('the rules say how many users a list names', () => {
    expect(rulesOf(apiWith({}).messageHandler)).toEqual([expect.objectContaining({ presence: { maxUsers: 200 } })]);
    expect(rulesOf(apiWith({ maxUsers: 50 }).messageHandler)).toEqual([expect.objectContaining({ presence: { maxUsers: 50 } })]);
  });

  test('clients may request a list, and the answer to the ping says so', () => {
    const api = apiWith({});
    const [route] = resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) => Properties.RouteKey === 'presence');
    expect(route.Properties).toMatchObject({ RouteResponseSelectionExpression: '$default' });
    expect(pongOf(api).layers).toEqual(['channels', 'people', 'presence']);
  });

  test('each function that changes members may note it and ask for a list, whenever it was created', () => {
    const api = apiWith({}, { fanOut: FanOut.queued() });
    const disconnectHandler = api.disconnectHandler;
    for (const handler of [api.connectionHandler, api.messageHandler, api.deliveryHandler, disconnectHandler, handlerOf(api)]) {
      expect(environmentOf(handler).PRESENCE_QUEUE_URL).toEqual({ Ref: logicalId(api.node.findChild('PresenceQueue')) });
      expect(actionsOn(tableArn(api), handler)).toEqual(expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:UpdateItem']));
      expect(actionsOn(arnOf(api, 'PresenceQueue'), handler)).toContain('sqs:SendMessage');
    }
  });

  test('only its own function receives ticks, with no more permissions than it needs', () => {
    const api = apiWith({});
    const handler = handlerOf(api);
    expect(actionsOn(tableArn(api), handler))
      .toEqual(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PartiQLDelete', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']);
    expect(actionsOn(arnOf(api, 'PresenceQueue'), handler))
      .toEqual(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage']);
    const connectionsArn = JSON.stringify(Stack.of(api).resolve(api.connectionsTable.tableArn));
    expect(statementsOf(handler).filter(({ Resource }) => JSON.stringify(Resource) === connectionsArn).map(({ Action }) => Action))
      .toEqual(['dynamodb:DeleteItem', 'dynamodb:UpdateItem']);
    expect(statementsOf(handler).filter(({ Action }) => String(Action).startsWith('execute-api:'))).toHaveLength(1);
    for (const other of [api.connectionHandler, api.messageHandler]) expect(actionsOn(arnOf(api, 'PresenceQueue'), other)).toEqual(['sqs:SendMessage']);
  });

  test('ticks wait on a queue of their own, and fail into another', () => {
    const api = apiWith({});
    expect(resourceOf(api.node.findChild('PresenceQueue')).Properties).toMatchObject({
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 90,
      RedrivePolicy: { deadLetterTargetArn: arnOf(api, 'PresenceDeadLetterQueue'), maxReceiveCount: 3 },
    });
    expect(resourcesOf(api, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties)).toEqual([expect.objectContaining({
      EventSourceArn: arnOf(api, 'PresenceQueue'), BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 4 },
    })]);
  });

  test('a key of the user encrypts the queues, and functions that ask for lists may use it', () => {
    const stack = newStack();
    const encryptionKey = new Key(stack, 'Key');
    const api = apiWith({}, { encryptionKey }, stack);
    for (const id of ['PresenceQueue', 'PresenceDeadLetterQueue']) {
      expect(resourceOf(api.node.findChild(id)).Properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [logicalId(encryptionKey), 'Arn'] });
    }
    expect(actionsOn(encryptionKey.keyArn, api.connectionHandler)).toContain('kms:GenerateDataKey*');
  });

  test('a second rule adds nothing but itself', () => {
    const api = apiWith({});
    const before = api.node.findAll().length;
    api.addChannels('hall:*', { presence: { maxUsers: 10 } });
    expect(api.node.findAll()).toHaveLength(before);
  });

  test('a rule with presence may come after one without', () => {
    const api = apiWith(undefined);
    api.addChannels('hall:*', { presence: {} });
    expect(routesOf(api).filter((route) => route === 'presence')).toHaveLength(1);
    expect(handlerOf(api)).toBeDefined();
  });

  test('its function runs as its options say', () => {
    expect(resourceOf(handlerOf(apiWith({}))).Properties).toMatchObject({ MemorySize: 512, Timeout: 30 });
    const api = apiWith({}, { presenceHandlerOptions: { memorySize: 1_024, reservedConcurrentExecutions: 4 } });
    expect(resourceOf(handlerOf(api)).Properties).toMatchObject({ MemorySize: 1_024, ReservedConcurrentExecutions: 4 });
  });

  test('there are alarms and graphs of it, whether they come before or after', () => {
    for (const isLate of [false, true]) {
      const api = apiWith(isLate ? undefined : {});
      const alarms = api.addAlarms();
      const dashboard = api.addDashboard();
      if (isLate) api.addChannels('hall:*', { presence: {} });
      expect(alarms.node.children.map(({ node }) => node.id)).toEqual(expect.arrayContaining(['PresenceFailures', 'PresenceDeadLetters', 'PresenceHandlerErrors']));
      expect(JSON.stringify(resourceOf(dashboard).Properties)).toContain('PresenceFrames');
    }
  });
});

describe('presence is refused', () => {
  const refused = (api: BroadcastWebSocketApi, options: PresenceOptions, message: string | RegExp) => {
    const before = api.node.root.node.findAll().length;
    expect(() => api.addChannels('hall:*', { presence: options })).toThrow(message);
    expect(api.node.root.node.findAll()).toHaveLength(before);
  };

  test('without users', () => {
    refused(newApi(() => ({ messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.anyone() })), {},
      "'presence' of 'hall:*' must come with the 'userIdKey' of the API, got none; it says which connections are of one user: set userIdKey, or leave presence out");
  });

  test.each([0, 501, 1.5, NaN])('for %p users', (maxUsers) => {
    refused(apiWith(undefined), { maxUsers }, /^'presence.maxUsers' of 'hall:\*' must be .* got /);
  });

  test('as anything but an object', () => {
    refused(apiWith(undefined), true as unknown as PresenceOptions, "'presence' must be an object with options, got true; write {} to switch it on");
  });

  test('where the user has a route of that name', () => {
    const api = apiWith(undefined);
    api.webSocketApi.addRoute('presence', { integration: new WebSocketMockIntegration('Mine') });
    refused(api, {}, /'addChannels' adds the route 'presence', which this API has already; rename yours/);
  });
});
