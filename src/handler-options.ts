import { type Duration } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type Tracing } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';

/**
 * Options of a Lambda function behind the API.
 */
export interface HandlerOptions {
  /**
   * Memory of the function in MB, from 128 to 10,240.
   *
   * CPU grows with memory: 1,769 MB are one vCPU. Delivery is bound by CPU, so less memory makes it slower rather than cheaper.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   * @default - 256 MB for the connection handler and for a message handler that only fills the queue, 1,024 MB for handlers that deliver
   */
  readonly memorySize?: number;

  /**
   * Time limit of one invocation, in whole seconds.
   *
   * From 1 to 10 s for the connection handler, because a client waits for it; from 5 to 28 s for the message handler,
   * because API Gateway gives up after 29 s and a broadcast needs time to end properly; from 5 to 30 s for the other handlers.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default - 10 s for the connection handler, 28 s for the message handler, 30 s for the delivery handler
   */
  readonly timeout?: Duration;

  /**
   * Reserved concurrency of the function, taken from that of the account.
   *
   * A new account may have a concurrency of only 10, of which none can be reserved: the deployment then fails.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - as many as the account allows
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Log group of the function.
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
   * Tracing of the function with AWS X-Ray.
   *
   * @default Tracing.DISABLED
   */
  readonly tracing?: Tracing;

  /**
   * VPC that the function runs in.
   *
   * The function needs a way out to DynamoDB (a gateway endpoint is enough) and, if it delivers messages, to the public
   * endpoint of the API (a NAT gateway): WebSocket APIs cannot be reached through an interface endpoint.
   *
   * @default - the function runs outside of your VPCs
   */
  readonly vpc?: IVpc;

  /**
   * Subnets of `vpc` that the function runs in.
   *
   * @default - the private subnets of `vpc`
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * Security groups of the function in `vpc`.
   *
   * @default - a new security group, if there is a `vpc`
   */
  readonly securityGroups?: ISecurityGroup[];
}
