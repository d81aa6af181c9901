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
   * The key of `broadcastQueue`, which publishers have to use: the `encryptionKey` of the API.
   *
   * @default - the queue is encrypted with a key of SQS, which everybody may use who may send to it
   */
  readonly encryptionKey?: IKey;
}
