import { type RemovalPolicy } from 'aws-cdk-lib';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Construct } from 'constructs';
import { allowLogs } from '../storage/encryption';

/** Settings of everything that stores data of an API. */
export interface StorageDefaults {
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey?: IKey;
}

export interface LogGroupSettings extends StorageDefaults {
  /** @default - a month */
  readonly retention?: RetentionDays;
}

/** A log group of ours: one that a service made by itself would keep its entries for ever and outlive the stack. */
export function createLogGroup(scope: Construct, id: string, { retention = RetentionDays.ONE_MONTH, ...settings }: LogGroupSettings): LogGroup {
  if (settings.encryptionKey) allowLogs(scope, settings.encryptionKey);
  return new LogGroup(scope, id, { retention, ...settings });
}
