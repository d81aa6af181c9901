import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { grantConnections, type StageOfApi } from './private/endpoint/connections-grant';
import { grantSendingKey } from './private/storage/encryption';
import { checkKind } from './private/validation/kinds';
import { GRANTEE } from './private/validation/shapes';

/** What the permissions of an API are about. */
interface Granting extends Construct {
  readonly broadcastQueue: IQueue;
  _stageOfApi(): StageOfApi;
}

/**
 * The permissions that an API can grant to a principal.
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
   * The queue is created if nothing has asked for it before. With an `encryptionKey`, the use of the key is granted as well.
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
}
