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
 * A WebSocket endpoint on which every message is broadcast to every connection.
 */
export interface IBroadcastWebSocketApi extends IConstruct, IBroadcastMetrics {
  /**
   * The address that clients connect to: `wss://…/<stage>`, or that of the custom domain.
   */
  readonly url: string;

  /**
   * The address that backends reach connections by: `https://…/<stage>`.
   *
   * Give it to the API Gateway Management API client as its endpoint.
   */
  readonly callbackUrl: string;

  /**
   * The queue that backends publish on: each message on it is broadcast.
   *
   * Its body is the message. Message attributes, all optional and of the type String: `exclude`, connection ids that do not
   * receive it, separated by commas; `format`, a `MessageFormat` by its name; `id`, what clients tell repetitions by; `sentAt`,
   * when it was sent first, in epoch milliseconds, if that is earlier than when it got here; `to`, whom it is for: `channel:<name>`,
   * `user:<id>` or `connection:<id>` in place of all connections, on an API with such a layer. What cannot be broadcast ends in its dead-letter queue.
   *
   * It is created, with all that serves it, when it is first asked for.
   */
  readonly broadcastQueue: IQueue;

  /**
   * The queue by which backends close connections: the body is JSON, `{"to":"user:<id>"}`, `{"to":"channel:<name>"}` or `{"to":"connection:<id>"}`.
   *
   * Each of these connections gets an error frame with the code `kicked`, and is closed. A client may connect again: the authorizer decides.
   *
   * It is created, with all that serves it, when it is first asked for.
   */
  readonly disconnectQueue: IQueue;

  /**
   * The table of who is in which channel, if the API has channels or a `userIdKey`.
   *
   * docs/channels.md describes its rows.
   */
  readonly membersTable?: ITable;

  /**
   * The permissions that this API can grant to a principal.
   */
  readonly grants: BroadcastWebSocketApiGrants;

  /**
   * Lets a principal publish on `broadcastQueue`: the same as `grants.publish`.
   *
   * @param grantee the principal that publishes
   */
  grantPublish(grantee: IGrantable): Grant;

  /**
   * Lets a function publish, and sets its environment variable `BROADCAST_QUEUE_URL` to the address of the queue.
   *
   * @param fn the function that publishes
   * @returns the permission to publish
   */
  addPublisher(fn: LambdaFunction): Grant;

  /**
   * Lets a function close connections, and sets its environment variable `DISCONNECT_QUEUE_URL` to the address of the queue.
   *
   * @param fn the function that closes connections
   * @returns the permission to close them
   */
  addDisconnector(fn: LambdaFunction): Grant;

  /**
   * Lets a principal use `@connections` of this stage: the same as `grants.manageConnections`.
   *
   * @param grantee the principal that calls `@connections`
   */
  grantManageConnections(grantee: IGrantable): Grant;
}

/**
 * What an API that is created and one that is imported have in common.
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
