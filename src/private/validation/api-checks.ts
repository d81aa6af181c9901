import { Annotations, Token, type Duration } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { checkAccess } from './access-checks';
import { checkBatches } from './batch-checks';
import { secondsOf } from './checks';
import { BOUND, QUOTA, TUNING } from '../contract';
import { checkHandlerOptions, checkRemovalPolicy, CONNECTION_TIMEOUT, DELIVERY_TIMEOUT, MESSAGE_TIMEOUT } from './handler-checks';
import { checkHistory } from './history-checks';
import { checkKind, checkStruct } from './kinds';
import { checkLayers } from './layer-checks';
import { API_PROPS, SCOPE } from './shapes';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { FanOut } from '../../fan-out';
import { type LayerSource } from '../channels/layers';
import { checkLimits } from '../endpoint/client-limits';
import { hasMessageQueue } from '../handlers/publish-access';
import { LAYER_TUNING } from '../layer-contract';
import { checkAccessLogs } from '../monitoring/access-logs';

/** Throws on the first prop that AWS would refuse or that would lose messages. Creates nothing. */
export function validateProps(scope: Construct, props: BroadcastWebSocketApiProps): void {
  checkKind('scope', scope, SCOPE);
  checkStruct('props', props, API_PROPS);
  checkApiName(props.apiName);
  checkStageName(props.stageName);
  checkMappingKey(props.domainMapping?.mappingKey);
  checkAccess(props);
  checkHistory(props);
  checkBatches(props);
  checkLayers(scope, props);
  checkLimits(props);
  checkConnectionTtl(props.connectionTtl);
  checkDeliveryRateLimit(props.deliveryRateLimit);
  checkRemovalPolicy(props.removalPolicy);
  checkAccessLogs(props.accessLogs);
  checkHandlerOptions('connectionHandlerOptions', CONNECTION_TIMEOUT, props.connectionHandlerOptions);
  checkHandlerOptions('messageHandlerOptions', MESSAGE_TIMEOUT, props.messageHandlerOptions);
  checkHandlerOptions('disconnectHandlerOptions', DELIVERY_TIMEOUT, props.disconnectHandlerOptions, TUNING.publicQueueConcurrency);
  checkHandlerOptions('presenceHandlerOptions', DELIVERY_TIMEOUT, props.presenceHandlerOptions, LAYER_TUNING.presenceConcurrency);
  checkConcurrency({ props, channels: { rules: [] } });
}

/** Throws if the function that delivers may not run as often at once as its queues want. Creates nothing. */
export function checkConcurrency(source: LayerSource): void {
  checkHandlerOptions('deliveryHandlerOptions', DELIVERY_TIMEOUT, source.props.deliveryHandlerOptions, concurrencyOf(source));
}

/** Concurrency that the queues of the delivery handler need, as far as it is known. */
function concurrencyOf(source: LayerSource): number {
  const { workers } = (source.props.fanOut ?? FanOut.direct())._bind();
  const queuesOfMessages = hasMessageQueue(source) ? 2 : 1;
  return queuesOfMessages * TUNING.publicQueueConcurrency + (Token.isUnresolved(workers) ? BOUND.minWorkers : workers);
}

function checkApiName(apiName: string | undefined): void {
  if (apiName === undefined || Token.isUnresolved(apiName)) return;
  if (apiName.length < 1 || apiName.length > 128) {
    throw new Error(
      `'apiName' must have 1 to 128 characters, got ${apiName.length}: '${apiName}'; shorten it, or leave it out to get a unique name`,
    );
  }
}

export function checkStageName(stageName: string | undefined): void {
  if (stageName === undefined || Token.isUnresolved(stageName)) return;
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) {
    throw new Error(
      `'stageName' must have 1 to 128 letters, digits, hyphens and underscores only, got '${stageName}'; `
      + "API Gateway refuses any other, '$default' too, for a WebSocket API: use a name such as 'prod'",
    );
  }
}

function checkMappingKey(key: string | undefined): void {
  if (key === undefined || Token.isUnresolved(key)) return;
  if (!/^[A-Za-z0-9$_.+!*'()-]{1,300}$/.test(key)) {
    throw new Error(
      `'domainMapping.mappingKey' must have 1 to 300 letters, digits and characters of $-_.+!*'() only, got '${key}'; `
      + 'WebSocket APIs have no path of several parts: leave it out to use the domain alone',
    );
  }
}

function checkConnectionTtl(ttl: Duration | undefined): void {
  if (ttl === undefined) return;
  const seconds = secondsOf('connectionTtl', ttl);
  if (!Token.isUnresolved(seconds) && !Number.isInteger(seconds)) {
    throw new Error(`'connectionTtl' must be a whole number of seconds, got ${seconds}; DynamoDB expires by the second: use Duration.hours(3)`);
  }
  if (!Token.isUnresolved(seconds) && seconds < BOUND.minConnectionTtlSeconds) {
    throw new Error(
      `'connectionTtl' must be at least ${BOUND.minConnectionTtlSeconds / 60} minutes, got ${seconds} seconds; `
      + 'a connection may live for 2 hours, and one whose row has expired receives nothing: use Duration.hours(3)',
    );
  }
}

function checkDeliveryRateLimit(rate: number | undefined): void {
  if (rate === undefined || Token.isUnresolved(rate)) return;
  if (!(rate >= 1 && rate <= BOUND.maxDeliveryRate)) {
    throw new Error(
      `'deliveryRateLimit' must be between 1 and ${BOUND.maxDeliveryRate} deliveries per second, got ${rate}; `
      + 'leave it out to get half of what API Gateway serves by default',
    );
  }
}

/** Warns of props that deploy and may yet not do what they say. */
export function warnOfProps(scope: Construct, props: BroadcastWebSocketApiProps): void {
  warnOfDeliveryRateLimit(scope, props);
}

function warnOfDeliveryRateLimit(scope: Construct, { deliveryRateLimit: rate }: BroadcastWebSocketApiProps): void {
  if (rate !== undefined && !Token.isUnresolved(rate) && rate > QUOTA.requestsPerSecond) {
    Annotations.of(scope).addWarningV2(
      'cdk-broadcast-websocket-api:deliveryRateLimitAboveQuota',
      `'deliveryRateLimit' should be at most ${QUOTA.requestsPerSecond}, got ${rate}; API Gateway refuses more requests per second and `
      + 'account by default, and then other APIs of the account are refused too: acknowledge this once your quota is raised',
    );
  }
}
