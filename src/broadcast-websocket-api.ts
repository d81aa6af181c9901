import { Aspects, Names } from 'aws-cdk-lib';
import { type WebSocketApi, type WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { type BroadcastAlarmsOptions } from './alarm-options';
import { type BroadcastAlarms } from './alarms';
import { type BroadcastWebSocketApiAttributes } from './broadcast-websocket-api-attributes';
import { BroadcastWebSocketApiBase, type IBroadcastWebSocketApi } from './broadcast-websocket-api-base';
import { type BroadcastWebSocketApiProps } from './broadcast-websocket-api-props';
import { type ChannelOptions } from './channel-options';
import { type BroadcastDashboardOptions } from './dashboard';
import { FanOut } from './fan-out';
import { ImportedBroadcastWebSocketApi } from './imported-broadcast-websocket-api';
import { ruleOf } from './private/channels/channel-rules';
import { sharesFrames } from './private/channels/layers';
import { type StageOfApi } from './private/endpoint/connections-grant';
import { type ReservingWebSocketApi } from './private/endpoint/reserved-routes';
import {
  addChannelRoutes, addPresenceRoute, checkChannelRoutes, checkPresenceRoute, createStage, createWebSocketApi, urlOf,
} from './private/endpoint/web-socket-stage';
import { ApiFunctions } from './private/handlers/api-functions';
import { type HandlerInputs, storageOf } from './private/handlers/handlers';
import { clientsPublish, warnOfPropsForClients, warnOfSilence } from './private/handlers/publish-access';
import { type Delivery } from './private/handlers/queued-delivery';
import { type Disconnection } from './private/handlers/queued-disconnect';
import {
  batchesPart, deliveryPart, disconnectionPart, historyPart, hookPart, membersPart, messageHandlerPart, messageQueuePart, Monitoring, presencePart,
} from './private/monitoring/monitoring';
import { adoptConnectionsTable, createConnectionsTable, validateConnectionsTable } from './private/storage/connections-table';
import { checkEncryptionKey } from './private/storage/encryption';
import { useHistoryTable, validateHistoryTable } from './private/storage/history-table';
import { checkAuthorizer } from './private/validation/access-checks';
import { validateProps, warnOfProps } from './private/validation/api-checks';
import { checkChannels, warnOfChannels } from './private/validation/channel-checks';
import { hasPropsToUse, warnOfUnusedProps } from './private/validation/unused-props';

/**
 * A WebSocket API that broadcasts every message to every connected client.
 *
 * It creates a DynamoDB table of the open connections, a Lambda function that maintains it, a Lambda function that delivers
 * each message, and an API Gateway WebSocket API with one stage. The functions come bundled in this package: nothing is
 * bundled at synth. Everybody can connect, unless there is an `authorizer`.
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
   * Imports an API that another stack of the same account and region created.
   *
   * @param scope the scope that the API is imported into
   * @param id the id of the imported API in its scope
   * @param attrs the attributes of the API
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
   * API Gateway deploys changes of the API to it automatically.
   */
  public readonly stage: WebSocketStage;

  /**
   * Table with one row for each open connection.
   */
  public readonly connectionsTable: ITable;

  /**
   * Table of the messages that can be recovered, if the API has a `history`.
   */
  public readonly historyTable?: ITable;

  /**
   * Function behind `$connect` and `$disconnect`.
   */
  public readonly connectionHandler: LambdaFunction;

  private readonly reservingApi: ReservingWebSocketApi;
  private readonly inputs: HandlerInputs;
  private readonly functions: ApiFunctions;
  private readonly monitoring: Monitoring;

  /**
   * @param scope the scope that the API is created in
   * @param id the id of the API in its scope
   * @param props the properties of the API
   * @throws an error that says the rule, the value and the fix, before anything is created, when a property is not valid
   */
  constructor(scope: Construct, id: string, props: BroadcastWebSocketApiProps = {}) {
    validateProps(scope, props);
    if (props.connectionsTable) validateConnectionsTable(scope, props.connectionsTable);
    if (props.history?.table) validateHistoryTable(scope, props.history.table, props.connectionsTable);
    checkEncryptionKey(scope, props.encryptionKey);
    super(scope, id);
    warnOfProps(this, props);

    const apiName = props.apiName ?? Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-' });
    this.connectionsTable = this.useTable(props);
    this.historyTable = props.history && useHistoryTable(this, props.history, props.encryptionKey);
    const fanOut = (props.fanOut ?? FanOut.direct())._bind();
    this.inputs = { apiName, table: this.connectionsTable, fanOut, props, historyTable: this.historyTable, channels: { rules: [] } };
    this.functions = new ApiFunctions(this, this.inputs);
    this.connectionHandler = this.functions.connectionHandler;
    this.reservingApi = createWebSocketApi(this, apiName);
    this.webSocketApi = this.reservingApi;
    this.stage = createStage(this, this.reservingApi, this.functions, this.inputs);
    checkAuthorizer(this, this.webSocketApi, props);
    this.monitoring = new Monitoring(this, props);
    if (this.historyTable) this.monitoring.watch(historyPart(this, this.historyTable));
    if (this.membersTable) this.monitoring.watch(membersPart(this, this.membersTable));
    if (sharesFrames(props)) this.monitoring.watch(batchesPart(this));
    if (props.messageHook) this.monitoring.watch(hookPart(this, props.messageHook));
    this.functions.connectTo({ ...this._stageOfApi(), callbackUrl: this.callbackUrl });
    if (this.functions.delivery) this.monitoring.watch(deliveryPart(this, this.functions.delivery));
    if (hasPropsToUse(props) || !clientsPublish(this.inputs)) {
      Aspects.of(this).add({ visit: (construct) => construct === this && this.warnAtSynth() });
    }
  }

  /**
   * Lets clients subscribe to channels and publish to them, instead of to all connections.
   *
   * A channel exists as soon as a client subscribes to it; no resource is created for it. A client that has received the answer
   * `subscribed` gets each message that is published afterwards. docs/channels.md shows what clients send. Call this method several times
   * for channels with different rules; if several patterns match a name, the most specific one applies. The first call creates the table
   * of members, and requires `publishAccess` of the API, which decides who may still send to all connections.
   *
   * @param pattern the name of a channel, such as `news`, or the beginning of names and a `*`, such as `room:*`
   * @param options the rules of these channels
   * @throws an error that says the rule, the value and the fix, before anything is created, when a rule could not be kept to
   */
  public addChannels(pattern: string, options: ChannelOptions = {}): void {
    const { inputs, functions, membersTable, _messageHandler: messageHandler } = this;
    const messageQueue = functions.delivery?.messageQueue;
    const { props, channels } = inputs;
    checkChannels(this.webSocketApi, inputs, pattern, options);
    const isFirst = channels.rules.length === 0;
    if (isFirst) checkChannelRoutes(this.reservingApi, props);
    const isFirstPresence = options.presence !== undefined && !functions.presence;
    if (isFirstPresence) checkPresenceRoute(this.reservingApi);
    functions.addRule(ruleOf(pattern, options, props.history !== undefined));
    if (functions.delivery?.messageQueue && !messageQueue) this.monitoring.extend(messageQueuePart(functions.delivery.messageQueue));
    if (isFirstPresence) {
      this.monitoring.watch(presencePart(this, functions.presence!));
      addPresenceRoute(this.reservingApi, this.stage, this.messageHandler);
    }
    if (!isFirst) return;
    warnOfChannels(this, props);
    addChannelRoutes(this.reservingApi, this.stage, this.messageHandler, props);
    if (!membersTable) this.monitoring.watch(membersPart(this, this.membersTable!));
    if (!messageHandler) this.monitoring.extend(messageHandlerPart(this.messageHandler));
  }

  /**
   * Function behind `$default`, which delivers messages or, with `FanOut.queued`, queues them.
   *
   * With `history` or channels it also serves the actions of clients, and with `FanOut.queued` clients' messages have a queue of their own.
   *
   * @throws an error when `publishAccess` is `ChannelAccess.nobody()` without `history` and channels: then there is no such function
   */
  public get messageHandler(): LambdaFunction {
    if (this._messageHandler) return this._messageHandler;
    throw new Error(
      `'messageHandler' exists only where clients may send messages, got publishAccess: ChannelAccess.nobody() for '${this.node.path}'; `
      + 'use deliveryHandler, which broadcasts what backends publish',
    );
  }

  /** @internal */
  public get _messageHandler(): LambdaFunction | undefined {
    return this.functions.messageHandler;
  }

  public get membersTable(): ITable | undefined {
    return this.inputs.channels.membersTable;
  }

  public get url(): string {
    return urlOf(this.stage, this.inputs.props);
  }

  public get callbackUrl(): string {
    return this.stage.callbackUrl;
  }

  /**
   * Queue on which backends publish.
   *
   * The queue and its function are created on first use of this property.
   */
  public get broadcastQueue(): IQueue {
    return this.useDelivery().broadcastQueue;
  }

  /**
   * Dead-letter queue of messages that could not be broadcast.
   *
   * It is created together with `broadcastQueue`.
   */
  public get deadLetterQueue(): IQueue {
    return this.useDelivery().deadLetterQueue;
  }

  /**
   * Function that broadcasts the messages on `broadcastQueue`.
   *
   * It is created together with the queue.
   */
  public get deliveryHandler(): LambdaFunction {
    return this.useDelivery().handler;
  }

  public get disconnectQueue(): IQueue {
    return this.useDisconnection().disconnectQueue;
  }

  /**
   * Dead-letter queue of requests to close connections that failed.
   *
   * It is created together with `disconnectQueue`.
   */
  public get disconnectDeadLetterQueue(): IQueue {
    return this.useDisconnection().deadLetterQueue;
  }

  /**
   * Function that closes the connections named on `disconnectQueue`.
   *
   * It is created together with the queue.
   */
  public get disconnectHandler(): LambdaFunction {
    return this.useDisconnection().handler;
  }

  /**
   * Adds alarms on deliveries, refusals, functions, queues and opt-in layers.
   *
   * The description of each alarm says what it means and what to do. An alarm costs about $0.10 a month; nothing else is created.
   *
   * @see https://aws.amazon.com/cloudwatch/pricing/
   * @param options the options
   * @throws an error when an option is not valid, or when it is called twice
   */
  public addAlarms(options: BroadcastAlarmsOptions = {}): BroadcastAlarms {
    return this.monitoring.addAlarms(options);
  }

  /**
   * Adds a dashboard of clients, deliveries, functions, tables and queues.
   *
   * The dashboard also shows the alarms if you call `addAlarms` first. Each dashboard after the third in an account costs $3 a month.
   *
   * @see https://aws.amazon.com/cloudwatch/pricing/
   * @param options the options
   * @throws an error when an option is not valid, or when it is called twice
   */
  public addDashboard(options: BroadcastDashboardOptions = {}): Dashboard {
    return this.monitoring.addDashboard(options);
  }

  /** Known at synth only: until then, queues may be asked for, and channels added. */
  private warnAtSynth(): void {
    const { inputs, functions: { delivery, disconnection } } = this;
    if (!clientsPublish(inputs)) warnOfPropsForClients(this, inputs);
    if (!clientsPublish(inputs) && !delivery) warnOfSilence(this);
    warnOfUnusedProps(this, { ...inputs, hasDelivery: delivery !== undefined, hasDisconnection: disconnection !== undefined });
  }

  private useTable(props: BroadcastWebSocketApiProps): ITable {
    if (!props.connectionsTable) return createConnectionsTable(this, 'Connections', storageOf(props));
    adoptConnectionsTable(this, props.connectionsTable);
    return props.connectionsTable;
  }

  private useDelivery(): Delivery {
    const isNew = !this.functions.delivery;
    const delivery = this.functions.useDelivery();
    if (isNew) this.monitoring.watch(deliveryPart(this, delivery));
    return delivery;
  }

  private useDisconnection(): Disconnection {
    const isNew = !this.functions.disconnection;
    const disconnection = this.functions.useDisconnection();
    if (isNew) this.monitoring.watch(disconnectionPart(this, disconnection));
    return disconnection;
  }

  /** @internal */
  public _stageOfApi(): StageOfApi {
    return { apiId: this.webSocketApi.apiId, stageName: this.stage.stageName };
  }
}
