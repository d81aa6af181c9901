import { type App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  type BroadcastAlarmsOptions, BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, type ChannelOptions, FanOut,
  type HandlerOptions, type HistoryOptions, MessageFormat, MessageRateLimit, type QueuedFanOutOptions, TokenSource, WebSocketJwtAuthorizer,
} from 'cdk-broadcast-websocket-api';

/* Stacks that every version of the peers has to synthesise alike. With `Required` the compiler finds stacks that lack a new property. */

/** Properties of the layers, which no base stack has. */
type LayerProp = 'history' | 'messageHook' | 'userIdKey' | 'maxChannelsPerConnection' | 'logChannels' | 'disconnectHandlerOptions' | 'presenceHandlerOptions';

/** Adds the stacks to an app. */
export function addStacks(app: App): void {
  new BroadcastWebSocketApi(new Stack(app, 'ZeroProps'), 'Chat');
  addEverythingOn(new Stack(app, 'EverythingOn'));
  addAlternatives(new Stack(app, 'Alternatives'));
  addHistories(new Stack(app, 'History'));
  addChannels(new Stack(app, 'Channels'));
}

function addEverythingOn(stack: Stack): void {
  const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
  const options = handlerOptions(stack);
  const userPool = UserPool.fromUserPoolId(stack, 'Users', 'eu-central-1_Example');
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', stack.formatArn({ service: 'acm', resource: 'certificate', resourceName: 'example' }));
  const fanOut: Required<Omit<QueuedFanOutOptions, 'batchSize' | 'maxBatchingWindow'>> = { workers: 8, maxInFlight: 64, maxAge: Duration.minutes(10) };
  const props: Required<Omit<BroadcastWebSocketApiProps, 'connectionsTable' | LayerProp>> = {
    excludeSender: true,
    messageFormat: MessageFormat.ENVELOPE,
    apiName: 'everything',
    stageName: 'live',
    domainMapping: { domainName: new DomainName(stack, 'Domain', { domainName: 'chat.example.com', certificate }), mappingKey: 'v1' },
    connectionTtl: Duration.hours(4),
    removalPolicy: RemovalPolicy.RETAIN,
    encryptionKey,
    accessLogs: { createAccountRole: true, logRetention: RetentionDays.ONE_WEEK, logClientIp: true },
    fanOut: FanOut.queued(fanOut),
    deliveryRateLimit: 1000,
    heartbeat: true,
    connectionHandlerOptions: options,
    messageHandlerOptions: options,
    deliveryHandlerOptions: options,
    authorizer: WebSocketJwtAuthorizer.cognito(userPool, [userPool.addClient('Page')], {
      tokenSource: TokenSource.queryString(), claims: ['username'], handlerOptions: options, removalPolicy: RemovalPolicy.RETAIN, encryptionKey,
    }),
    allowedOrigins: ['https://chat.example.com'],
    allowMissingOrigin: true,
    senderNameKey: 'username',
    publishAccess: ChannelAccess.claim('username'),
    throttle: { rateLimit: 50, burstLimit: 100 },
    maxMessageSize: Size.kibibytes(16),
    messageRateLimit: MessageRateLimit.perSecond(5, 10),
  };
  const api = new BroadcastWebSocketApi(stack, 'Chat', props);
  api.addAlarms(alarmOptions(stack));
  api.addDashboard({ defaultInterval: Duration.hours(1) });
  addPublishers(stack, api);
}

function handlerOptions(stack: Stack): Required<Omit<HandlerOptions, 'logGroup'>> {
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-12345678',
    availabilityZones: ['a', 'b'],
    privateSubnetIds: ['subnet-12345678', 'subnet-9abcdef0'],
    privateSubnetRouteTableIds: ['rtb-12345678', 'rtb-9abcdef0'],
  });
  const securityGroup = new SecurityGroup(stack, 'Functions', { vpc, allowAllOutbound: false, description: 'Functions of the chat' });
  securityGroup.connections.allowToAnyIpv4(Port.tcp(443));
  return {
    memorySize: 512,
    timeout: Duration.seconds(9),
    reservedConcurrentExecutions: 20,
    logRetention: RetentionDays.TWO_WEEKS,
    tracing: Tracing.ACTIVE,
    vpc,
    vpcSubnets: { subnets: vpc.privateSubnets },
    securityGroups: [securityGroup],
  };
}

function alarmOptions(stack: Stack): BroadcastAlarmsOptions {
  const action = new SnsAction(new Topic(stack, 'Operators'));
  const tuning = { enabled: true, threshold: 3, evaluationPeriods: 2, datapointsToAlarm: 2 };
  return { alarmActions: [action], okActions: [action], failedDeliveries: tuning, deadLetters: tuning, clientErrors: tuning };
}

function addPublishers(stack: Stack, api: BroadcastWebSocketApi): void {
  api.addPublisher(new LambdaFunction(stack, 'Publisher', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}') }));
  api.grantPublish(new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
  new Topic(stack, 'News').addSubscription(new SqsSubscription(api.broadcastQueue, { rawMessageDelivery: true }));
}

/** Adds properties that exclude those of the other stack. */
function addAlternatives(stack: Stack): void {
  const table = new Table(stack, 'Connections', { partitionKey: { name: 'connectionId', type: AttributeType.STRING }, timeToLiveAttribute: 'ttl' });
  const api = new BroadcastWebSocketApi(stack, 'Direct', {
    connectionsTable: table,
    fanOut: FanOut.direct({ maxInFlight: 32 }),
    authorizer: new WebSocketIamAuthorizer(),
    accessLogs: { format: AccessLogFormat.custom(JSON.stringify({ requestId: '$context.requestId', extendedRequestId: '$context.extendedRequestId' })) },
    heartbeat: false,
    messageRateLimit: MessageRateLimit.unlimited(),
  });
  new BroadcastWebSocketApi(stack, 'ReceiveOnly', { publishAccess: ChannelAccess.nobody(), fanOut: FanOut.queued() });
  const backend = new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  api.grantManageConnections(backend);
  const queueArn = stack.formatArn({ service: 'sqs', resource: 'broadcasts' });
  BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(stack, 'Elsewhere', { webSocketApiId: 'abcdef1234', broadcastQueueArn: queueArn }).grantPublish(backend);
}

/** Adds the history with each way to the recipients. */
function addHistories(stack: Stack): void {
  const history: Required<Omit<HistoryOptions, 'table'>> = {
    retention: Duration.hours(1), maxMessages: 500, pointInTimeRecovery: true, removalPolicy: RemovalPolicy.DESTROY,
  };
  const envelope = { messageFormat: MessageFormat.ENVELOPE };
  new BroadcastWebSocketApi(stack, 'Direct', { ...envelope, history: {} });
  new BroadcastWebSocketApi(stack, 'Queued', {
    ...envelope, history, fanOut: FanOut.queued(), encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
  });
  const table = new Table(stack, 'Messages', {
    partitionKey: { name: 'channel', type: AttributeType.STRING }, sortKey: { name: 'position', type: AttributeType.NUMBER }, timeToLiveAttribute: 'ttl',
  });
  new BroadcastWebSocketApi(stack, 'ReceiveOnly', { ...envelope, history: { table }, publishAccess: ChannelAccess.nobody(), fanOut: FanOut.queued() });
}

/** Adds channels, users and a hook, before and after lazily created resources. */
function addChannels(stack: Stack): void {
  const hook = new LambdaFunction(stack, 'Hook', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => ({ action: "allow" })') });
  const props: Required<Pick<BroadcastWebSocketApiProps, LayerProp>> = {
    history: {},
    messageHook: hook,
    userIdKey: 'sub',
    maxChannelsPerConnection: 10,
    logChannels: true,
    disconnectHandlerOptions: { memorySize: 512 },
    presenceHandlerOptions: { memorySize: 256 },
  };
  const users = new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'] });
  const api = new BroadcastWebSocketApi(stack, 'Queued', {
    ...props,
    messageFormat: MessageFormat.ENVELOPE,
    authorizer: users,
    allowedOrigins: ['https://chat.example.com'],
    publishAccess: ChannelAccess.hook(),
    fanOut: FanOut.queued(),
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
  });
  const options: Required<ChannelOptions> = {
    subscribeAccess: ChannelAccess.hook(), publishAccess: ChannelAccess.claim('rooms', { patterns: true }), history: true, presence: { maxUsers: 50 },
  };
  api.addChannels('room:*', options);
  api.addChannels('draft:*', { subscribeAccess: ChannelAccess.owner(), publishAccess: ChannelAccess.owner(), history: false });
  const backend = new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  api.grants.disconnect(backend);
  api.grants.readMembers(backend);
  api.addAlarms();
  api.addDashboard();
  const late = new BroadcastWebSocketApi(stack, 'Direct', { messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.nobody() });
  void [late.broadcastQueue, late.disconnectQueue];
  late.addChannels('news', { publishAccess: ChannelAccess.nobody() });
  late.addChannels('room:*', { publishAccess: ChannelAccess.subscribers() });
}
