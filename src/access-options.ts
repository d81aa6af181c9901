import { type IWebSocketRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { type ChannelAccess } from './channel-access';

/**
 * Who may connect and send messages, and what others see of them.
 */
export interface AccessOptions {
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
  readonly senderName?: string;

  /**
   * The clients that may send messages to all connections.
   *
   * Backends always may, by `broadcastQueue`.
   *
   * With `ChannelAccess.nobody()` clients only receive, as on a dashboard: there is no `messageHandler` and no route for
   * their messages, API Gateway itself answers each with an error frame (`Forbidden`), and the heartbeat still works. With
   * `ChannelAccess.claim('scope')` a client may send if the authorizer's context lists `*` under `scope`; the sender of a
   * refused message gets an error frame, and no other client gets anything.
   *
   * @default ChannelAccess.anyone()
   */
  readonly publishAccess?: ChannelAccess;
}
