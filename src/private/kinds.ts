import { RemovalPolicy } from 'aws-cdk-lib';
import { type DomainMappingOptions, type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { able, checkKind, checkKinds, DURATION, FLAG, having, type Kind, type Kinds, LIST, NUMBER, OPTIONS, required, TEXT, TEXTS } from './checks';
import { MESSAGE_FORMATS } from './contract';
import { type AccessLogOptions } from '../access-log-options';
import { type AlarmOverrides } from '../alarm-options';
import { type BroadcastWebSocketApiAttributes } from '../broadcast-websocket-api-attributes';
import { type BroadcastWebSocketApiProps } from '../broadcast-websocket-api-props';
import { ChannelAccess } from '../channel-access';
import { FanOut } from '../fan-out';
import { type HandlerOptions } from '../handler-options';
import { CognitoTokenUse, type WebSocketJwtAuthorizerProps } from '../jwt-authorizer-props';
import { MessageFormat } from '../message-format';
import { MessageRateLimit } from '../message-rate-limit';
import { TokenSource } from '../token-source';

/* What kind of thing each property is. */

const KEY = having('keyArn', 'a key of KMS', "give a Key, or Key.fromKeyArn(scope, 'Key', arn)");
const LOG_GROUP = having('logGroupArn', 'a log group', "give a LogGroup, or LogGroup.fromLogGroupName(scope, 'Logs', name)");
const oneOf = (name: string, values: readonly unknown[], fix: string): Kind => ({ name, fix, includes: (value) => values.includes(value) });
const REMOVAL_POLICY = oneOf('a RemovalPolicy', Object.values(RemovalPolicy), 'write RemovalPolicy.DESTROY or RemovalPolicy.RETAIN');
const RETENTION = oneOf('one of RetentionDays', Object.values(RetentionDays).filter(Number.isFinite), 'write RetentionDays.ONE_MONTH, or another of them');
const TRACING = oneOf('one of Tracing', Object.values(Tracing), 'write Tracing.ACTIVE, or another of them');
const ofClass = (type: { readonly name: string }, fix: string): Kind =>
  ({ name: `a ${type.name}`, fix, includes: (value) => value instanceof (type as typeof FanOut) });

const API: Kinds<BroadcastWebSocketApiProps> = {
  excludeSender: FLAG,
  messageFormat: {
    ...ofClass(MessageFormat, 'leave it out to get ATTRIBUTED'), name: `one of MessageFormat.${MESSAGE_FORMATS.join(', MessageFormat.')}`,
  },
  apiName: TEXT,
  stageName: TEXT,
  domainMapping: OPTIONS,
  connectionsTable: having('tableArn', 'a table', 'give a Table with the partition key connectionId, or leave it out'),
  connectionTtl: DURATION,
  removalPolicy: REMOVAL_POLICY,
  encryptionKey: KEY,
  accessLogs: OPTIONS,
  fanOut: ofClass(FanOut, 'write FanOut.direct() or FanOut.queued()'),
  deliveryRateLimit: NUMBER,
  heartbeat: FLAG,
  connectionHandlerOptions: OPTIONS,
  messageHandlerOptions: OPTIONS,
  deliveryHandlerOptions: OPTIONS,
  authorizer: able('bind', 'an authorizer of a WebSocket route', 'give a WebSocketJwtAuthorizer, a WebSocketLambdaAuthorizer or a WebSocketIamAuthorizer'),
  allowedOrigins: TEXTS,
  allowMissingOrigin: FLAG,
  senderNameKey: TEXT,
  publishAccess: ofClass(ChannelAccess, 'write ChannelAccess.anyone(), nobody() or claim(…)'),
  throttle: OPTIONS,
  maxMessageSize: able('toBytes', 'a Size', 'write Size.kibibytes(32), or how much it is'),
  messageRateLimit: ofClass(MessageRateLimit, 'write MessageRateLimit.perSecond(10)'),
};

const DOMAIN_MAPPING: Kinds<DomainMappingOptions> = {
  domainName: required(having('domainNameRef', 'a domain name of API Gateway', 'give a DomainName of aws-apigatewayv2')),
  mappingKey: TEXT,
};

const THROTTLE: Kinds<ThrottleSettings> = { rateLimit: NUMBER, burstLimit: NUMBER };

const ACCESS_LOGS: Kinds<AccessLogOptions> = {
  createAccountRole: FLAG,
  logGroup: LOG_GROUP,
  logRetention: RETENTION,
  logClientIp: FLAG,
  format: { ...OPTIONS, name: 'an AccessLogFormat', fix: 'write AccessLogFormat.custom(…)' },
};

const HANDLER: Kinds<HandlerOptions> = {
  memorySize: NUMBER,
  timeout: DURATION,
  reservedConcurrentExecutions: NUMBER,
  logGroup: LOG_GROUP,
  logRetention: RETENTION,
  tracing: TRACING,
  vpc: having('vpcId', 'a VPC', "give a Vpc, or Vpc.fromLookup(scope, 'Vpc', …)"),
  vpcSubnets: OPTIONS,
  securityGroups: LIST,
};

const JWT: Kinds<WebSocketJwtAuthorizerProps> = {
  issuer: required(TEXT),
  audience: required(TEXTS),
  jwksUri: TEXT,
  tokenSource: ofClass(TokenSource, 'write TokenSource.subprotocol() or TokenSource.queryString()'),
  claims: TEXTS,
  handlerOptions: OPTIONS,
  removalPolicy: REMOVAL_POLICY,
  encryptionKey: KEY,
};

const ATTRIBUTES: Kinds<BroadcastWebSocketApiAttributes> = {
  webSocketApiId: required(TEXT), stageName: TEXT, url: TEXT, broadcastQueueArn: TEXT, encryptionKey: KEY,
};

const TUNING: Kinds<AlarmOverrides> = { enabled: FLAG, threshold: NUMBER, evaluationPeriods: NUMBER, datapointsToAlarm: NUMBER };

const USER_POOL = required(having('userPoolProviderName', 'a user pool', "give a UserPool, or UserPool.fromUserPoolId(scope, 'Users', id)"));
const CLIENTS = required({
  name: 'a list of app clients', fix: "write [userPool.addClient('Page')]", includes: (value) => Array.isArray(value) && value.every((each) => Object(each).userPoolClientId),
});
const TOKEN_USE = oneOf('a CognitoTokenUse', Object.values(CognitoTokenUse), 'write CognitoTokenUse.ACCESS or CognitoTokenUse.ID');
const FUNCTION = required(able('addEnvironment', 'a Lambda function of the app', 'give a Function; for any other use grantPublish'));
const GRANTEE = required(having('grantPrincipal', 'a principal, or what has a role', 'give a Role, a Function, or another construct with a role'));

export function checkApiKinds(props: BroadcastWebSocketApiProps): void {
  checkKind('props', props, required(OPTIONS));
  checkKinds(props, API);
  checkKinds(props.domainMapping, DOMAIN_MAPPING, 'domainMapping.');
  checkKinds(props.throttle, THROTTLE, 'throttle.');
  checkKinds(props.accessLogs, ACCESS_LOGS, 'accessLogs.');
  for (const prop of ['connectionHandlerOptions', 'messageHandlerOptions', 'deliveryHandlerOptions'] as const) checkKinds(props[prop], HANDLER, `${prop}.`);
}

export function checkJwtKinds(props: WebSocketJwtAuthorizerProps): void {
  checkKind('props', props, required(OPTIONS));
  checkKinds(props, JWT);
  checkKinds(props.handlerOptions, HANDLER, 'handlerOptions.');
}

export function checkCognitoKinds(userPool: unknown, clients: unknown, tokenUse: unknown): void {
  checkKind('userPool', userPool, USER_POOL);
  checkKind('clients', clients, CLIENTS);
  checkKind('tokenUse', tokenUse, TOKEN_USE);
}

export function checkOverrideKinds(alarm: string, tuning: AlarmOverrides | undefined): void {
  checkKind(alarm, tuning, OPTIONS);
  checkKinds(tuning, TUNING, `${alarm}.`);
}

export function checkAttributeKinds(attributes: BroadcastWebSocketApiAttributes): void {
  checkKind('attrs', attributes, required(OPTIONS));
  checkKinds(attributes, ATTRIBUTES);
}

export function checkFunction(value: unknown): void {
  checkKind('fn', value, FUNCTION);
}

export function checkGrantee(value: unknown): void {
  checkKind('grantee', value, GRANTEE);
}
