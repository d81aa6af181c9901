import { Annotations, Aspects, Names } from 'aws-cdk-lib';
import { type WebSocketApi, type WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { type BroadcastAlarmsOptions } from './alarm-options';
import { BroadcastAlarms } from './alarms';
import { type BroadcastWebSocketApiAttributes } from './broadcast-websocket-api-attributes';
import { BroadcastWebSocketApiBase, type IBroadcastWebSocketApi } from './broadcast-websocket-api-base';
import { type BroadcastWebSocketApiProps } from './broadcast-websocket-api-props';
import { type BroadcastDashboardOptions } from './dashboard';
import { FanOut } from './fan-out';
import { ImportedBroadcastWebSocketApi } from './imported-broadcast-websocket-api';
import { ENV } from './private/contract';
import { messageRateOf } from './private/endpoint/client-limits';
import { grantConnections, type StageOfApi } from './private/endpoint/connections-grant';
import { createStage, createWebSocketApi, urlOf } from './private/endpoint/web-socket-stage';
import { createConnectionHandler, createMessageHandler, type HandlerInputs, storageOf } from './private/handlers/handlers';
import { clientsPublish, warnOfSilence } from './private/handlers/publish-access';
import { createDelivery, type Delivery, letEnqueue } from './private/handlers/queued-delivery';
import { authorizerOf, deliveryHandlerAlarms, standingAlarms, validateAlarms } from './private/monitoring/alarms';
import { createDashboard, showAlarms, showDelivery, showHistory, validateDashboard } from './private/monitoring/dashboard';
import { historyAlarms } from './private/monitoring/history-alarms';
import { suppressFunction } from './private/monitoring/nag-suppressions';
import { adoptConnectionsTable, createConnectionsTable, grantMessageRate, grantPace, grantTableActions, validateConnectionsTable } from './private/storage/connections-table';
import { checkEncryptionKey } from './private/storage/encryption';
import { grantHistory, grantHistoryReading, useHistoryTable, validateHistoryTable } from './private/storage/history-table';
import { checkAuthorizer } from './private/validation/access-checks';
import { validateProps, warnOfProps } from './private/validation/api-checks';

/**
 * A WebSocket API that broadcasts every message to every connected client.
 *
 * It creates a DynamoDB table of the open connections, a Lambda function that keeps it, a Lambda function that delivers
 * each message, and an API Gateway WebSocket API with one stage. The functions are shipped with this package: nothing is
 * bundled at synth. Anybody can connect, unless there is an `authorizer`.
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
   * The table of the messages that can be recovered, if the API has a `history`.
   */
  public readonly historyTable?: ITable;

  /**
   * The function behind `$connect` and `$disconnect`.
   */
  public readonly connectionHandler: LambdaFunction;

  /**
   * The function behind `$default`, if clients may send messages or read the history.
   *
   * @internal
   */
  public readonly _messageHandler?: LambdaFunction;

  private readonly inputs: HandlerInputs;
  private delivery?: Delivery;
  private alarms?: BroadcastAlarms;
  private dashboard?: Dashboard;

  /**
   * @param scope the scope that the API is created in
   * @param id the id of the API in its scope
   * @param props the properties of the API
   * @throws an error that says the rule, the value and the fix, before anything is created, when a property is not valid
   */
  constructor(scope: Construct, id: string, props: BroadcastWebSocketApiProps = {}) {
    validateProps(scope, props);
    if (props.connectionsTable) validateConnectionsTable(scope, props.connectionsTable);
    if (props.history?.table) validateHistoryTable(scope, props.history.table);
    checkEncryptionKey(scope, props.encryptionKey);
    super(scope, id);
    warnOfProps(this, props);

    const apiName = props.apiName ?? Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-' });
    this.connectionsTable = this.useTable(props);
    this.historyTable = props.history && useHistoryTable(this, props.history, props.encryptionKey);
    this.inputs = {
      apiName, table: this.connectionsTable, fanOut: (props.fanOut ?? FanOut.direct())._bind(), props, historyTable: this.historyTable,
    };
    this.connectionHandler = createConnectionHandler(this, this.inputs);
    this._messageHandler = createMessageHandler(this, this.inputs);
    const webSocketApi = createWebSocketApi(this, apiName);
    this.webSocketApi = webSocketApi;
    this.stage = createStage(this, webSocketApi, { connectionHandler: this.connectionHandler, messageHandler: this._messageHandler }, props);
    checkAuthorizer(this, this.webSocketApi, props);
    this.introduceApi(this.connectionHandler);
    grantTableActions(this.connectionsTable, this.connectionHandler, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    suppressFunction(this.connectionHandler);
    if (this._messageHandler) this.letTakeMessages(this._messageHandler);
    if (this.inputs.fanOut.queued) this.useDelivery();
    if (props.deliveryHandlerOptions || !clientsPublish(props)) {
      Aspects.of(this).add({ visit: (construct) => construct === this && this.warnWithoutQueue() });
    }
  }

  /**
   * The function behind `$default`, which delivers messages or, with `FanOut.queued`, puts them on `broadcastQueue`.
   *
   * With `history` it is behind `publish` and `history` as well.
   *
   * @throws an error when `publishAccess` is `ChannelAccess.nobody()` and there is no `history`: there is no such function then
   */
  public get messageHandler(): LambdaFunction {
    if (this._messageHandler) return this._messageHandler;
    throw new Error(
      `'messageHandler' exists only where clients may send messages, got publishAccess: ChannelAccess.nobody() for '${this.node.path}'; `
      + 'use deliveryHandler, which broadcasts what backends publish',
    );
  }

  public get url(): string {
    return urlOf(this.stage, this.inputs.props);
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

  /**
   * Adds alarms to the stack of the API: on deliveries, refusals, errors and throttles of the functions, dead letters, and the history.
   *
   * Each says what it means and what to do. An alarm costs about $0.10 a month; nothing else is created.
   *
   * @see https://aws.amazon.com/cloudwatch/pricing/
   * @param options the options
   * @throws an error when an option is not valid, or when it is called twice
   */
  public addAlarms(options: BroadcastAlarmsOptions = {}): BroadcastAlarms {
    validateAlarms(options);
    if (this.alarms) throw new Error(`addAlarms must be called once, got a second call for '${this.node.path}'; use what the first call has returned`);
    this.alarms = BroadcastAlarms._create(this, 'Alarms', options);
    this.alarms._add(standingAlarms(this, authorizerOf(this.inputs.props)));
    if (this.historyTable) this.alarms._add(historyAlarms(this, this.historyTable));
    if (this.delivery) this.alarms._add(deliveryHandlerAlarms(this, this.delivery));
    if (this.dashboard) showAlarms(this.dashboard, this.alarms._made);
    return this.alarms;
  }

  /**
   * Adds a dashboard to the stack of the API, for the time when something is wrong; call `addAlarms` before, and it shows these.
   *
   * A dashboard costs $3 a month from the fourth of an account on.
   *
   * @see https://aws.amazon.com/cloudwatch/pricing/
   * @param options the options
   * @throws an error when an option is not valid, or when it is called twice
   */
  public addDashboard(options: BroadcastDashboardOptions = {}): Dashboard {
    validateDashboard(options);
    if (this.dashboard) throw new Error(`addDashboard must be called once, got a second call for '${this.node.path}'; use what the first call has returned`);
    this.dashboard = createDashboard(this, 'Dashboard', this, {
      ...options, authorizer: authorizerOf(this.inputs.props), alarms: this.alarms?._made,
    });
    if (this.historyTable) showHistory(this.dashboard, this, this.historyTable);
    if (this.delivery) showDelivery(this.dashboard, this.delivery);
    return this.dashboard;
  }

  /** Known at synth only: until then, the queue may be asked for. */
  private warnWithoutQueue(): void {
    if (this.delivery) return;
    if (!clientsPublish(this.inputs.props)) warnOfSilence(this);
    if (!this.inputs.props.deliveryHandlerOptions) return;
    Annotations.of(this).addWarningV2(
      'cdk-broadcast-websocket-api:deliveryHandlerOptionsUnused',
      "'deliveryHandlerOptions' should come with a queue, got none; there is no delivery handler without: use FanOut.queued(), let a backend publish, or leave it out",
    );
  }

  private letTakeMessages(handler: LambdaFunction): void {
    const { fanOut, props } = this.inputs;
    this.introduceApi(handler);
    if (!clientsPublish(props)) handler.addEnvironment(ENV.callbackUrl, this.callbackUrl);
    else if (!fanOut.queued) this.grantDelivery(handler);
    else if (this.historyTable) letEnqueue(handler, this.useDelivery().messageQueue!);
    else this.addPublisher(handler);
    if (this.historyTable) (clientsPublish(props) ? grantHistory : grantHistoryReading)(this.historyTable, handler);
    if (messageRateOf(props)) grantMessageRate(this.connectionsTable, handler);
    suppressFunction(handler);
  }

  private useTable(props: BroadcastWebSocketApiProps): ITable {
    if (!props.connectionsTable) return createConnectionsTable(this, 'Connections', storageOf(props));
    adoptConnectionsTable(this, props.connectionsTable);
    return props.connectionsTable;
  }

  private useDelivery(): Delivery {
    if (!this.delivery) {
      this.delivery = createDelivery(this, this.inputs);
      this.introduceApi(this.delivery.handler);
      this.grantDelivery(this.delivery.handler);
      if (this.historyTable) grantHistory(this.historyTable, this.delivery.handler);
      suppressFunction(this.delivery.handler);
      this.alarms?._add(deliveryHandlerAlarms(this, this.delivery));
      if (this.dashboard) showDelivery(this.dashboard, this.delivery);
    }
    return this.delivery;
  }

  private introduceApi(handler: LambdaFunction): void {
    handler.addEnvironment(ENV.apiId, this.webSocketApi.apiId);
  }

  private grantDelivery(handler: LambdaFunction): void {
    handler.addEnvironment(ENV.callbackUrl, this.callbackUrl);
    grantTableActions(this.connectionsTable, handler, 'dynamodb:Scan', 'dynamodb:DeleteItem');
    grantPace(this.connectionsTable, handler);
    grantConnections(this, handler, this._stageOfApi(), 'POST');
  }

  /** @internal */
  public _stageOfApi(): StageOfApi {
    return { apiId: this.webSocketApi.apiId, stageName: this.stage.stageName };
  }
}
