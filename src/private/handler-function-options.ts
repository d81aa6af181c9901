import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type FunctionOptions, Architecture } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Construct } from 'constructs';
import { type HandlerOptions } from '../handler-options';

/** What a handler is, whatever the user says of how it runs. */
export interface HandlerDefaults {
  readonly description: string;
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly environment: Record<string, string>;
  readonly logGroupId: string;
  readonly removalPolicy: RemovalPolicy;
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
    // A group that Lambda made by itself would keep its entries for ever and outlive the stack.
    logGroup: options.logGroup ?? new LogGroup(scope, defaults.logGroupId, {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: defaults.removalPolicy,
    }),
    tracing: options.tracing,
    vpc: options.vpc,
    vpcSubnets: options.vpcSubnets,
    securityGroups: options.securityGroups,
  };
}
