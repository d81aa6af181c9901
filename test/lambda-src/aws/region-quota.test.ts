import { requestQuota } from '../../../lambda-src/aws/region-quota';

test.each([
  'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1',
  'ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'ap-east-1', 'me-south-1',
  'us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1',
])('10,000 in %s', (region) => {
  expect(requestQuota(region)).toBe(10_000);
});

test.each([
  'af-south-1', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-7', 'ca-west-1', 'eu-central-2', 'eu-south-1', 'eu-south-2',
  'il-central-1', 'me-central-1', 'mx-central-1',
])('2,500 in %s', (region) => {
  expect(requestQuota(region)).toBe(2_500);
});

test('2,500 in an unknown region', () => {
  expect(requestQuota('xx-new-1')).toBe(2_500);
});
