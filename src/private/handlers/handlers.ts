import { Duration, Fn, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { ConnectionHandlerFunction } from './connection-handler-function';
import { DEFAULT, ENV, TUNING } from '../contract';
import { handlerFunctionOptions } from './handler-function-options';
import { LayeredMessageHandlerFunction } from './layered-message-handler-function';
import { LayeredQueuedMessageHandlerFunction } from './layered-queued-message-handler-function';
import { MessageHandlerFunction } from './message-handler-function';
import { clientsPublish, publishEnvironment } from './publish-access';
import { QueuedMessageHandlerFunction } from './queued-message-handler-function';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type FanOutSettings } from '../../fan-out';
import { MessageFormat } from '../../message-format';
import { messageRateOf, rateEnvironment, sizeEnvironment } from '../endpoint/client-limits';
import { type StorageDefaults } from '../monitoring/log-group';
import { historyEnvironment } from '../storage/history-settings';

/** What the functions of an API are made from. */
export interface HandlerInputs {
  readonly apiName: string;
  readonly table: ITable;
  readonly fanOut: FanOutSettings;
  readonly props: BroadcastWebSocketApiProps;
  /** The table of the history, if there is one. */
  readonly historyTable?: ITable;
}

/** The function behind `$connect` and `$disconnect`. */
export function createConnectionHandler(scope: Construct, { apiName, table, props }: HandlerInputs): LambdaFunction {
  const ttl = props.connectionTtl ?? Duration.seconds(DEFAULT.connectionTtlSeconds);
  return new ConnectionHandlerFunction(scope, 'ConnectionHandler', handlerFunctionOptions(scope, {
    description: `Keeps the connections of the WebSocket API ${apiName}`,
    memorySize: 256,
    timeoutSeconds: TUNING.connectionHandlerTimeoutSeconds,
    environment: {
      [ENV.tableName]: table.tableName,
      [ENV.connectionTtlSeconds]: Tokenization.stringifyNumber(ttl.toSeconds()),
      ...(props.allowedOrigins && { [ENV.allowedOrigins]: Fn.join(',', props.allowedOrigins) }),
      ...(props.allowMissingOrigin !== undefined && { [ENV.allowMissingOrigin]: String(props.allowMissingOrigin) }),
    },
    logGroupId: 'ConnectionHandlerLogs',
    ...storageOf(props),
  }, props.connectionHandlerOptions));
}

/**
 * The function behind `$default` and what clients ask for: it delivers, or it fills a queue. None where no client may send anything.
 *
 * Where clients only read the history, it is the one that delivers, with nothing to deliver.
 */
export function createMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction | undefined {
  if (!clientsPublish(inputs.props)) return inputs.historyTable && createDirectMessageHandler(scope, inputs);
  return inputs.fanOut.queued ? createQueuedMessageHandler(scope, inputs) : createDirectMessageHandler(scope, inputs);
}

function createDirectMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const { apiName, props } = inputs;
  const Handler = inputs.historyTable ? LayeredMessageHandlerFunction : MessageHandlerFunction;
  return new Handler(scope, 'MessageHandler', handlerFunctionOptions(scope, {
    description: `Delivers the messages of the WebSocket API ${apiName}`,
    memorySize: 1024,
    timeoutSeconds: TUNING.messageHandlerTimeoutSeconds,
    environment: { ...deliveryEnvironment(inputs), ...senderEnvironment(props) },
    logGroupId: 'MessageHandlerLogs',
    ...storageOf(props),
  }, props.messageHandlerOptions));
}

function createQueuedMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const { apiName, table, props } = inputs;
  const Handler = inputs.historyTable ? LayeredQueuedMessageHandlerFunction : QueuedMessageHandlerFunction;
  return new Handler(scope, 'MessageHandler', handlerFunctionOptions(scope, {
    description: `Puts the messages of the WebSocket API ${apiName} on its queue`,
    memorySize: 256,
    timeoutSeconds: TUNING.messageHandlerTimeoutSeconds,
    environment: {
      [ENV.messageFormat]: formatOf(props),
      ...sizeEnvironment(props),
      ...senderEnvironment(props),
      // The sender's row is all that it reads of the table.
      ...(messageRateOf(props) && { [ENV.tableName]: table.tableName }),
      ...historyVariables(inputs),
    },
    logGroupId: 'MessageHandlerLogs',
    ...storageOf(props),
  }, props.messageHandlerOptions));
}

/** What any function that delivers has to know, besides the API itself. */
export function deliveryEnvironment(inputs: HandlerInputs): Record<string, string> {
  const { table, fanOut, props } = inputs;
  const { deliveryRateLimit } = props;
  const { maxInFlight } = fanOut;
  return {
    [ENV.tableName]: table.tableName,
    [ENV.messageFormat]: formatOf(props),
    ...sizeEnvironment(props),
    ...(deliveryRateLimit !== undefined && { [ENV.deliveryRateLimit]: Tokenization.stringifyNumber(deliveryRateLimit) }),
    ...(maxInFlight !== undefined && { [ENV.maxInFlight]: Tokenization.stringifyNumber(maxInFlight) }),
    ...historyVariables(inputs),
  };
}

function historyVariables({ historyTable, props: { history } }: HandlerInputs): Record<string, string> {
  return historyTable && history ? historyEnvironment(historyTable, history) : {};
}

/** What any function that takes the message of a client has to know. */
function senderEnvironment(props: BroadcastWebSocketApiProps): Record<string, string> {
  return {
    [ENV.excludeSender]: String(props.excludeSender ?? false),
    ...rateEnvironment(props),
    ...publishEnvironment(props),
    ...(props.senderNameKey !== undefined && { [ENV.senderNameKey]: props.senderNameKey }),
  };
}

function formatOf(props: BroadcastWebSocketApiProps): string {
  return (props.messageFormat ?? MessageFormat.ATTRIBUTED)._name;
}

export function storageOf({ removalPolicy = RemovalPolicy.DESTROY, encryptionKey }: BroadcastWebSocketApiProps): StorageDefaults {
  return { removalPolicy, encryptionKey };
}
