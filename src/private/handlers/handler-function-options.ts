import { Annotations, Duration } from 'aws-cdk-lib';
import { type FunctionOptions, Architecture } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { type HandlerOptions } from '../../handler-options';
import { createLogGroup, type StorageDefaults } from '../monitoring/log-group';

/** Settings of a handler that users cannot change, and the defaults of those they can. */
export interface HandlerDefaults extends StorageDefaults {
  readonly description: string;
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly environment: Record<string, string>;
  readonly logGroupId: string;
}

/** The options of a handler's function; creates its log group unless there is one. */
export function handlerFunctionOptions(scope: Construct, defaults: HandlerDefaults, options: HandlerOptions = {}): FunctionOptions {
  if (options.reservedConcurrentExecutions === 0) {
    Annotations.of(scope).addWarningV2(
      'cdk-broadcast-websocket-api:noConcurrency',
      `'reservedConcurrentExecutions' should be more than 0, got 0 for the function '${defaults.logGroupId.replace('Logs', '')}'; nothing runs then, `
      + 'and clients are refused or not heard: leave it out, or acknowledge this to switch the function off',
    );
  }
  return {
    description: defaults.description,
    environment: defaults.environment,
    architecture: Architecture.ARM_64,
    memorySize: options.memorySize ?? defaults.memorySize,
    timeout: options.timeout ?? Duration.seconds(defaults.timeoutSeconds),
    reservedConcurrentExecutions: options.reservedConcurrentExecutions,
    logGroup: options.logGroup ?? createLogGroup(scope, defaults.logGroupId, {
      retention: options.logRetention,
      removalPolicy: defaults.removalPolicy,
      encryptionKey: defaults.encryptionKey,
    }),
    tracing: options.tracing,
    vpc: options.vpc,
    vpcSubnets: options.vpcSubnets,
    securityGroups: options.securityGroups,
  };
}
