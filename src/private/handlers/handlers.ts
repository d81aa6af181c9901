import { Duration, Fn, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { ConnectionHandlerFunction } from './connection-handler-function';
import { DEFAULT, ENV, TUNING } from '../contract';
import { handlerFunctionOptions } from './handler-function-options';
import { type LayeredHandler } from './layered-code';
import { LayeredConnectionHandlerFunction } from './layered-connection-handler-function';
import { LayeredMessageHandlerFunction } from './layered-message-handler-function';
import { LayeredQueuedMessageHandlerFunction } from './layered-queued-message-handler-function';
import { MessageHandlerFunction } from './message-handler-function';
import { hookEnvironment, subscribeHookEnvironment } from './message-hook';
import { clientsPublish, publishEnvironment } from './publish-access';
import { QueuedMessageHandlerFunction } from './queued-message-handler-function';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type FanOutSettings } from '../../fan-out';
import { MessageFormat } from '../../message-format';
import { membersEnvironment, subscribeEnvironment } from '../channels/layer-environment';
import { isLayered, type LayerSource } from '../channels/layers';
import { messageRateOf, rateEnvironment, sizeEnvironment } from '../endpoint/client-limits';
import { late } from '../late';
import { type StorageDefaults } from '../monitoring/log-group';
import { historyEnvironment } from '../storage/history-settings';

/** Inputs from which the functions of an API are created. */
export interface HandlerInputs extends LayerSource {
  readonly apiName: string;
  readonly table: ITable;
  readonly fanOut: FanOutSettings;
  /** The table of the history, if there is one. */
  readonly historyTable?: ITable;
}

/** The function behind `$connect` and `$disconnect`. */
export function createConnectionHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const { apiName, table, props, channels } = inputs;
  const ttl = props.connectionTtl ?? Duration.seconds(DEFAULT.connectionTtlSeconds);
  const Handler = channels.membersTable ? LayeredConnectionHandlerFunction : ConnectionHandlerFunction;
  return new Handler(scope, 'ConnectionHandler', handlerFunctionOptions(scope, {
    description: `Keeps the connections of the WebSocket API ${apiName}`,
    memorySize: 256,
    timeoutSeconds: TUNING.connectionHandlerTimeoutSeconds,
    environment: {
      [ENV.tableName]: table.tableName,
      [ENV.connectionTtlSeconds]: Tokenization.stringifyNumber(ttl.toSeconds()),
      ...(props.allowedOrigins && { [ENV.allowedOrigins]: Fn.join(',', props.allowedOrigins) }),
      ...(props.allowMissingOrigin !== undefined && { [ENV.allowMissingOrigin]: String(props.allowMissingOrigin) }),
      ...membersEnvironment(scope, inputs),
      ...subscribeEnvironment(props),
      ...subscribeHookEnvironment(props, channels),
      // The rows of members have it.
      ...(props.senderNameKey !== undefined && { [ENV.senderNameKey]: late(() => (channels.membersTable ? props.senderNameKey : undefined)) }),
    },
    logGroupId: 'ConnectionHandlerLogs',
    ...storageOf(props),
  }, props.connectionHandlerOptions));
}

/**
 * The function behind `$default` and what clients ask for: it delivers, or it fills a queue.
 *
 * Where clients only read the history, it is the one that delivers, with nothing to deliver.
 */
export function createMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const create = messageBundleOf(inputs) === 'queued-message-handler' ? createQueuedMessageHandler : createDirectMessageHandler;
  return create(scope, inputs);
}

/** Which of the two it is. */
export function messageBundleOf(inputs: HandlerInputs): LayeredHandler & `${string}message-handler` {
  return inputs.fanOut.queued && clientsPublish(inputs) ? 'queued-message-handler' : 'message-handler';
}

/** Whether there is anything that clients may send. */
export function hasMessageHandler(inputs: HandlerInputs): boolean {
  return clientsPublish(inputs) || inputs.historyTable !== undefined || inputs.channels.rules.length > 0;
}

function createDirectMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const { apiName, props } = inputs;
  const Handler = isLayered(inputs) ? LayeredMessageHandlerFunction : MessageHandlerFunction;
  return new Handler(scope, 'MessageHandler', handlerFunctionOptions(scope, {
    description: `Delivers the messages of the WebSocket API ${apiName}`,
    memorySize: 1024,
    timeoutSeconds: TUNING.messageHandlerTimeoutSeconds,
    environment: {
      ...deliveryEnvironment(scope, inputs),
      // Decided at synth: a function for clients that only read may become the one that fills a queue.
      ...paceEnvironment(inputs, () => messageBundleOf(inputs) === 'message-handler'),
      ...senderEnvironment(scope, inputs),
    },
    logGroupId: 'MessageHandlerLogs',
    ...storageOf(props),
  }, props.messageHandlerOptions));
}

function createQueuedMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const { apiName, table, props } = inputs;
  const Handler = isLayered(inputs) ? LayeredQueuedMessageHandlerFunction : QueuedMessageHandlerFunction;
  return new Handler(scope, 'MessageHandler', handlerFunctionOptions(scope, {
    description: `Puts the messages of the WebSocket API ${apiName} on its queue`,
    memorySize: 256,
    timeoutSeconds: TUNING.messageHandlerTimeoutSeconds,
    environment: {
      [ENV.messageFormat]: formatOf(props),
      ...sizeEnvironment(props),
      ...senderEnvironment(scope, inputs),
      // Without channels, the sender's row is all that it reads of the table.
      [ENV.tableName]: late(() => (messageRateOf(props) || inputs.channels.membersTable ? table.tableName : undefined)),
      ...historyVariables(inputs),
      ...membersEnvironment(scope, inputs),
    },
    logGroupId: 'MessageHandlerLogs',
    ...storageOf(props),
  }, props.messageHandlerOptions));
}

/** Environment of functions that deliver messages, besides the API itself. */
export function deliveryEnvironment(scope: Construct, inputs: HandlerInputs): Record<string, string> {
  const { props } = inputs;
  return {
    ...reachEnvironment(scope, inputs),
    [ENV.messageFormat]: formatOf(props),
    ...sizeEnvironment(props),
    ...historyVariables(inputs),
  };
}

/** Environment of functions that post to connections at the API's rate. */
export function reachEnvironment(scope: Construct, inputs: HandlerInputs): Record<string, string> {
  return { [ENV.tableName]: inputs.table.tableName, ...paceEnvironment(inputs), ...membersEnvironment(scope, inputs) };
}

/** @param applies asked when the app is synthesised */
function paceEnvironment({ fanOut: { maxInFlight }, props: { deliveryRateLimit } }: HandlerInputs, applies = () => true): Record<string, string> {
  const variables = { [ENV.deliveryRateLimit]: deliveryRateLimit, [ENV.maxInFlight]: maxInFlight };
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [
    [name, late(() => (applies() ? Tokenization.stringifyNumber(value) : undefined))],
  ])));
}

function historyVariables({ historyTable, props: { history } }: HandlerInputs): Record<string, string> {
  return historyTable && history ? historyEnvironment(historyTable, history) : {};
}

/** Environment of functions that take messages of clients. */
function senderEnvironment(scope: Construct, inputs: HandlerInputs): Record<string, string> {
  const { props } = inputs;
  return {
    [ENV.excludeSender]: String(props.excludeSender ?? false),
    ...rateEnvironment(props),
    ...publishEnvironment(scope, inputs),
    ...subscribeEnvironment(props),
    ...rowLifetimeEnvironment(inputs),
    ...hookEnvironment(props),
    ...(props.senderNameKey !== undefined && { [ENV.senderNameKey]: props.senderNameKey }),
  };
}

/** The rows of members live as long as that of their connection. */
function rowLifetimeEnvironment({ props: { connectionTtl }, channels }: HandlerInputs): Record<string, string> {
  if (!connectionTtl) return {};
  const seconds = Tokenization.stringifyNumber(connectionTtl.toSeconds());
  return { [ENV.connectionTtlSeconds]: late(() => (channels.membersTable ? seconds : undefined)) };
}

function formatOf(props: BroadcastWebSocketApiProps): string {
  return (props.messageFormat ?? MessageFormat.ATTRIBUTED)._name;
}

export function storageOf({ removalPolicy = RemovalPolicy.DESTROY, encryptionKey }: BroadcastWebSocketApiProps): StorageDefaults {
  return { removalPolicy, encryptionKey };
}
