import { type Duration, type RemovalPolicy, type Size } from 'aws-cdk-lib';
import { type DomainMappingOptions, type IWebSocketRouteAuthorizer, type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type AccessLogOptions } from './access-log-options';
import { type ChannelAccess } from './channel-access';
import { type FanOut } from './fan-out';
import { type HandlerOptions } from './handler-options';
import { type HistoryOptions } from './history-options';
import { type MessageFormat } from './message-format';
import { type MessageRateLimit } from './message-rate-limit';

/**
 * Properties of a `BroadcastWebSocketApi`.
 *
 * All are optional.
 */
export interface BroadcastWebSocketApiProps {
  /**
   * Whether a sender's own message is not delivered to it.
   *
   * @default false
   */
  readonly excludeSender?: boolean;

  /**
   * Format of a message as the recipients get it.
   *
   * @default MessageFormat.ATTRIBUTED
   */
  readonly messageFormat?: MessageFormat;

  /**
   * Name of the API in the console, 1 to 128 characters.
   *
   * @default - a unique name from the path of the construct
   */
  readonly apiName?: string;

  /**
   * Name of the stage, which is the last part of `url`: 1 to 128 letters, digits, hyphens and underscores.
   *
   * @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
   * @default 'prod'
   */
  readonly stageName?: string;

  /**
   * Custom domain that clients connect to, and the path on it.
   *
   * `url` becomes `wss://<domain>`, with `/<mappingKey>` if there is one and without the stage. Deliveries never use it:
   * `callbackUrl` remains API Gateway's own address of the stage, which stays open to clients as well.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-custom-domain-names.html
   * @default - clients connect to API Gateway's own address of the stage
   */
  readonly domainMapping?: DomainMappingOptions;

  /**
   * Authorizer of connections: `WebSocketJwtAuthorizer`, or any other WebSocket authorizer of aws-cdk-lib.
   *
   * It decides once for each connection, at `$connect`. Its answer holds until the connection closes, for 2 hours at most.
   * A denied client gets the status 403, one without an identity 401. Browsers cannot set headers on the handshake: they send
   * a token in the query string or the subprotocol. Name that as the identity source of a `WebSocketLambdaAuthorizer`, whose
   * default is the header `Authorization`.
   *
   * @default - none: everybody who knows the address can connect
   */
  readonly authorizer?: IWebSocketRouteAuthorizer;

  /**
   * Origins whose pages may connect, such as `https://app.example.com` or `https://*.example.com`.
   *
   * The second form stands for all hosts below a domain. Add the port, unless it is the default of the scheme. Browsers let every page
   * connect to every WebSocket, with its cookies, and name the page's origin, which the connection handler checks. Other clients can
   * claim any origin: this keeps pages out, not programs. A client with another origin, or without one, gets the status 403. All origins
   * together may have 3 KB: AWS Lambda takes 4 KB of environment variables.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @default - pages of all origins may connect
   */
  readonly allowedOrigins?: string[];

  /**
   * Whether clients without an origin may connect when `allowedOrigins` is set.
   *
   * Browsers always name an origin.
   *
   * @default false
   */
  readonly allowMissingOrigin?: boolean;

  /**
   * Key of the authorizer's context whose value others see in place of the sender's connection id.
   *
   * Everybody who is connected sees the value, so name a nickname rather than an e-mail address. Control characters, invisible
   * characters and those that change the direction of writing are removed, and the value is cut to 128 characters. A sender without
   * a value is shown by its connection id. The context of `WebSocketJwtAuthorizer` has the claims of the token.
   *
   * @default - others see the connection id, and nothing of the authorizer's context
   */
  readonly senderNameKey?: string;

  /**
   * Clients that may send messages to all connections.
   *
   * Backends always may, on `broadcastQueue`.
   *
   * With `ChannelAccess.nobody()` clients only receive, as on a dashboard. API Gateway itself answers each of their messages with an error
   * frame (`Forbidden`); the heartbeat still works. There is no `messageHandler`, unless there is a `history`, which clients may read. With
   * `ChannelAccess.claim('scope')` a client may send if the authorizer's context lists `*` under `scope`. The sender of a refused
   * message gets an error frame, and no other client gets anything.
   *
   * `addChannels` requires it: rules of channels do not restrict messages to all connections.
   *
   * @default ChannelAccess.anyone()
   */
  readonly publishAccess?: ChannelAccess;

  /**
   * Key under which the authorizer's context has the user's id, such as `sub`.
   *
   * Every connection of a user then receives what is published to `user:<id>`, and `ChannelAccess.owner()` can be used. The value has
   * 1 to 128 printable ASCII characters; a client with another value is refused. Other clients do not see it.
   *
   * @default - connections belong to no user
   */
  readonly userIdKey?: string;

  /**
   * Your function that allows, changes, refuses or drops each message of a client before it is published.
   *
   * It is invoked synchronously and has 3 seconds. If it fails, the message is refused. Messages of backends do not go through it.
   * docs/hook.md describes its input and output. It must be in the account and the region of the API.
   *
   * @default - none
   */
  readonly messageHook?: IFunction;

  /**
   * Maximum channels that a connection may be subscribed to at once, from 1 to 200.
   *
   * The personal channel of its user does not count. Several requests that arrive at the same time may exceed it by a few.
   *
   * @default 50
   */
  readonly maxChannelsPerConnection?: number;

  /**
   * Whether the logs of the functions name channels.
   *
   * A name may reveal something about people, such as the two users of a private chat.
   *
   * @default false
   */
  readonly logChannels?: boolean;

  /**
   * Table of the connections, with the partition key `connectionId` (string) and no sort key.
   *
   * It should have the time to live attribute `ttl`. It must belong to this API alone, and be in its account and region.
   * Keys that begin with `#` are reserved. The key of an imported table cannot be checked at synth.
   *
   * @default - a new table, paid per request, encrypted with a key that AWS owns
   */
  readonly connectionsTable?: ITable;

  /**
   * Time that a row is kept when `$disconnect` never arrives, at least 2 hours and 5 minutes.
   *
   * A connection can live for 2 hours.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default Duration.hours(3)
   */
  readonly connectionTtl?: Duration;

  /**
   * Removal policy of the table and the log groups that this construct creates.
   *
   * The rows of the table stand for open connections only: there is nothing to keep.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Key for the tables, the queues and the log groups that this construct creates.
   *
   * If the key is created in the app, its policy gets the permissions that it needs, also for constructs of aws-cdk-lib that publish on
   * `broadcastQueue`. The policy of an imported key has to let `logs.<region>.amazonaws.com` (in China `logs.<region>.amazonaws.com.cn`)
   * and the AWS services that publish use the key. A publisher needs `kms:GenerateDataKey` and `kms:Decrypt`: `grantPublish` grants both.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - keys of AWS, which cost nothing
   */
  readonly encryptionKey?: IKey;

  /**
   * Options of API Gateway's access logs.
   *
   * `{}` switches them on. They are off by default because API Gateway needs a role of the account for them, which a fresh
   * account does not have: see `createAccountRole`.
   *
   * @default - no access logs
   */
  readonly accessLogs?: AccessLogOptions;

  /**
   * Delivery of clients' messages, directly or through queues.
   *
   * @default FanOut.direct()
   */
  readonly fanOut?: FanOut;

  /**
   * History of messages, from which clients recover what they missed while they were away.
   *
   * `{}` switches it on.
   *
   * Each message gets a position, in one order for all clients. Clients publish with an acknowledgement (`publish`) and ask for
   * the messages after a position (`history`). A history needs `MessageFormat.ENVELOPE` and the heartbeat, whose answer names the layer. Messages
   * may have up to 24 KiB. It cannot be combined with `excludeSender`. Each message costs two more writes to a table.
   *
   * @default - no message is kept
   */
  readonly history?: HistoryOptions;

  /**
   * Maximum deliveries per second of this API, from 1 to 1,000,000.
   *
   * API Gateway serves 10,000 requests per second to all APIs of an account in a region (2,500 in some), deliveries
   * included, and refuses the rest. A broadcast to n connections takes at least n divided by this rate. A broadcast that
   * would wait for its turn for more than 5 seconds is refused, and its sender gets an error frame. Broadcasts to
   * fewer than 20 connections never wait.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   * @default - half of what API Gateway serves by default in the region: 5,000, or 1,250 where it is 2,500
   */
  readonly deliveryRateLimit?: number;

  /**
   * Maximum requests per second, and at once, that the stage takes from all clients together.
   *
   * Connects and messages count. API Gateway refuses the rest: a connect with the status 429, a message with an error frame. So clients
   * cannot use up the 10,000 requests per second that the account has for all its APIs in the region. A limit that you leave out is 500.
   *
   * All clients share it: one client that sends as much as this allows makes API Gateway refuse the others. `messageRateLimit` does not
   * prevent that, because messages count here first, and AWS WAF does not attach to WebSocket APIs. Set it to several times what your
   * clients need, and let an `authorizer` refuse clients that abuse it.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   * @default - 500 per second, 500 at once
   */
  readonly throttle?: ThrottleSettings;

  /**
   * Maximum size of a message as its recipients get it, up to 128 KiB.
   *
   * In UTF-8, with what `messageFormat` puts around the text. The sender of a larger message gets an error frame, and nobody gets
   * the message; a larger message of a backend goes to the dead-letter queue. API Gateway itself closes a connection that sends a
   * frame of more than 32 KiB, or a message of more than 128 KiB, and bills each 32 KiB of each delivery.
   *
   * With `history` or `MessageFormat.BATCH` it is at most 24 KiB, so that a page of messages fits into one frame.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default - Size.kibibytes(32), or Size.kibibytes(24) with `history` or `BATCH`
   */
  readonly maxMessageSize?: Size;

  /**
   * Maximum rate of messages of one connection.
   *
   * A message above it reaches nobody, and its sender gets an error frame, at most once a second. Messages of backends are not
   * limited.
   *
   * @default MessageRateLimit.perSecond(10, 30)
   */
  readonly messageRateLimit?: MessageRateLimit;

  /**
   * Whether API Gateway itself answers `{"action":"ping"}` with `{"action":"pong"}`.
   *
   * API Gateway closes a connection that is idle for 10 minutes: let clients send the ping about every 9 minutes. Ping and
   * pong are billed as messages, but no Lambda function runs, and other clients do not see them. Without the heartbeat, a ping is
   * broadcast like any message.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default true
   */
  readonly heartbeat?: boolean;

  /**
   * Options of the function behind `$connect` and `$disconnect`.
   *
   * @default - 256 MB, 10 seconds
   */
  readonly connectionHandlerOptions?: HandlerOptions;

  /**
   * Options of the function behind `$default`, which delivers messages or, with `FanOut.queued`, queues them.
   *
   * @default - 1,024 MB, 28 seconds
   */
  readonly messageHandlerOptions?: HandlerOptions;

  /**
   * Options of the function that broadcasts the messages on `broadcastQueue`.
   *
   * It exists once the queue does. Its timeout is 5 to 30 seconds; a reserved concurrency must be at least 2 more than the
   * workers of `fanOut`, or 4 more with `history` and `FanOut.queued`.
   *
   * @default - 1,024 MB, 30 seconds
   */
  readonly deliveryHandlerOptions?: HandlerOptions;

  /**
   * Options of the function that closes the connections named on `disconnectQueue`.
   *
   * It exists once the queue does. Its timeout is 5 to 30 seconds; a reserved concurrency must be at least 2.
   *
   * @default - 256 MB, 30 seconds
   */
  readonly disconnectHandlerOptions?: HandlerOptions;

  /**
   * Options of the function that makes presence lists.
   *
   * It exists once `addChannels` is called with `presence`. Its timeout is 5 to 30 seconds; a reserved concurrency must be at least 4.
   *
   * @default - 512 MB, 30 seconds
   */
  readonly presenceHandlerOptions?: HandlerOptions;
}
