import { RemovalPolicy } from 'aws-cdk-lib';
import { checkDuration, checkInteger } from './checks';
import { type HandlerOptions } from '../../handler-options';
import { BOUND, QUOTA, TUNING } from '../contract';

export function checkRemovalPolicy(policy: RemovalPolicy | undefined, prop = 'removalPolicy'): void {
  if (policy === RemovalPolicy.SNAPSHOT) {
    throw new Error(
      `'${prop}' must not be SNAPSHOT, got SNAPSHOT; DynamoDB tables and log groups have no such policy: use DESTROY or RETAIN`,
    );
  }
}

/** The bounds of a function's timeout, and their reason with the fix. */
interface TimeoutRule {
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
  readonly why: string;
}

export const CONNECTION_TIMEOUT: TimeoutRule = {
  shortestSeconds: 1,
  longestSeconds: TUNING.connectionHandlerTimeoutSeconds,
  why: `a client waits so long to be let in: use Duration.seconds(${TUNING.connectionHandlerTimeoutSeconds}) or less`,
};
export const MESSAGE_TIMEOUT: TimeoutRule = {
  shortestSeconds: BOUND.minDeliveryTimeoutSeconds,
  longestSeconds: TUNING.messageHandlerTimeoutSeconds,
  why: `API Gateway gives up after ${QUOTA.integrationTimeoutSeconds} s, and with less than ${BOUND.minDeliveryTimeoutSeconds} s there is no time to deliver: `
    + `use Duration.seconds(${TUNING.messageHandlerTimeoutSeconds})`,
};
export const DELIVERY_TIMEOUT: TimeoutRule = {
  shortestSeconds: BOUND.minDeliveryTimeoutSeconds,
  longestSeconds: TUNING.deliveryHandlerTimeoutSeconds,
  why: `a queue gives a part to another invocation after ${TUNING.queueVisibilitySeconds} s, and with less than ${BOUND.minDeliveryTimeoutSeconds} s there is no time to deliver: `
    + `use Duration.seconds(${TUNING.deliveryHandlerTimeoutSeconds})`,
};

/** Throws on the first option with which a function would not deploy, or not do its work. */
export function checkHandlerOptions(
  prop: string, { shortestSeconds, longestSeconds, why }: TimeoutRule, options: HandlerOptions = {}, minConcurrency?: number,
): void {
  const { timeout, memorySize, reservedConcurrentExecutions, logGroup, logRetention, vpc, vpcSubnets, securityGroups } = options;
  if (logGroup && logRetention !== undefined) {
    throw new Error(`'${prop}.logRetention' must be left out with its logGroup, got ${logRetention} days; set the retention of that log group`);
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(`'${prop}.vpc' must be set when its vpcSubnets or securityGroups are, got none; name the VPC that they are in`);
  }
  checkDuration(`${prop}.timeout`, timeout, shortestSeconds, longestSeconds, why);
  checkInteger(`${prop}.memorySize`, memorySize, 128, 10_240, 'MB', 'AWS Lambda takes no other: leave it out to get the default');
  checkInteger(
    `${prop}.reservedConcurrentExecutions`, reservedConcurrentExecutions, minConcurrency ?? 0, Number.MAX_SAFE_INTEGER, 'executions',
    minConcurrency === undefined
      ? 'leave it out to use the concurrency of the account'
      : 'with fewer its queues are refused, and messages end in the dead-letter queue: raise it, or leave it out',
  );
}
