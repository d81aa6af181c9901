import { QUOTA } from '../../src/private/contract';

/**
 * Regions in which API Gateway serves the full quota of requests by default.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const FULL_QUOTA_REGIONS = new Set([
  'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1',
  'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1',
  'ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'ap-east-1',
  'me-south-1', 'us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1',
]);

/**
 * Returns the default quota of API Gateway requests per second, for all APIs of an account in a region. An unknown region counts as one
 * with the smaller quota.
 */
export function requestQuota(region: string): number {
  return FULL_QUOTA_REGIONS.has(region) ? QUOTA.requestsPerSecond : QUOTA.requestsPerSecondInNewerRegions;
}
