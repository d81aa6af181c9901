import { Duration, type Stack } from 'aws-cdk-lib';
import { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ATTRIBUTE, ENV, HISTORY_ATTRIBUTE, type MessageFormatName } from '../../../src/private/contract';
import { addHeartbeatRoute } from '../../../src/private/endpoint/heartbeat';
import { ReservingWebSocketApi } from '../../../src/private/endpoint/reserved-routes';
import { ConnectionHandlerFunction } from '../../../src/private/handlers/connection-handler-function';
import { LayeredDeliveryHandlerFunction } from '../../../src/private/handlers/layered-delivery-handler-function';
import { LayeredMessageHandlerFunction } from '../../../src/private/handlers/layered-message-handler-function';
import { LayeredQueuedMessageHandlerFunction } from '../../../src/private/handlers/layered-queued-message-handler-function';
import { ACTION, LAYER, LAYER_ENV } from '../../../src/private/layer-contract';

export interface HistoryApiProps {
  readonly queued?: boolean;
  readonly retentionSeconds?: number;
  readonly maxMessages?: number;
  /** Of the message handler, beside what it needs. */
  readonly environment?: Record<string, string>;
}

/** The layered handlers behind an API by plain L2s, with limits that the construct would not let through. */
export class HistoryApi extends Construct {
  readonly connections = this.table('Connections', { [ATTRIBUTE.connectionId]: AttributeType.STRING });
  readonly history = this.table('History', { [HISTORY_ATTRIBUTE.channel]: AttributeType.STRING, [HISTORY_ATTRIBUTE.position]: AttributeType.NUMBER });
  readonly deadLetterQueue = new Queue(this, 'DeadLetterQueue');
  readonly broadcastQueue = this.queue('BroadcastQueue');
  private readonly chunkQueue = this.queue('ChunkQueue');
  private readonly messageQueue = this.queue('MessageQueue');

  constructor(stack: Stack, id: string, private readonly props: HistoryApiProps = {}) {
    super(stack, id);
    const api = new ReservingWebSocketApi(this, 'Api', {});
    addHeartbeatRoute(api, () => [LAYER.history]);
    const stage = new WebSocketStage(this, 'Stage', { webSocketApi: api, stageName: 'prod', autoDeploy: true });
    const rows = { [ENV.tableName]: this.connections.tableName };
    const connect = new ConnectionHandlerFunction(this, 'ConnectionHandler', {
      timeout: Duration.seconds(10), environment: { ...rows, [ENV.connectionTtlSeconds]: '10800' },
    });
    const delivery = { ...rows, [ENV.callbackUrl]: stage.callbackUrl, ...this.historyEnvironment() };
    const message = this.messageHandler(delivery);
    const integrate = (handler: LambdaFunction, name: string) => new WebSocketLambdaIntegration(`${name}Integration`, handler);
    api.addRoute('$connect', { integration: integrate(connect, 'Connect') });
    api.addRoute('$disconnect', { integration: integrate(connect, 'Disconnect') });
    api.addRoute('$default', { integration: integrate(message, 'Default') });
    for (const action of Object.values(ACTION)) api.addRoute(action, { integration: integrate(message, action), returnResponse: true });
    this.addDelivery(delivery);
  }

  private messageHandler(delivery: Record<string, string>): LambdaFunction {
    const { queued, environment } = this.props;
    const options = { timeout: Duration.seconds(28), memorySize: 1024 };
    return queued
      ? new LayeredQueuedMessageHandlerFunction(this, 'MessageHandler', {
        ...options, environment: { ...delivery, [LAYER_ENV.messageQueueUrl]: this.messageQueue.queueUrl, ...environment },
      })
      : new LayeredMessageHandlerFunction(this, 'MessageHandler', { ...options, environment: { ...delivery, ...environment } });
  }

  private addDelivery(delivery: Record<string, string>): void {
    const { chunkQueue, messageQueue, broadcastQueue, deadLetterQueue, props: { queued } } = this;
    const handler = new LayeredDeliveryHandlerFunction(this, 'DeliveryHandler', {
      timeout: Duration.seconds(30),
      memorySize: 1024,
      environment: {
        ...delivery,
        [ENV.chunkQueueUrl]: chunkQueue.queueUrl,
        [ENV.chunkQueueArn]: chunkQueue.queueArn,
        [ENV.deadLetterQueueUrl]: deadLetterQueue.queueUrl,
        [ENV.maxAgeSeconds]: '300',
        ...(queued && { [LAYER_ENV.messageQueueArn]: messageQueue.queueArn }),
      },
    });
    for (const [index, queue] of [broadcastQueue, chunkQueue, messageQueue].entries()) {
      new EventSourceMapping(handler, `Source${index}`, { target: handler, eventSourceArn: queue.queueArn, batchSize: 10, reportBatchItemFailures: true });
    }
  }

  private historyEnvironment(): Record<string, string> {
    const { retentionSeconds = 3_600, maxMessages = 10_000 } = this.props;
    return {
      [ENV.messageFormat]: 'ENVELOPE' satisfies MessageFormatName,
      [ENV.maxMessageBytes]: String(24 * 1024),
      [LAYER_ENV.historyTableName]: this.history.tableName,
      [LAYER_ENV.historyRetentionSeconds]: String(retentionSeconds),
      [LAYER_ENV.historyMaxMessages]: String(maxMessages),
    };
  }

  private table(id: string, keys: Record<string, AttributeType>): Table {
    const [partitionKey, sortKey] = Object.entries(keys).map(([name, type]) => ({ name, type }));
    return new Table(this, id, { partitionKey, sortKey, timeToLiveAttribute: ATTRIBUTE.ttl, billingMode: BillingMode.PAY_PER_REQUEST });
  }

  /** What fails comes again after seconds instead of 90, so that it is in the dead-letter queue soon; longer than a cold start on a busy machine. */
  private queue(id: string): Queue {
    return new Queue(this, id, { visibilityTimeout: Duration.seconds(8), deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 2 } });
  }
}
