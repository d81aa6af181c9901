import { Duration, Fn, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { ConnectionHandlerFunction } from './connection-handler-function';
import { ENV, LIMIT } from '../contract';
import { handlerFunctionOptions } from './handler-function-options';
import { MessageHandlerFunction } from './message-handler-function';
import { clientsPublish, publishEnvironment } from './publish-access';
import { QueuedMessageHandlerFunction } from './queued-message-handler-function';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type FanOutSettings } from '../../fan-out';
import { MessageFormat } from '../../message-format';
import { messageRateOf, rateEnvironment, sizeEnvironment } from '../endpoint/client-limits';
import { type StorageDefaults } from '../monitoring/log-group';

/** What the functions of an API are made from. */
export interface HandlerInputs {
  readonly apiName: string;
  readonly table: ITable;
  readonly fanOut: FanOutSettings;
  readonly props: BroadcastWebSocketApiProps;
}

/** The function behind `$connect` and `$disconnect`. */
export function createConnectionHandler(scope: Construct, { apiName, table, props }: HandlerInputs): LambdaFunction {
  const ttl = props.connectionTtl ?? Duration.seconds(LIMIT.defaultConnectionTtlSeconds);
  return new ConnectionHandlerFunction(scope, 'ConnectionHandler', handlerFunctionOptions(scope, {
    description: `Keeps the connections of the WebSocket API ${apiName}`,
    memorySize: 256,
    timeoutSeconds: LIMIT.connectionHandlerTimeoutSeconds,
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

/** The function behind `$default`: it delivers, or it fills the queue of the broadcasts. None where no client may send messages. */
export function createMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction | undefined {
  if (!clientsPublish(inputs.props)) return undefined;
  return inputs.fanOut.queued ? createQueuedMessageHandler(scope, inputs) : createDirectMessageHandler(scope, inputs);
}

function createDirectMessageHandler(scope: Construct, inputs: HandlerInputs): LambdaFunction {
  const { apiName, props } = inputs;
  return new MessageHandlerFunction(scope, 'MessageHandler', handlerFunctionOptions(scope, {
    description: `Delivers the messages of the WebSocket API ${apiName}`,
    memorySize: 1024,
    timeoutSeconds: LIMIT.messageHandlerTimeoutSeconds,
    environment: { ...deliveryEnvironment(inputs), ...senderEnvironment(props) },
    logGroupId: 'MessageHandlerLogs',
    ...storageOf(props),
  }, props.messageHandlerOptions));
}

function createQueuedMessageHandler(scope: Construct, { apiName, table, props }: HandlerInputs): LambdaFunction {
  return new QueuedMessageHandlerFunction(scope, 'MessageHandler', handlerFunctionOptions(scope, {
    description: `Puts the messages of the WebSocket API ${apiName} on its queue`,
    memorySize: 256,
    timeoutSeconds: LIMIT.messageHandlerTimeoutSeconds,
    environment: {
      [ENV.messageFormat]: formatOf(props),
      ...sizeEnvironment(props),
      ...senderEnvironment(props),
      // The sender's row is all that it reads of the table.
      ...(messageRateOf(props) && { [ENV.tableName]: table.tableName }),
    },
    logGroupId: 'MessageHandlerLogs',
    ...storageOf(props),
  }, props.messageHandlerOptions));
}

/** What any function that delivers has to know, besides the API itself. */
export function deliveryEnvironment({ table, fanOut, props }: HandlerInputs): Record<string, string> {
  const { deliveryRateLimit } = props;
  const { maxInFlight } = fanOut;
  return {
    [ENV.tableName]: table.tableName,
    [ENV.messageFormat]: formatOf(props),
    ...sizeEnvironment(props),
    ...(deliveryRateLimit !== undefined && { [ENV.deliveryRateLimit]: Tokenization.stringifyNumber(deliveryRateLimit) }),
    ...(maxInFlight !== undefined && { [ENV.maxInFlight]: Tokenization.stringifyNumber(maxInFlight) }),
  };
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
