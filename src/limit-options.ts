import { type Size } from 'aws-cdk-lib';
import { type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { type MessageRateLimit } from './message-rate-limit';

/**
 * How much clients can ask for.
 */
export interface LimitOptions {
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
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default Size.kibibytes(32)
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
}
