/**
 * Regions in which API Gateway serves 10,000 requests per second and account by default, shared by all its APIs; in all
 * others it is 2,500, which is also the careful answer for a region that is not known here.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const FULL_QUOTA_REGIONS = new Set([
  'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1',
  'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1',
  'ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'ap-east-1',
  'me-south-1', 'us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1',
]);

/** Half the quota of the region, in deliveries per second: the other half is for the account's other APIs. */
export function defaultDeliveryRate(region: string): number {
  return FULL_QUOTA_REGIONS.has(region) ? 5_000 : 1_250;
}
