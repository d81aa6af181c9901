import { BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';
import { adoptTable, checkGivenTable, keyOf, ownTable, type TableRules } from './given-table';
import { ATTRIBUTE, PACE, RESERVED_KEY_PREFIX } from '../contract';
import { type StorageDefaults } from '../monitoring/log-group';
import { suppressTable } from '../monitoring/nag-suppressions';

const RULES: TableRules = {
  prop: 'connectionsTable',
  partitionKey: keyOf(ATTRIBUTE.connectionId, 'S'),
  ttl: ATTRIBUTE.ttl,
  whyNotShared: "each API takes the other's connections for closed ones and deletes them",
  withoutTtl: 'rows of lost connections stay and are read on every broadcast',
};

/**
 * The table of an API that was not given one. Its rows live no longer than the connections they stand for: there is
 * nothing to back up or recover, so point-in-time recovery is off, and it goes away with the stack unless told otherwise.
 */
export function createConnectionsTable(scope: Construct, id: string, { removalPolicy, encryptionKey }: StorageDefaults): Table {
  const table = new Table(scope, id, {
    partitionKey: RULES.partitionKey,
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: ATTRIBUTE.ttl,
    encryptionKey,
    removalPolicy,
  });
  suppressTable(table);
  ownTable(scope, table);
  return table;
}

/** Throws if an API cannot work with this table. Creates nothing. */
export function validateConnectionsTable(scope: Construct, table: ITable): void {
  checkGivenTable(scope, table, RULES);
}

/** Takes a table that was given for an API, and warns of what will work but not well. */
export function adoptConnectionsTable(scope: Construct, table: ITable): void {
  adoptTable(scope, table, RULES);
}

/** Grants actions on the rows of the table, and the use of its key if the table has a customer's key. */
export function grantTableActions(table: ITable, grantee: IGrantable, ...actions: string[]): void {
  Grant.addToPrincipal({ grantee, actions, resourceArns: [table.tableArn] });
  grantTableKey(table, grantee);
}

function grantTableKey(table: ITable, grantee: IGrantable): void {
  // `table.grant` leaves the key out: these are the actions that `table.grantReadWriteData` grants on it.
  table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*');
}

/** Grants the update of the one item in which the delivery rate is shared, and of no connection's row. */
export function grantPace(table: ITable, grantee: IGrantable): void {
  grantUpdate(table, grantee, { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [PACE.key] } });
}

/** Grants the update of the rows of connections, by which their message rate is kept, and of no item that is none. */
export function grantMessageRate(table: ITable, grantee: IGrantable): void {
  grantUpdate(table, grantee, { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': [`${RESERVED_KEY_PREFIX}*`] } });
  grantTableKey(table, grantee);
}

function grantUpdate(table: ITable, grantee: IGrantable, conditions: Record<string, Record<string, string[]>>): void {
  Grant.addToPrincipal({ grantee, actions: ['dynamodb:UpdateItem'], resourceArns: [table.tableArn], conditions });
}
