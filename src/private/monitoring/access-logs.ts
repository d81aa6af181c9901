import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type Construct, type IConstruct } from 'constructs';
import { createLogGroup, type StorageDefaults } from './log-group';
import { suppressManagedPolicy } from './nag-suppressions';
import { type AccessLogOptions } from '../../access-log-options';

const ACCOUNT_ID = 'BroadcastWebSocketApiGatewayAccount';

/** Members of a line, each with the variable of API Gateway that it shows; none holds anything that a client chooses. */
const MEMBERS = {
  time: 'requestTimeEpoch',
  eventType: 'eventType',
  routeKey: 'routeKey',
  connectionId: 'connectionId',
  messageId: 'messageId',
  status: 'status',
  error: 'error.responseType',
  authorizerStatus: 'authorizer.status',
  integrationStatus: 'integration.status',
  integrationLatency: 'integrationLatency',
  requestId: 'requestId',
  extendedRequestId: 'extendedRequestId',
};

/** Log settings of a stage, and the construct that has to exist before it. */
export interface AccessLogs {
  readonly settings: IAccessLogSettings;
  readonly prerequisite?: IConstruct;
}

export function createAccessLogs(scope: Construct, options: AccessLogOptions, defaults: StorageDefaults): AccessLogs {
  const logGroup = options.logGroup ?? createLogGroup(scope, 'AccessLogs', { ...defaults, retention: options.logRetention });
  return {
    settings: { destination: new LogGroupLogDestination(logGroup), format: options.format ?? formatOf(options) },
    prerequisite: options.createAccountRole ? accountOf(Stack.of(scope)) : undefined,
  };
}

/** Throws on the first option that contradicts another. Creates nothing. */
export function checkAccessLogs({ logGroup, logRetention, logClientIp, format }: AccessLogOptions = {}): void {
  if (logGroup && logRetention !== undefined) {
    throw new Error(`'accessLogs.logRetention' must be left out with 'accessLogs.logGroup', got ${logRetention} days; set the retention of that log group`);
  }
  if (format && logClientIp !== undefined) {
    throw new Error(`'accessLogs.logClientIp' must be left out with 'accessLogs.format', got ${logClientIp}; the format says what is logged`);
  }
}

function formatOf({ logClientIp }: AccessLogOptions): AccessLogFormat {
  const members = { ...MEMBERS, ...(logClientIp && { clientIp: 'identity.sourceIp' }) };
  return AccessLogFormat.custom(JSON.stringify(Object.fromEntries(Object.entries(members).map(([name, variable]) => [name, `$context.${variable}`]))));
}

/** The settings of API Gateway that hold for the whole account; one of them is enough for all APIs of a stack. */
function accountOf(stack: Stack): IConstruct {
  const known = stack.node.tryFindChild(ACCOUNT_ID);
  if (known) return known;
  const role = new Role(stack, `${ACCOUNT_ID}Role`, {
    description: 'Lets API Gateway write the logs of all APIs of this account',
    assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
  });
  suppressManagedPolicy(role, ['AmazonAPIGatewayPushToCloudWatchLogs'], 'It is the policy that API Gateway asks for in order to write logs');
  const account = new CfnAccount(stack, ACCOUNT_ID, { cloudWatchRoleArn: role.roleArn });
  // Other APIs of the account may write their logs by it: neither goes with this stack.
  for (const resource of [role, account]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return account;
}
