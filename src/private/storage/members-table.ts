import { BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';
import { grantTableActions } from './connections-table';
import { keyOf, ownTable } from './given-table';
import { MEMBER_ATTRIBUTE } from '../layer-contract';
import { type StorageDefaults } from '../monitoring/log-group';
import { suppressTable } from '../monitoring/nag-suppressions';

/** The table of who is in which channel. Like the connections that its rows belong to, they are nothing to keep. */
export function createMembersTable(scope: Construct, { removalPolicy, encryptionKey }: StorageDefaults): Table {
  const table = new Table(scope, 'Members', {
    partitionKey: keyOf(MEMBER_ATTRIBUTE.channel, 'S'),
    sortKey: keyOf(MEMBER_ATTRIBUTE.connectionId, 'S'),
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: MEMBER_ATTRIBUTE.ttl,
    encryptionKey,
    removalPolicy,
  });
  suppressTable(table);
  ownTable(scope, table);
  return table;
}

/** To find the rows of a closed connection, and to delete one or several of them. */
const FORGETTING = ['dynamodb:Query', 'dynamodb:DeleteItem', 'dynamodb:PartiQLDelete'];

/** Lets a function subscribe connections, and delete what is left of closed ones. Whether one is open, it looks up beside its rows. */
export function grantSubscribing(members: ITable, connections: ITable, grantee: IGrantable): void {
  grantTableActions(members, grantee, 'dynamodb:PutItem', ...FORGETTING);
  for (const table of [members, connections]) grantTableActions(table, grantee, 'dynamodb:BatchGetItem');
}

/** Lets a function look up whether a connection is a member. */
export function grantMembershipCheck(members: ITable, grantee: IGrantable): void {
  grantTableActions(members, grantee, 'dynamodb:GetItem');
}

/** Lets a function read the lists of who is there, and note that one is to be made. */
export function grantPresenceMarks(table: ITable, grantee: IGrantable): void {
  grantTableActions(table, grantee, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
}

/** Lets a function make the key of the ids that users have for each other. */
export function grantPresenceKey(table: ITable, grantee: IGrantable): void {
  grantTableActions(table, grantee, 'dynamodb:PutItem');
}

/** Lets a function find the members of a channel, and delete those who are gone. */
export function grantMembers(table: ITable, grantee: IGrantable): void {
  grantTableActions(table, grantee, ...FORGETTING);
}
