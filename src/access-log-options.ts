import { type AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type ILogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';

/**
 * How API Gateway logs the requests of clients: a line of JSON for each connection, message and disconnection.
 */
export interface AccessLogOptions {
  /**
   * Whether the role by which API Gateway writes logs is set for the whole account and region.
   *
   * API Gateway refuses a stage with access logs as long as the account has no such role: so does the first deployment into
   * a fresh account. An account has one: setting it takes the place of what it had, and it stays when the stack is deleted,
   * since all APIs of the account may depend on it.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   * @default false
   */
  readonly createAccountRole?: boolean;

  /**
   * The log group that API Gateway writes to.
   *
   * @default - a new log group, with the `removalPolicy` and the `encryptionKey` of the API
   */
  readonly logGroup?: ILogGroup;

  /**
   * How long a new log group keeps its entries.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Whether the IP address of the client is logged, which is personal data in many countries.
   *
   * @default false
   */
  readonly logClientIp?: boolean;

  /**
   * What is logged, in place of our own format.
   *
   * Query strings may hold tokens: `$context` variables that hold them do not belong in here.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
   * @default - when, who by connection id, what and how it ended: never a query string, a header, a token or a message
   */
  readonly format?: AccessLogFormat;
}
