import { RemovalPolicy } from 'aws-cdk-lib';
import { checkDuration, checkInteger } from './checks';
import { LIMIT } from './contract';
import { type HandlerOptions } from '../handler-options';

export function checkRemovalPolicy(policy: RemovalPolicy | undefined): void {
  if (policy === RemovalPolicy.SNAPSHOT) {
    throw new Error(
      "'removalPolicy' must not be SNAPSHOT, got SNAPSHOT; DynamoDB tables and log groups have no such policy: use DESTROY or RETAIN",
    );
  }
}

/** Throws on the first option with which a function would not deploy, or not do its work. */
export function checkHandlerOptions(
  prop: string, [shortest, longest]: [number, number], options: HandlerOptions = {}, minConcurrency?: number,
): void {
  const { timeout, memorySize, reservedConcurrentExecutions, logGroup, logRetention, vpc, vpcSubnets, securityGroups } = options;
  if (logGroup && logRetention !== undefined) {
    throw new Error(`'${prop}.logRetention' must be left out with its logGroup, got ${logRetention} days; set the retention of that log group`);
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(`'${prop}.vpc' must be set when its vpcSubnets or securityGroups are, got none; name the VPC that they are in`);
  }
  const why = `API Gateway gives up after ${LIMIT.integrationTimeoutSeconds} s, a client that connects waits, and delivering needs time to end in order`;
  checkDuration(`${prop}.timeout`, timeout, shortest, longest, minConcurrency === undefined ? why : 'a queue gives what it holds to another soon after');
  checkInteger(`${prop}.memorySize`, memorySize, 128, 10_240, 'MB', 'AWS Lambda refuses any other');
  checkInteger(
    `${prop}.reservedConcurrentExecutions`, reservedConcurrentExecutions, minConcurrency ?? 0, Number.MAX_SAFE_INTEGER, 'executions',
    minConcurrency === undefined
      ? 'leave it out to use the concurrency of the account'
      : 'with fewer its queues are refused, and messages end in the dead-letter queue: raise it, or leave it out',
  );
}
