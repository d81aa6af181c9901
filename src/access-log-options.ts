import { type AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type ILogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';

/**
 * Options of access logs: one line of JSON for each connection, message and disconnection.
 */
export interface AccessLogOptions {
  /**
   * Whether to set the role with which API Gateway writes logs, for the whole account and region.
   *
   * API Gateway refuses a stage with access logs while the account has no such role, so the first deployment into a fresh
   * account fails. An account has one role for all its APIs: setting it replaces the one that was there, and it stays when
   * the stack is deleted.
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
   * Retention of a new log group.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Whether to log the client's IP address, which is personal data in many countries.
   *
   * @default false
   */
  readonly logClientIp?: boolean;

  /**
   * Format of a line, in place of the construct's own.
   *
   * Do not use `$context` variables that hold query strings: they may contain tokens.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
   * @default - time, connection id, event and result, without query strings, headers, tokens or messages
   */
  readonly format?: AccessLogFormat;
}
