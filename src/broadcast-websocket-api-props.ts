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
 * Properties of a `BroadcastWebSocketApi`; all are optional.
 */
export interface BroadcastWebSocketApiProps {
  /**
   * Whether a sender is left out of the recipients of its own message.
   *
   * @default false
   */
  readonly excludeSender?: boolean;

  /**
   * How a message is written to the connections that receive it.
   *
   * @default MessageFormat.ATTRIBUTED
   */
  readonly messageFormat?: MessageFormat;

  /**
   * Name of the API in the console, 1 to 128 characters.
   *
   * @default - a unique name made of the path of the construct
   */
  readonly apiName?: string;

  /**
   * Name of the stage, the last part of `url`: 1 to 128 letters, digits, hyphens and underscores.
   *
   * @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
   * @default 'prod'
   */
  readonly stageName?: string;

  /**
   * The custom domain that clients connect to, and the path on it.
   *
   * `url` becomes `wss://<domain>`, with `/<mappingKey>` if there is one and without the stage. Deliveries never go by it:
   * `callbackUrl` remains the address that API Gateway gives the stage, which stays open to clients as well.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-custom-domain-names.html
   * @default - clients connect to the address that API Gateway gives the stage
   */
  readonly domainMapping?: DomainMappingOptions;

  /**
   * What decides who may connect: `WebSocketJwtAuthorizer`, or any other of an aws-cdk-lib that WebSocket APIs take.
   *
   * It is asked once for each connection, at `$connect`; what it says holds until the connection closes, for 2 hours at the
   * most. A client that it denies gets the status 403, one that brings no identity 401. Browsers cannot set headers on the
   * handshake: for them, a token is in the query string or the subprotocol, and `WebSocketLambdaAuthorizer`, whose default
   * identity source is the header `Authorization`, has to be told so.
   *
   * @default - none: whoever knows the address can connect
   */
  readonly authorizer?: IWebSocketRouteAuthorizer;

  /**
   * The origins whose pages may connect: exact ones (`https://app.example.com`), or all hosts below a domain
   * (`https://*.example.com`), with the port unless it is the scheme's own.
   *
   * Browsers let every page connect to every WebSocket, with its cookies, and name the page's origin: that is checked here,
   * in the connection handler. Other clients can claim any origin: this keeps pages out, not programs. A client that names no
   * origin, or another one, gets the status 403. All together may have 3 KB: AWS Lambda takes 4 KB of environment variables.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @default - pages of all origins may connect
   */
  readonly allowedOrigins?: string[];

  /**
   * Whether clients that name no origin may connect although there are `allowedOrigins`; browsers always name one.
   *
   * @default false
   */
  readonly allowMissingOrigin?: boolean;

  /**
   * The key of the authorizer's context whose value others see in place of the sender's connection id.
   *
   * Everybody who is connected sees it, so name one that is meant to be seen: a nickname rather than an e-mail address. Control
   * characters, those that nobody sees and those that change the direction of writing are taken out, and it is cut to 128
   * characters; a sender without such a value is shown by its connection id. `WebSocketJwtAuthorizer` makes the claims of the token its context.
   *
   * @default - the connection id is shown, and nothing that the authorizer says
   */
  readonly senderNameKey?: string;

  /**
   * The clients that may send messages to all connections.
   *
   * Backends always may, by `broadcastQueue`.
   *
   * With `ChannelAccess.nobody()` clients only receive, as on a dashboard: there is no `messageHandler` (but with `history`, which
   * they may read) and no route for their messages, API Gateway itself answers each with an error frame (`Forbidden`), and the heartbeat still works. With
   * `ChannelAccess.claim('scope')` a client may send if the authorizer's context lists `*` under `scope`; the sender of a
   * refused message gets an error frame, and no other client gets anything.
   *
   * It must be given before `addChannels`: channels do not close this door. It decides as well what becomes of text that is no action.
   *
   * @default ChannelAccess.anyone()
   */
  readonly publishAccess?: ChannelAccess;

  /**
   * The key of the authorizer's context that says which user a connection belongs to, such as `sub`.
   *
   * Every connection of a user then receives what is published to `user:<id>`, and `ChannelAccess.owner()` can be used. A value of
   * 1 to 128 printable ASCII characters counts; a client with another one is not let in. Other clients do not see it.
   *
   * @default - connections belong to no user
   */
  readonly userIdKey?: string;

  /**
   * A function of yours that allows, changes, refuses or drops each message of a client before it is published.
   *
   * It is invoked synchronously and has 3 seconds. If it fails, the message is refused. Backends pass it by. docs/hook.md
   * says what it gets and returns. It must be in the account and the region of the API.
   *
   * @default - none
   */
  readonly messageHook?: IFunction;

  /**
   * How many channels a connection may be subscribed to at once, from 1 to 200, beside the personal one of its user.
   *
   * Several requests that arrive at the same time may exceed it by a few.
   *
   * @default 50
   */
  readonly maxChannelsPerConnection?: number;

  /**
   * Whether the logs of the functions name the channel that a line is about.
   *
   * A name may say something of a person, such as the two users of a private chat.
   *
   * @default false
   */
  readonly logChannels?: boolean;

  /**
   * The table of the connections, with the partition key `connectionId` (string) and no sort key.
   *
   * It should have the time to live attribute `ttl`. It must belong to this API alone, and be in its account and region.
   * Keys that begin with `#` are reserved. Whether an imported table has the right key cannot be checked at synth.
   *
   * @default - a new table, paid per request, encrypted with a key that AWS owns
   */
  readonly connectionsTable?: ITable;

  /**
   * How long after its start a connection counts as closed, if nothing else has told so; at least 2 hours and 5 minutes.
   *
   * A connection can live for 2 hours; the row of one that was lost without notice is dropped after this time at the latest.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default Duration.hours(3)
   */
  readonly connectionTtl?: Duration;

  /**
   * What becomes of the table and the log groups that this construct creates when they leave the stack.
   *
   * The rows of the table stand for open connections only: there is nothing in them to keep.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The key that the table, the queues and the log groups which this construct creates are encrypted with.
   *
   * What a key created in the app has to allow is added to its policy, also for what publishes on `broadcastQueue` by
   * constructs of aws-cdk-lib. An imported key has to let `logs.<region>.amazonaws.com` (in China `logs.<region>.amazonaws.com.cn`)
   * use it, and the AWS services that publish. Everybody who publishes needs `kms:GenerateDataKey` and `kms:Decrypt` on it: `grantPublish` grants both.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - keys of AWS, which cost nothing
   */
  readonly encryptionKey?: IKey;

  /**
   * How API Gateway logs the requests of clients; `{}` switches it on.
   *
   * It is off by default because API Gateway refuses to log before the account has a role for it, which a fresh account has
   * not: see `createAccountRole`.
   *
   * @default - it does not
   */
  readonly accessLogs?: AccessLogOptions;

  /**
   * How a client's message gets to its recipients.
   *
   * @default FanOut.direct()
   */
  readonly fanOut?: FanOut;

  /**
   * The history of the messages, by which clients recover what they missed while they were away.
   *
   * `{}` switches it on.
   *
   * Each message gets a position, in one order for all clients. Clients publish with an acknowledgement (`publish`) and ask for
   * what follows a position (`history`). It needs `MessageFormat.ENVELOPE` and the heartbeat, whose answer names the layer, takes
   * messages of up to 24 KiB, and cannot be combined with `excludeSender`. A message costs two writes to a table more.
   *
   * @default - no message is kept
   */
  readonly history?: HistoryOptions;

  /**
   * Deliveries per second that all broadcasts of this API together may make, from 1 to 1,000,000.
   *
   * API Gateway serves 10,000 requests per second to all APIs of an account in a region (2,500 in some), deliveries
   * included, and refuses what is over. A broadcast to n connections takes n divided by this, whatever its code; one that
   * would have to wait for more than 5 seconds for its turn is refused, and its sender gets an error frame. Broadcasts to
   * fewer than 20 connections are never held back.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   * @default - half of what API Gateway serves by default in the region: 5,000, or 1,250 where it is 2,500
   */
  readonly deliveryRateLimit?: number;

  /**
   * How many requests the stage takes from all clients together, connects and messages alike: per second, and at once.
   *
   * API Gateway refuses what is over: a connect with the status 429, a message with an error frame. It keeps clients from taking up
   * the 10,000 requests per second that the account has for all its APIs in the region. A limit that is left out is 500.
   *
   * All clients share it: one that sends as much as this allows has the others refused, too. `messageRateLimit` does not help
   * against that, since messages count here before it is looked at, and AWS WAF does not attach to WebSocket APIs. Set it to
   * several times what your clients need, and let an `authorizer` keep out who abuses it.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   * @default - 500 per second, 500 at once
   */
  readonly throttle?: ThrottleSettings;

  /**
   * How large a message may be as its recipients get it, in UTF-8 and with what `messageFormat` puts around it: up to 128 KiB.
   *
   * Decided before anything is delivered. The sender of one that is larger gets an error frame, and is the only one to get
   * anything; one that a backend publishes ends in the dead-letter queue. API Gateway itself closes a connection that sends a
   * frame of more than 32 KiB, or a message of more than 128 KiB, and bills each 32 KiB of each delivery.
   *
   * With `history` it is at most 24 KiB, so that a page of the history fits into one frame.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default - Size.kibibytes(32), or Size.kibibytes(24) with `history`
   */
  readonly maxMessageSize?: Size;

  /**
   * How many messages one connection may send.
   *
   * A message that is over it reaches nobody; its sender gets an error frame, once a second at most. Messages of backends are not
   * limited.
   *
   * @default MessageRateLimit.perSecond(10, 30)
   */
  readonly messageRateLimit?: MessageRateLimit;

  /**
   * Whether API Gateway itself answers `{"action":"ping"}` with `{"action":"pong"}`.
   *
   * API Gateway closes a connection that is idle for 10 minutes: let clients send the ping about every 9 minutes. Ping and
   * pong are billed as messages, but no Lambda function runs, and nobody else sees them. When this is off, a ping is
   * broadcast like any message.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default true
   */
  readonly heartbeat?: boolean;

  /**
   * How the function behind `$connect` and `$disconnect` runs.
   *
   * @default - 256 MB, 10 seconds
   */
  readonly connectionHandlerOptions?: HandlerOptions;

  /**
   * How the function behind `$default` runs, which delivers messages or, with `FanOut.queued`, puts them on the queue.
   *
   * @default - 1,024 MB, 28 seconds
   */
  readonly messageHandlerOptions?: HandlerOptions;

  /**
   * How the function runs that broadcasts what lies on `broadcastQueue`.
   *
   * It exists once the queue does. Its timeout is 5 to 30 seconds; a reserved concurrency must be at least 2 more than the
   * workers of `fanOut`, or 4 more with `history` and `FanOut.queued`.
   *
   * @default - 1,024 MB, 30 seconds
   */
  readonly deliveryHandlerOptions?: HandlerOptions;

  /**
   * How the function runs that closes the connections named on `disconnectQueue`.
   *
   * It exists once the queue does. Its timeout is 5 to 30 seconds; a reserved concurrency must be at least 2.
   *
   * @default - 256 MB, 30 seconds
   */
  readonly disconnectHandlerOptions?: HandlerOptions;

  /**
   * How the function runs that makes the lists of who is in a channel.
   *
   * It exists once `addChannels` is called with `presence`. Its timeout is 5 to 30 seconds; a reserved concurrency must be at least 4.
   *
   * @default - 512 MB, 30 seconds
   */
  readonly presenceHandlerOptions?: HandlerOptions;
}
