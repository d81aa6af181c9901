import { functionArnOf } from './function-arns';
import { numberOf, Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

/** A queue whose messages a function handles. */
export interface EventSourceModel {
  readonly path: string;
  readonly queueArn: string;
  readonly functionArn: string;
  readonly region: string;
  readonly batchSize: number;
  /** Longest wait of a batch for more messages. */
  readonly batchingWindowSeconds: number;
  /** Most batches under way at once. */
  readonly concurrency: number;
  /** Whether the function returns the messages that it could not handle. */
  readonly reportsFailures: boolean;
}

/** Lambda starts with five pollers; adding more under load is not emulated. */
const DEFAULT_CONCURRENCY = 5;

/** Reads an event source mapping, or returns the reason for which it is not emulated; undefined when it is disabled. */
export function readEventSource(scope: StackScope, resource: StackResource): EventSourceModel | string | undefined {
  const { path } = resource;
  const properties = new Properties(scope, resource);
  if (properties.text('Enabled') === 'false') return undefined;
  const queueArn = properties.text('EventSourceArn') ?? '';
  if (!/^arn:[^:]+:sqs:/.test(queueArn)) return `${path}: event sources other than SQS queues are not emulated`;
  if (properties.has('FilterCriteria')) return `${path}: filters of event sources are not emulated; nothing is polled`;
  return {
    path,
    queueArn,
    functionArn: functionArnOf(properties.requiredText('FunctionName'), scope.environment),
    region: scope.environment.region,
    batchSize: properties.number('BatchSize') ?? 10,
    batchingWindowSeconds: properties.number('MaximumBatchingWindowInSeconds') ?? 0,
    concurrency: numberOf(properties.object('ScalingConfig')?.MaximumConcurrency) ?? DEFAULT_CONCURRENCY,
    reportsFailures: properties.texts('FunctionResponseTypes').includes('ReportBatchItemFailures'),
  };
}
