import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requireEnv } from './environment';
import { MembersTable } from './members-table';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import type { ForgetPorts } from '../core/forget';
import type { MemberTable } from '../core/members/member-table';
import { leaveAll } from '../core/members/membership';

/** The members table of the environment; undefined without channels and users. @param pageRows see `MembersTable` */
export function membersTable(client: DynamoDBClient, { pageRows }: { pageRows?: number } = {}): MemberTable | undefined {
  const name = process.env[LAYER_ENV.membersTableName];
  return name === undefined ? undefined : new MembersTable(client, name, requireEnv(ENV.tableName), pageRows);
}

/** Whatever forgets a connection ends its memberships. */
export function forgetting(members: MemberTable | undefined): Pick<ForgetPorts, 'onForgotten'> {
  return members ? { onForgotten: async (connection, abortSignal) => void await leaveAll(connection, members, abortSignal) } : {};
}
