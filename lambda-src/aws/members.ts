import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requireEnv } from './environment';
import { MembersTable } from './members-table';
import { presence } from './presence';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import type { ForgetPorts } from '../core/forget';
import type { MemberTable } from '../core/members/member-table';
import { leaveAll } from '../core/members/membership';
import { MarkingMemberTable } from '../core/presence/presence-members';

/** Builds the members table from the environment; undefined without channels and users. @param pageRows see `MembersTable` */
export function membersTable(client: DynamoDBClient, { pageRows }: { pageRows?: number } = {}): MemberTable | undefined {
  const name = process.env[LAYER_ENV.membersTableName];
  if (name === undefined) return undefined;
  const table = new MembersTable(client, name, requireEnv(ENV.tableName), pageRows);
  const lists = presence(client);
  return lists ? new MarkingMemberTable(table, lists.marker, lists.hasPresence) : table;
}

/** Ends the memberships of every connection that is forgotten. */
export function forgetting(members: MemberTable | undefined): Pick<ForgetPorts, 'onForgotten'> {
  return members ? { onForgotten: async (connection, abortSignal) => void await leaveAll(connection, members, abortSignal) } : {};
}
