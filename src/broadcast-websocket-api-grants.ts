import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { grantConnections, type StageOfApi } from './private/endpoint/connections-grant';
import { grantSendingKey } from './private/storage/encryption';
import { checkKind } from './private/validation/kinds';
import { GRANTEE } from './private/validation/shapes';

/** The parts of an API that permissions name. */
interface Granting extends Construct {
  readonly broadcastQueue: IQueue;
  readonly disconnectQueue: IQueue;
  readonly membersTable?: ITable;
  _stageOfApi(): StageOfApi;
}

/**
 * Permissions that an API can grant to a principal.
 */
export class BroadcastWebSocketApiGrants {
  /** @internal */
  public static _of(api: Granting): BroadcastWebSocketApiGrants {
    return new BroadcastWebSocketApiGrants(api);
  }

  private constructor(private readonly api: Granting) {}

  /**
   * Lets a principal publish on `broadcastQueue`, and nothing else.
   *
   * It may publish to all connections and to any channel, user or connection: the rules of channels apply to clients only. The queue is created
   * if it does not exist yet. With an `encryptionKey`, the use of the key is granted as well.
   *
   * @param grantee the principal that publishes
   */
  public publish(grantee: IGrantable): Grant {
    checkKind('grantee', grantee, GRANTEE);
    grantSendingKey(this.api.broadcastQueue, grantee);
    return this.api.broadcastQueue.grant(grantee, 'sqs:SendMessage');
  }

  /**
   * Lets a principal send to, look up and close the connections of this stage, and of no other.
   *
   * @param grantee the principal that calls `@connections`
   */
  public manageConnections(grantee: IGrantable): Grant {
    checkKind('grantee', grantee, GRANTEE);
    return grantConnections(this.api, grantee, this.api._stageOfApi(), '*');
  }

  /**
   * Lets a principal close connections on `disconnectQueue`, and nothing else.
   *
   * The queue is created if it does not exist yet. With an `encryptionKey`, the use of the key is granted as well.
   *
   * @param grantee the principal that closes connections
   */
  public disconnect(grantee: IGrantable): Grant {
    checkKind('grantee', grantee, GRANTEE);
    grantSendingKey(this.api.disconnectQueue, grantee);
    return this.api.disconnectQueue.grant(grantee, 'sqs:SendMessage');
  }

  /**
   * Lets a principal query the members of channels, and nothing else.
   *
   * docs/channels.md describes the rows of the table. With an `encryptionKey`, the use of the key is granted as well.
   *
   * @param grantee the principal that reads
   * @throws an error when the API has no such table yet: call `addChannels` before, or set `userIdKey`
   */
  public readMembers(grantee: IGrantable): Grant {
    checkKind('grantee', grantee, GRANTEE);
    const { membersTable: table } = this.api;
    if (!table) {
      throw new Error(
        `'membersTable' must be there for grants.readMembers, got none for '${this.api.node.path}'; `
        + 'call addChannels before, or set userIdKey; for an imported API, give its membersTableArn',
      );
    }
    table.encryptionKey?.grantDecrypt(grantee);
    return Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query', 'dynamodb:GetItem'], resourceArns: [table.tableArn] });
  }
}
