import { type DomainMappingOptions, type ThrottleSettings, type WebSocketRouteAuthorizerBindOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import { type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { MESSAGE_FORMATS, TUNING } from '../contract';
import { construct, duration, instanceOf, type Kind, listOf, required, type Shape, struct, texts, withMember, withMethod } from './kinds';
import { type AccessLogOptions } from '../../access-log-options';
import { type AlarmOverrides, type BroadcastAlarmsOptions } from '../../alarm-options';
import { type BroadcastWebSocketApiAttributes } from '../../broadcast-websocket-api-attributes';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { ChannelAccess } from '../../channel-access';
import { type ChannelOptions } from '../../channel-options';
import { type BroadcastDashboardOptions } from '../../dashboard';
import { FanOut } from '../../fan-out';
import { type HandlerOptions } from '../../handler-options';
import { type HistoryOptions } from '../../history-options';
import { type CognitoAuthorizerOptions, type WebSocketJwtAuthorizerProps } from '../../jwt-authorizer-props';
import { MessageFormat } from '../../message-format';
import { MessageRateLimit } from '../../message-rate-limit';
import { type PresenceOptions } from '../../presence-options';
import { TokenSource } from '../../token-source';

/* The kinds of objects that the structs and methods of the public API take. */

const KEY = construct('keyArn', 'a key of KMS', "give a Key, or Key.fromKeyArn(scope, 'Key', arn)");
const LOG_GROUP = construct('logGroupArn', 'a log group', "give a LogGroup, or LogGroup.fromLogGroupName(scope, 'Logs', name)");

const subnets: Shape<SubnetSelection> = {
  availabilityZones: texts("give names such as ['eu-west-1a']"),
  subnets: listOf(construct('subnetId', 'a subnet', 'give one of vpc.privateSubnets'), 'a list of subnets', 'write { subnets: vpc.privateSubnets }'),
  subnetFilters: listOf(withMethod('selectSubnets', 'a SubnetFilter', 'write SubnetFilter.byIds(…)'), 'a list of filters', 'write [SubnetFilter.byIds(…)]'),
};

function handler(longestSeconds: number): Kind {
  return struct<HandlerOptions>({
    timeout: duration(`write Duration.seconds(${longestSeconds})`),
    logGroup: LOG_GROUP,
    vpc: construct('vpcId', 'a VPC', "give a Vpc, or Vpc.fromLookup(scope, 'Vpc', …)"),
    vpcSubnets: struct<SubnetSelection>(subnets),
    securityGroups: listOf(construct('securityGroupId', 'a security group', 'give a SecurityGroup'), 'a list of security groups', 'write [securityGroup]'),
  });
}

const ACCESS_LOGS = struct<AccessLogOptions>({
  logGroup: LOG_GROUP,
  format: { name: 'an AccessLogFormat', fix: 'write AccessLogFormat.custom(…)', includes: (value) => value.constructor?.name === 'AccessLogFormat' },
}, 'write {} to switch them on');

const ACCESS = instanceOf(ChannelAccess, 'a ChannelAccess', "write ChannelAccess.anyone(), ChannelAccess.nobody() or ChannelAccess.claim('scope')");
export const CHANNEL_OPTIONS = required(struct<ChannelOptions>({
  subscribeAccess: ACCESS,
  publishAccess: ACCESS,
  presence: struct<PresenceOptions>({}, 'write {} to switch it on'),
}));

const HISTORY = struct<HistoryOptions>({
  retention: duration('write Duration.hours(24)'),
  table: construct('tableArn', 'a table', 'give a Table with the partition key channel and the sort key position, or leave it out'),
}, 'write {} to switch it on');

export const API_PROPS = required(struct<BroadcastWebSocketApiProps>({
  messageFormat: instanceOf(MessageFormat, `one of MessageFormat.${[...MESSAGE_FORMATS, 'BATCH'].join(', MessageFormat.')}`, 'leave it out to get ATTRIBUTED'),
  domainMapping: struct<DomainMappingOptions>({
    domainName: required(construct('domainNameRef', 'a domain name of API Gateway', 'give a DomainName of aws-apigatewayv2')),
  }),
  connectionsTable: construct('tableArn', 'a table', 'give a Table with the partition key connectionId, or leave it out'),
  connectionTtl: duration('write Duration.hours(3)'),
  encryptionKey: KEY,
  accessLogs: ACCESS_LOGS,
  history: HISTORY,
  fanOut: instanceOf(FanOut, 'a FanOut', 'write FanOut.direct() or FanOut.queued()'),
  connectionHandlerOptions: handler(TUNING.connectionHandlerTimeoutSeconds),
  messageHandlerOptions: handler(TUNING.messageHandlerTimeoutSeconds),
  deliveryHandlerOptions: handler(TUNING.deliveryHandlerTimeoutSeconds),
  disconnectHandlerOptions: handler(TUNING.deliveryHandlerTimeoutSeconds),
  presenceHandlerOptions: handler(TUNING.deliveryHandlerTimeoutSeconds),
  messageHook: construct('functionArn', 'a Lambda function', "give a Function, or Function.fromFunctionArn(scope, 'Hook', arn)"),
  authorizer: withMethod('bind', 'an authorizer of a WebSocket route', 'give a WebSocketJwtAuthorizer, a WebSocketLambdaAuthorizer or a WebSocketIamAuthorizer'),
  allowedOrigins: texts("give one, such as ['https://app.example.com']"),
  publishAccess: ACCESS,
  throttle: struct<ThrottleSettings>({}),
  maxMessageSize: withMethod('toBytes', 'a Size', 'write Size.kibibytes(32), or how much it is'),
  messageRateLimit: instanceOf(MessageRateLimit, 'a MessageRateLimit', 'write MessageRateLimit.perSecond(10)'),
}));

const authorizerOptions = {
  tokenSource: instanceOf(TokenSource, 'a TokenSource', 'write TokenSource.subprotocol() or TokenSource.queryString()'),
  claims: texts("give one, such as ['sub', 'nickname']"),
  handlerOptions: handler(TUNING.connectionHandlerTimeoutSeconds),
  encryptionKey: KEY,
};
export const COGNITO_OPTIONS = required(struct<CognitoAuthorizerOptions>(authorizerOptions));
export const JWT_PROPS = required(struct<WebSocketJwtAuthorizerProps>({
  ...authorizerOptions, audience: required(texts("give one, such as ['chat']")),
}, "write { issuer: 'https://login.example.com', audience: ['chat'] }"));
export const USER_POOL = required(construct('userPoolProviderName', 'a user pool', "give a UserPool, or UserPool.fromUserPoolId(scope, 'Users', id)"));
export const CLIENTS = required(listOf(
  construct('userPoolClientId', 'an app client', "give userPool.addClient('Page')"), 'a list of app clients', "write [userPool.addClient('Page')]",
));
export const BIND_OPTIONS = required(struct<WebSocketRouteAuthorizerBindOptions>({
  route: required(construct('webSocketApi', 'a route of a WebSocket API', 'an API calls it for the authorizer that it is given')),
  scope: required(withMember('node', 'a construct', 'an API calls it for the authorizer that it is given')),
}, 'an API calls it for the authorizer that it is given'));

export const ATTRIBUTES = required(struct<BroadcastWebSocketApiAttributes>({ encryptionKey: KEY }, 'write { webSocketApiId: webSocketApi.apiId }'));

const OVERRIDES = struct<AlarmOverrides>({});
const ALARM_ACTION = withMethod('bind', 'an action of an alarm', 'write new SnsAction(topic)');
export const ALARM_ACTIONS = listOf(ALARM_ACTION, 'a list of actions of alarms', 'write [new SnsAction(topic)]');
export const ALARM_OPTIONS = required(struct<BroadcastAlarmsOptions>({
  alarmActions: ALARM_ACTIONS,
  okActions: ALARM_ACTIONS,
  failedDeliveries: OVERRIDES,
  abandonedDeliveries: OVERRIDES,
  incompleteReads: OVERRIDES,
  rejectedMessages: OVERRIDES,
  connectionStoreFailures: OVERRIDES,
  handlerErrors: OVERRIDES,
  handlerThrottles: OVERRIDES,
  expiredMessages: OVERRIDES,
  deadLetters: OVERRIDES,
  clientErrors: OVERRIDES,
  historyFailures: OVERRIDES,
  historyThrottles: OVERRIDES,
  undeliveredMessages: OVERRIDES,
  failedRecoveries: OVERRIDES,
  sealedPositions: OVERRIDES,
  messageQueueAge: OVERRIDES,
  hookFailures: OVERRIDES,
  channelFailures: OVERRIDES,
  presenceFailures: OVERRIDES,
}));
export const DASHBOARD_OPTIONS = required(struct<BroadcastDashboardOptions>({ defaultInterval: duration('write Duration.hours(3)') }));
export const METRIC_OPTIONS = struct<MetricOptions>({ period: duration('write Duration.minutes(5)'), dimensionsMap: struct<object>({}) });

export const SCOPE = required(withMember('node', 'a construct', 'give the Stack that it is created in'));
export const FUNCTION = required(construct('addEnvironment', 'a Lambda function of the app', 'give a Function; for any other use grantPublish'));
export const GRANTEE = required(withMember('grantPrincipal', 'a principal, or what has a role', 'give a Role, a Function, or another construct with a role'));
