import { RemovalPolicy } from 'aws-cdk-lib';
import { BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type Construct } from 'constructs';
import { grantTableActions } from './connections-table';
import { adoptTable, checkGivenTable, isSameTable, keyOf, ownTable, type TableRules } from './given-table';
import { type HistoryOptions } from '../../history-options';
import { HISTORY_ATTRIBUTE } from '../contract';
import { suppressHistoryTable } from '../monitoring/nag-suppressions';

const RULES: TableRules = {
  prop: 'history.table',
  partitionKey: keyOf(HISTORY_ATTRIBUTE.channel, 'S'),
  sortKey: keyOf(HISTORY_ATTRIBUTE.position, 'N'),
  ttl: HISTORY_ATTRIBUTE.ttl,
  whyNotShared: 'the clients of each API would read the messages of the other',
  withoutTtl: 'messages stay for ever, long after they can be recovered',
};

/** Permissions of a reader. It fills an old hole with a tombstone, so that it does not wait for a writer that is gone. */
const READING = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'];
/** Additional permission of a writer, which reserves positions by updates. */
const RESERVING = 'dynamodb:UpdateItem';

/** Throws if the history cannot be kept in this table. Creates nothing. */
export function validateHistoryTable(scope: Construct, table: ITable, connectionsTable?: ITable): void {
  checkGivenTable(scope, table, RULES);
  if (!connectionsTable || !isSameTable(table, connectionsTable)) return;
  // The keys of an imported table are not known: else one of the two would have been refused for them.
  throw new Error(
    `'${RULES.prop}' must not be the 'connectionsTable', got '${connectionsTable.node.path}' for that; their keys are different: give the history a table of its own`,
  );
}

/** Creates the table of a history, or takes the one that was given. */
export function useHistoryTable(scope: Construct, options: HistoryOptions, encryptionKey?: IKey): ITable {
  if (!options.table) return createHistoryTable(scope, options, encryptionKey);
  adoptTable(scope, options.table, RULES);
  return options.table;
}

/** Unlike the other table it holds what nobody can make again, so that it stays when the stack goes. */
function createHistoryTable(
  scope: Construct, { pointInTimeRecovery = false, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }: HistoryOptions, encryptionKey?: IKey,
): Table {
  const table = new Table(scope, 'History', {
    partitionKey: RULES.partitionKey,
    sortKey: RULES.sortKey,
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: RULES.ttl,
    encryptionKey,
    removalPolicy,
    ...(pointInTimeRecovery && { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } }),
  });
  if (!pointInTimeRecovery) suppressHistoryTable(table);
  ownTable(scope, table);
  return table;
}

/** Lets a function read the history. */
export function grantHistoryReading(table: ITable, grantee: IGrantable): void {
  grantTableActions(table, grantee, ...READING);
}

/** Lets a function that may read the history append to it. */
export function grantHistoryAppending(table: ITable, grantee: IGrantable): void {
  grantTableActions(table, grantee, RESERVING);
}
