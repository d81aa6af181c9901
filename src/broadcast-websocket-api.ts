import { Duration, Names, RemovalPolicy, Stack, Tokenization } from 'aws-cdk-lib';
import { WebSocketApi, type WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { type BroadcastWebSocketApiProps } from './broadcast-websocket-api-props';
import { MessageFormat } from './message-format';
import { ConnectionHandlerFunction } from './private/connection-handler-function';
import { adoptConnectionsTable, createConnectionsTable, grantPace, grantTableActions, validateConnectionsTable } from './private/connections-table';
import { ENV, LIMIT } from './private/contract';
import { handlerFunctionOptions } from './private/handler-function-options';
import { addHeartbeatRoute } from './private/heartbeat';
import { MessageHandlerFunction } from './private/message-handler-function';
import { validateProps, warnOfProps } from './private/validation';

/**
 * A WebSocket endpoint on which every message is broadcast to every connection.
 */
export interface IBroadcastWebSocketApi extends IConstruct {
  /**
   * The address that clients connect to: `wss://…/<stage>`.
   */
  readonly url: string;

  /**
   * The address that backends reach connections by: `https://…/<stage>`.
   *
   * Give it to the API Gateway Management API client as its endpoint.
   */
  readonly callbackUrl: string;

  /**
   * Lets a principal send to, look up and close the connections of this stage, and of no other.
   *
   * @param grantee the principal
   */
  grantManageConnections(grantee: IGrantable): Grant;
}

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
export class BroadcastWebSocketApi extends Construct implements IBroadcastWebSocketApi {
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
   * The function behind `$default`, which delivers messages.
   */
  public readonly messageHandler: LambdaFunction;

  /**
   * @param scope the scope that the API is created in
   * @param id the id of the API in its scope
   * @param props the properties of the API
   * @throws an error that says the rule, the value and the fix, before anything is created, when a property is not valid
   */
  constructor(scope: Construct, id: string, props: BroadcastWebSocketApiProps = {}) {
    validateProps(props);
    if (props.connectionsTable) validateConnectionsTable(scope, props.connectionsTable);
    super(scope, id);
    warnOfProps(this, props);

    const apiName = props.apiName ?? Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-' });
    this.connectionsTable = this.useTable(props);
    this.connectionHandler = this.createConnectionHandler(apiName, props);
    this.messageHandler = this.createMessageHandler(apiName, props);
    this.webSocketApi = new WebSocketApi(this, 'Api', {
      apiName,
      description: 'Broadcasts every message to every connected client',
      routeSelectionExpression: '$request.body.action',
    });
    this.stage = this.createStage(props, this.addRoutes(props));
    this.introduceApi();
    this.grantHandlers();
  }

  public get url(): string {
    return this.stage.url;
  }

  public get callbackUrl(): string {
    return this.stage.callbackUrl;
  }

  public grantManageConnections(grantee: IGrantable): Grant {
    return this.stage.grantManagementApiAccess(grantee);
  }

  private useTable(props: BroadcastWebSocketApiProps): ITable {
    if (!props.connectionsTable) return createConnectionsTable(this, 'Connections', removalPolicyOf(props));
    adoptConnectionsTable(this, props.connectionsTable);
    return props.connectionsTable;
  }

  private createConnectionHandler(apiName: string, props: BroadcastWebSocketApiProps): LambdaFunction {
    const ttl = props.connectionTtl ?? Duration.seconds(LIMIT.defaultConnectionTtlSeconds);
    return new ConnectionHandlerFunction(this, 'ConnectionHandler', handlerFunctionOptions(this, {
      description: `Keeps the connections of the WebSocket API ${apiName}`,
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

  private createMessageHandler(apiName: string, props: BroadcastWebSocketApiProps): LambdaFunction {
    return new MessageHandlerFunction(this, 'MessageHandler', handlerFunctionOptions(this, {
      description: `Delivers the messages of the WebSocket API ${apiName}`,
      memorySize: 1024,
      timeoutSeconds: LIMIT.messageHandlerTimeoutSeconds,
      environment: {
        [ENV.tableName]: this.connectionsTable.tableName,
        [ENV.excludeSender]: String(props.excludeSender ?? false),
        [ENV.messageFormat]: (props.messageFormat ?? MessageFormat.ATTRIBUTED)._name,
        ...(props.deliveryRateLimit !== undefined && { [ENV.deliveryRateLimit]: Tokenization.stringifyNumber(props.deliveryRateLimit) }),
      },
      logGroupId: 'MessageHandlerLogs',
      removalPolicy: removalPolicyOf(props),
    }, props.messageHandlerOptions));
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

  private introduceApi(): void {
    for (const handler of [this.connectionHandler, this.messageHandler]) {
      handler.addEnvironment(ENV.apiId, this.webSocketApi.apiId);
      handler.addEnvironment(ENV.callbackUrl, this.callbackUrl);
    }
  }

  private grantHandlers(): void {
    grantTableActions(this.connectionsTable, this.connectionHandler, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    grantTableActions(this.connectionsTable, this.messageHandler, 'dynamodb:Scan', 'dynamodb:DeleteItem');
    grantPace(this.connectionsTable, this.messageHandler);
    Grant.addToPrincipal({
      grantee: this.messageHandler,
      actions: ['execute-api:ManageConnections'],
      resourceArns: [Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.webSocketApi.apiId,
        resourceName: `${this.stage.stageName}/POST/@connections/*`,
      })],
    });
  }
}

function removalPolicyOf(props: BroadcastWebSocketApiProps): RemovalPolicy {
  return props.removalPolicy ?? RemovalPolicy.DESTROY;
}
