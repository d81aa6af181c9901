import { type Duration } from 'aws-cdk-lib';

/**
 * Options of `addDashboard`.
 */
export interface BroadcastDashboardOptions {
  /**
   * Name of the dashboard: 1 to 255 letters, digits, hyphens and underscores.
   *
   * No other dashboard of the account may have it.
   *
   * @default - a name that CloudFormation generates
   */
  readonly dashboardName?: string;

  /**
   * Time range that the dashboard shows when it is opened, in whole minutes.
   *
   * @default Duration.hours(3)
   */
  readonly defaultInterval?: Duration;
}
