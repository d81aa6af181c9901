import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type IConstruct } from 'constructs';
import { type IBroadcastMetrics } from './broadcast-metrics';
import { BroadcastWebSocketApiGrants } from './broadcast-websocket-api-grants';
import { ENV } from './private/contract';
import { LAYER_ENV } from './private/layer-contract';
import { ConstructWithMetrics } from './private/monitoring/metrics';
import { checkKind } from './private/validation/kinds';
import { FUNCTION } from './private/validation/shapes';

/**
 * A WebSocket API that broadcasts every message to every connected client.
 */
export interface IBroadcastWebSocketApi extends IConstruct, IBroadcastMetrics {
  /**
   * Address that clients connect to: `wss://…/<stage>`, or that of the custom domain.
   */
  readonly url: string;

  /**
   * Address of `@connections` for backends: `https://…/<stage>`.
   *
   * Use it as the endpoint of the API Gateway Management API client.
   */
  readonly callbackUrl: string;

  /**
   * Queue on which backends publish: each message on it is broadcast.
   *
   * The body is the message. Message attributes are optional and of the type String: `exclude`, connection ids that do not receive it,
   * separated by commas; `format`, the name of a `MessageFormat`; `id`, by which clients drop repetitions; `sentAt`, when it was sent first,
   * in epoch milliseconds, if that is earlier than its arrival on the queue; `to`, its target on an API with channels or users:
   * `channel:<name>`, `user:<id>` or `connection:<id>` in place of all connections. A message that cannot be broadcast goes to the dead-letter queue.
   *
   * The queue and its function are created on first use of this property.
   */
  readonly broadcastQueue: IQueue;

  /**
   * Queue on which backends close connections.
   *
   * The body is JSON: `{"to":"user:<id>"}`, `{"to":"channel:<name>"}` or `{"to":"connection:<id>"}`. Each of these connections gets an error
   * frame with the code `kicked`, and is closed. A client may connect again: the authorizer decides.
   *
   * The queue and its function are created on first use of this property.
   */
  readonly disconnectQueue: IQueue;

  /**
   * Table of the members of channels, if the API has channels or a `userIdKey`.
   *
   * docs/channels.md describes its rows.
   */
  readonly membersTable?: ITable;

  /**
   * Permissions that this API can grant to a principal.
   */
  readonly grants: BroadcastWebSocketApiGrants;

  /**
   * Lets a principal publish on `broadcastQueue`, as `grants.publish` does.
   *
   * @param grantee the principal that publishes
   */
  grantPublish(grantee: IGrantable): Grant;

  /**
   * Lets a function publish, and sets its environment variable `BROADCAST_QUEUE_URL` to the queue's URL.
   *
   * @param fn the function that publishes
   * @returns the permission to publish
   */
  addPublisher(fn: LambdaFunction): Grant;

  /**
   * Lets a function close connections, and sets its environment variable `DISCONNECT_QUEUE_URL` to the queue's URL.
   *
   * @param fn the function that closes connections
   * @returns the permission to close them
   */
  addDisconnector(fn: LambdaFunction): Grant;

  /**
   * Lets a principal use `@connections` of this stage, as `grants.manageConnections` does.
   *
   * @param grantee the principal that calls `@connections`
   */
  grantManageConnections(grantee: IGrantable): Grant;
}

/**
 * Base of an API that is created and of one that is imported.
 *
 * @internal
 */
export abstract class BroadcastWebSocketApiBase extends ConstructWithMetrics implements IBroadcastWebSocketApi {
  public abstract readonly url: string;
  public abstract readonly callbackUrl: string;
  public abstract readonly broadcastQueue: IQueue;
  public abstract readonly disconnectQueue: IQueue;
  public abstract readonly membersTable?: ITable;
  public readonly grants = BroadcastWebSocketApiGrants._of(this);

  public grantManageConnections(grantee: IGrantable): Grant {
    return this.grants.manageConnections(grantee);
  }

  public grantPublish(grantee: IGrantable): Grant {
    return this.grants.publish(grantee);
  }

  public addPublisher(fn: LambdaFunction): Grant {
    checkKind('fn', fn, FUNCTION);
    fn.addEnvironment(ENV.broadcastQueueUrl, this.broadcastQueue.queueUrl);
    return this.grants.publish(fn);
  }

  public addDisconnector(fn: LambdaFunction): Grant {
    checkKind('fn', fn, FUNCTION);
    fn.addEnvironment(LAYER_ENV.disconnectQueueUrl, this.disconnectQueue.queueUrl);
    return this.grants.disconnect(fn);
  }
}
