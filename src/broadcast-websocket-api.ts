import { Duration, Names, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import { WebSocketApi, type WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { BroadcastWebSocketApiBase, type IBroadcastWebSocketApi } from './broadcast-websocket-api-base';
import { type BroadcastWebSocketApiProps } from './broadcast-websocket-api-props';
import { FanOut, type FanOutSettings } from './fan-out';
import { type BroadcastWebSocketApiAttributes, ImportedBroadcastWebSocketApi } from './imported-broadcast-websocket-api';
import { MessageFormat } from './message-format';
import { grantConnections, type StageOfApi } from './private/access';
import { ConnectionHandlerFunction } from './private/connection-handler-function';
import { adoptConnectionsTable, createConnectionsTable, grantPace, grantTableActions, validateConnectionsTable } from './private/connections-table';
import { ENV, LIMIT } from './private/contract';
import { createDelivery, type Delivery } from './private/delivery';
import { handlerFunctionOptions } from './private/handler-function-options';
import { addHeartbeatRoute } from './private/heartbeat';
import { MessageHandlerFunction } from './private/message-handler-function';
import { QueuedMessageHandlerFunction } from './private/queued-message-handler-function';
import { validateProps, warnOfProps } from './private/validation';

/**
 * A WebSocket API that broadcasts every message to every connected client.
 *
 * It creates a DynamoDB table of the open connections, a Lambda function that keeps it, a Lambda function that delivers
 * each message, and an API Gateway WebSocket API with one stage. The functions are shipped with this package: nothing is
 * bundled at synth. Anybody can connect.
 *
 * A message can have up to 128 KB, in frames of up to 32 KB.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 * @example
 * import { App, CfnOutput, Stack } from 'aws-cdk-lib';
 * import { BroadcastWebSocketApi, MessageFormat } from 'cdk-broadcast-websocket-api';
 *
 * const stack = new Stack(new App(), 'Chat');
 * const api = new BroadcastWebSocketApi(stack, 'Api', {
 *   excludeSender: true,
 *   messageFormat: MessageFormat.ENVELOPE,
 * });
 * new CfnOutput(stack, 'Url', { value: api.url });
 */
export class BroadcastWebSocketApi extends BroadcastWebSocketApiBase {
  /**
   * An API that another stack of the same account and region created.
   *
   * @param scope the scope that the API is imported into
   * @param id the id of the imported API in its scope
   * @param attrs what is known of it
   */
  public static fromBroadcastWebSocketApiAttributes(scope: Construct, id: string, attrs: BroadcastWebSocketApiAttributes): IBroadcastWebSocketApi {
    return new ImportedBroadcastWebSocketApi(scope, id, attrs);
  }

  /**
   * The WebSocket API.
   */
  public readonly webSocketApi: WebSocketApi;

  /**
   * The only stage of the API.
   *
   * Changes of the API are deployed to it automatically.
   */
  public readonly stage: WebSocketStage;

  /**
   * The table with one row for each open connection.
   */
  public readonly connectionsTable: ITable;

  /**
   * The function behind `$connect` and `$disconnect`.
   */
  public readonly connectionHandler: LambdaFunction;

  /**
   * The function behind `$default`, which delivers messages or, with `FanOut.queued`, puts them on `broadcastQueue`.
   */
  public readonly messageHandler: LambdaFunction;

  private readonly apiName: string;
  private readonly fanOut: FanOutSettings;
  private delivery?: Delivery;

  /**
   * @param scope the scope that the API is created in
   * @param id the id of the API in its scope
   * @param props the properties of the API
   * @throws an error that says the rule, the value and the fix, before anything is created, when a property is not valid
   */
  constructor(scope: Construct, id: string, private readonly props: BroadcastWebSocketApiProps = {}) {
    validateProps(props);
    if (props.connectionsTable) validateConnectionsTable(scope, props.connectionsTable);
    super(scope, id);
    warnOfProps(this, props);

    this.fanOut = (props.fanOut ?? FanOut.direct())._bind();
    this.apiName = props.apiName ?? Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-' });
    this.connectionsTable = this.useTable(props);
    this.connectionHandler = this.createConnectionHandler(props);
    this.messageHandler = this.fanOut.queued ? this.createQueuedMessageHandler(props) : this.createMessageHandler(props);
    this.webSocketApi = new WebSocketApi(this, 'Api', {
      apiName: this.apiName,
      description: 'Broadcasts every message to every connected client',
      routeSelectionExpression: '$request.body.action',
    });
    this.stage = this.createStage(props, this.addRoutes(props));
    this.introduceApi(this.connectionHandler, this.messageHandler);
    grantTableActions(this.connectionsTable, this.connectionHandler, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    if (this.fanOut.queued) this.addPublisher(this.messageHandler);
    else this.grantDelivery(this.messageHandler);
  }

  public get url(): string {
    return this.stage.url;
  }

  public get callbackUrl(): string {
    return this.stage.callbackUrl;
  }

  /**
   * The queue that backends publish on; it is created, with all that serves it, when it is first asked for.
   */
  public get broadcastQueue(): IQueue {
    return this.useDelivery().broadcastQueue;
  }

  /**
   * Where messages end that could not be broadcast; it is created together with `broadcastQueue`.
   */
  public get deadLetterQueue(): IQueue {
    return this.useDelivery().deadLetterQueue;
  }

  /**
   * The function that broadcasts what lies on `broadcastQueue`; it is created together with it.
   */
  public get deliveryHandler(): LambdaFunction {
    return this.useDelivery().handler;
  }

  public grantManageConnections(grantee: IGrantable): Grant {
    return grantConnections(this, grantee, this.stageOfApi(), '*');
  }

  private useTable(props: BroadcastWebSocketApiProps): ITable {
    if (!props.connectionsTable) return createConnectionsTable(this, 'Connections', removalPolicyOf(props));
    adoptConnectionsTable(this, props.connectionsTable);
    return props.connectionsTable;
  }

  private createConnectionHandler(props: BroadcastWebSocketApiProps): LambdaFunction {
    const ttl = props.connectionTtl ?? Duration.seconds(LIMIT.defaultConnectionTtlSeconds);
    return new ConnectionHandlerFunction(this, 'ConnectionHandler', handlerFunctionOptions(this, {
      description: `Keeps the connections of the WebSocket API ${this.apiName}`,
      memorySize: 256,
      timeoutSeconds: LIMIT.connectionHandlerTimeoutSeconds,
      environment: {
        [ENV.tableName]: this.connectionsTable.tableName,
        [ENV.connectionTtlSeconds]: Tokenization.stringifyNumber(ttl.toSeconds()),
      },
      logGroupId: 'ConnectionHandlerLogs',
      removalPolicy: removalPolicyOf(props),
    }, props.connectionHandlerOptions));
  }

  private createMessageHandler(props: BroadcastWebSocketApiProps): LambdaFunction {
    return new MessageHandlerFunction(this, 'MessageHandler', handlerFunctionOptions(this, {
      description: `Delivers the messages of the WebSocket API ${this.apiName}`,
      memorySize: 1024,
      timeoutSeconds: LIMIT.messageHandlerTimeoutSeconds,
      environment: { ...this.deliveryEnvironment(props), [ENV.excludeSender]: String(props.excludeSender ?? false) },
      logGroupId: 'MessageHandlerLogs',
      removalPolicy: removalPolicyOf(props),
    }, props.messageHandlerOptions));
  }

  private createQueuedMessageHandler(props: BroadcastWebSocketApiProps): LambdaFunction {
    return new QueuedMessageHandlerFunction(this, 'MessageHandler', handlerFunctionOptions(this, {
      description: `Puts the messages of the WebSocket API ${this.apiName} on its queue`,
      memorySize: 256,
      timeoutSeconds: LIMIT.messageHandlerTimeoutSeconds,
      environment: { [ENV.messageFormat]: formatOf(props), [ENV.excludeSender]: String(props.excludeSender ?? false) },
      logGroupId: 'MessageHandlerLogs',
      removalPolicy: removalPolicyOf(props),
    }, props.messageHandlerOptions));
  }

  /** What any function that delivers has to know, besides the API itself. */
  private deliveryEnvironment(props: BroadcastWebSocketApiProps): Record<string, string> {
    const { deliveryRateLimit } = props;
    const { maxConcurrency } = this.fanOut;
    return {
      [ENV.tableName]: this.connectionsTable.tableName,
      [ENV.messageFormat]: formatOf(props),
      ...(deliveryRateLimit !== undefined && { [ENV.deliveryRateLimit]: Tokenization.stringifyNumber(deliveryRateLimit) }),
      ...(maxConcurrency !== undefined && { [ENV.maxConcurrency]: Tokenization.stringifyNumber(maxConcurrency) }),
    };
  }

  private useDelivery(): Delivery {
    if (!this.delivery) {
      this.delivery = createDelivery(this, {
        apiName: this.apiName,
        settings: this.fanOut,
        environment: this.deliveryEnvironment(this.props),
        options: this.props.deliveryHandlerOptions,
        removalPolicy: removalPolicyOf(this.props),
      });
      this.introduceApi(this.delivery.handler);
      this.grantDelivery(this.delivery.handler);
    }
    return this.delivery;
  }

  private addRoutes(props: BroadcastWebSocketApiProps): WebSocketRoute[] {
    // An integration that two routes share would give Lambda's permission to the first of them only.
    const integrate = (id: string, handler: LambdaFunction) => ({ integration: new WebSocketLambdaIntegration(id, handler) });
    const routes = [
      this.webSocketApi.addRoute('$connect', integrate('ConnectIntegration', this.connectionHandler)),
      this.webSocketApi.addRoute('$disconnect', integrate('DisconnectIntegration', this.connectionHandler)),
      this.webSocketApi.addRoute('$default', integrate('DefaultIntegration', this.messageHandler)),
    ];
    if (props.heartbeat ?? true) routes.push(addHeartbeatRoute(this.webSocketApi));
    return routes;
  }

  private createStage(props: BroadcastWebSocketApiProps, routes: WebSocketRoute[]): WebSocketStage {
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.webSocketApi,
      stageName: props.stageName ?? 'prod',
      autoDeploy: true,
    });
    // What depends on the stage finds all routes in place, and none is served before it is whole.
    stage.node.addDependency(...routes);
    return stage;
  }

  private introduceApi(...handlers: LambdaFunction[]): void {
    for (const handler of handlers) {
      handler.addEnvironment(ENV.apiId, this.webSocketApi.apiId);
      handler.addEnvironment(ENV.callbackUrl, this.callbackUrl);
    }
  }

  private grantDelivery(handler: LambdaFunction): void {
    grantTableActions(this.connectionsTable, handler, 'dynamodb:Scan', 'dynamodb:DeleteItem');
    grantPace(this.connectionsTable, handler);
    grantConnections(this, handler, this.stageOfApi(), 'POST');
  }

  private stageOfApi(): StageOfApi {
    return { apiId: this.webSocketApi.apiId, stageName: this.stage.stageName };
  }
}

function formatOf(props: BroadcastWebSocketApiProps): string {
  return (props.messageFormat ?? MessageFormat.ATTRIBUTED)._name;
}

function removalPolicyOf(props: BroadcastWebSocketApiProps): RemovalPolicy {
  return props.removalPolicy ?? RemovalPolicy.DESTROY;
}
