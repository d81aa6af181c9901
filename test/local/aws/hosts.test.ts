import { parseAwsHost } from '../../../local/aws/hosts';

test.each<[string, string, string, string | undefined]>([
  ['dynamodb.eu-west-1.amazonaws.com', 'dynamodb', '', 'eu-west-1'],
  ['DynamoDB.us-gov-west-1.amazonaws.com.', 'dynamodb', '', 'us-gov-west-1'],
  ['dynamodb-fips.us-east-1.amazonaws.com', 'dynamodb', '', 'us-east-1'],
  ['111122223333.ddb.us-east-1.amazonaws.com', 'dynamodb', '111122223333', 'us-east-1'],
  ['streams.dynamodb.us-east-1.amazonaws.com', 'dynamodb', 'streams', 'us-east-1'],
  ['dynamodb.eu-west-1.api.aws', 'dynamodb', '', 'eu-west-1'],
  ['sqs.cn-north-1.amazonaws.com.cn', 'sqs', '', 'cn-north-1'],
  ['eu-west-1.queue.amazonaws.com', 'sqs', '', 'eu-west-1'],
  ['queue.amazonaws.com', 'sqs', '', undefined],
  ['abcdefghij.execute-api.eusc-de-east-1.amazonaws.eu', 'execute-api', 'abcdefghij', 'eusc-de-east-1'],
  ['abcdefghij.execute-api.cn-north-1.amazonaws.com.cn', 'execute-api', 'abcdefghij', 'cn-north-1'],
  ['bucket.with.dots.s3.dualstack.eu-west-1.amazonaws.com', 's3', 'bucket.with.dots', 'eu-west-1'],
  ['sts.amazonaws.com', 'sts', '', undefined],
  ['x.lambda-url.eu-west-1.on.aws', 'lambda-url', 'x', 'eu-west-1'],
  ['169.254.169.254', 'instance metadata', '', undefined],
])('%s is %s', (host, service, prefix, region) => {
  expect(parseAwsHost(host)).toEqual({ service, prefix, ...region !== undefined && { region } });
});

test.each(['example.com', 'amazonaws.com', 'notamazonaws.com', 'amazonaws.com.evil.example', '127.0.0.1', ''])('%s is not a host of AWS', (host) => {
  expect(parseAwsHost(host)).toBeUndefined();
});
