import { Duration } from 'aws-cdk-lib';
import { type FunctionOptions, Architecture } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { createLogGroup, type StorageDefaults } from './log-group';
import { type HandlerOptions } from '../handler-options';

/** What a handler is, whatever the user says of how it runs. */
export interface HandlerDefaults extends StorageDefaults {
  readonly description: string;
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly environment: Record<string, string>;
  readonly logGroupId: string;
}

/** The options of a handler's function; creates its log group unless there is one. */
export function handlerFunctionOptions(scope: Construct, defaults: HandlerDefaults, options: HandlerOptions = {}): FunctionOptions {
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
