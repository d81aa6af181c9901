import { type IKey } from 'aws-cdk-lib/aws-kms';

/**
 * Attributes of a `BroadcastWebSocketApi` in another stack of the same account and region.
 */
export interface BroadcastWebSocketApiAttributes {
  /**
   * Id of the WebSocket API: `webSocketApi.apiId`.
   */
  readonly webSocketApiId: string;

  /**
   * Name of its stage: `stage.stageName`.
   *
   * @default 'prod'
   */
  readonly stageName?: string;

  /**
   * Address that clients connect to, if it is on a custom domain.
   *
   * @default - the address that API Gateway gives the stage
   */
  readonly url?: string;

  /**
   * ARN of the queue on which backends publish: `broadcastQueue.queueArn`.
   *
   * @default - the imported API cannot be published to
   */
  readonly broadcastQueueArn?: string;

  /**
   * ARN of the queue on which backends close connections: `disconnectQueue.queueArn`.
   *
   * @default - connections of the imported API cannot be closed
   */
  readonly disconnectQueueArn?: string;

  /**
   * ARN of the table of the members of channels: `membersTable.tableArn`.
   *
   * @default - the members of channels cannot be read
   */
  readonly membersTableArn?: string;

  /**
   * Key of the queues and of the members table: the `encryptionKey` of the API.
   *
   * @default - keys of AWS, for which no permission is needed
   */
  readonly encryptionKey?: IKey;
}
