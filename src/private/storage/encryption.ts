import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { type Construct } from 'constructs';

/** Permissions that a sender to an encrypted queue needs: to create a data key, and to use one. */
const SENDING = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** Throws if a key cannot encrypt what is in the stack of an API. Creates nothing. */
export function checkEncryptionKey(scope: Construct, key: IKey | undefined): void {
  const [got, wanted] = [key?.env.region, Stack.of(scope).region];
  if (got === undefined || Token.isUnresolved(got) || Token.isUnresolved(wanted) || got === wanted) return;
  throw new Error(`'encryptionKey' must be in the region of the API, ${wanted}, got ${got}; a key works in its own region only: create one beside the API`);
}

/**
 * Lets CloudWatch Logs use a key for the log groups of this account and region.
 *
 * The principal of CloudWatch Logs has the suffix of the partition: `amazonaws.com.cn` in China. What it is in the newest
 * partitions (European Sovereign Cloud, iso-e, iso-f) is (u): Terraform has `amazonaws.com` there.
 */
export function allowLogs(scope: Construct, key: IKey): void {
  const { partition, region, account, urlSuffix } = Stack.of(scope);
  const { statementAdded } = key.addToResourcePolicy(new PolicyStatement({
    principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
    // Not one log group by its name: it would have to exist before the key that it needs.
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` } },
  }));
  if (statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'cdk-broadcast-websocket-api:encryptionKeyWithoutLogs',
    `'encryptionKey' should let ${nameOfLogs(region)} use it, got an imported key whose policy cannot be changed; `
    + 'log groups cannot be created without: add that to the policy of the key, and acknowledge this',
  );
}

/** The principal as a person has to write it. */
function nameOfLogs(region: string): string {
  if (Token.isUnresolved(region)) return 'logs.<region>.amazonaws.com';
  return `logs.${region}.${RegionInfo.get(region).domainSuffix ?? 'amazonaws.com'}`;
}

/** Lets a principal send to a queue, and use its key if the queue has one. */
export function grantSendingKey(queue: IQueue, grantee: IGrantable): void {
  queue.encryptionMasterKey?.grant(grantee, ...SENDING);
}

/** Lets a principal read a queue's messages if they are encrypted with a key. */
export function grantReadingKey(queue: IQueue, grantee: IGrantable): void {
  queue.encryptionMasterKey?.grant(grantee, 'kms:Decrypt');
}
