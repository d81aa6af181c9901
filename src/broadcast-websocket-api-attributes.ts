import { type IKey } from 'aws-cdk-lib/aws-kms';

/**
 * What is to be known of a `BroadcastWebSocketApi` in order to use it from another stack of its account and region.
 */
export interface BroadcastWebSocketApiAttributes {
  /**
   * The id of the WebSocket API: `webSocketApi.apiId`.
   */
  readonly webSocketApiId: string;

  /**
   * The name of its stage: `stage.stageName`.
   *
   * @default 'prod'
   */
  readonly stageName?: string;

  /**
   * The address that clients connect to, if it is a custom domain's.
   *
   * @default - the address that API Gateway gives the stage
   */
  readonly url?: string;

  /**
   * The ARN of the queue that backends publish on: `broadcastQueue.queueArn`.
   *
   * @default - the API cannot be published to
   */
  readonly broadcastQueueArn?: string;

  /**
   * The ARN of the queue by which backends close connections: `disconnectQueue.queueArn`.
   *
   * @default - connections of the API cannot be closed by it
   */
  readonly disconnectQueueArn?: string;

  /**
   * The ARN of the table of who is in which channel: `membersTable.tableArn`.
   *
   * @default - the members of channels cannot be read
   */
  readonly membersTableArn?: string;

  /**
   * The key of the queues and of the table, which those need who use them: the `encryptionKey` of the API.
   *
   * @default - keys of AWS, which everybody may use who may use the queues and the table
   */
  readonly encryptionKey?: IKey;
}
