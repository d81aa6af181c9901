import { parseAwsHost } from '../../../local/aws/hosts';

test.each([
  ['dynamodb.eu-west-1.amazonaws.com', 'dynamodb', ''],
  ['DynamoDB.us-gov-west-1.amazonaws.com.', 'dynamodb', ''],
  ['dynamodb-fips.us-east-1.amazonaws.com', 'dynamodb', ''],
  ['111122223333.ddb.us-east-1.amazonaws.com', 'dynamodb', '111122223333'],
  ['streams.dynamodb.us-east-1.amazonaws.com', 'dynamodb', 'streams'],
  ['dynamodb.eu-west-1.api.aws', 'dynamodb', ''],
  ['sqs.cn-north-1.amazonaws.com.cn', 'sqs', ''],
  ['eu-west-1.queue.amazonaws.com', 'sqs', ''],
  ['queue.amazonaws.com', 'sqs', ''],
  ['abcdefghij.execute-api.eusc-de-east-1.amazonaws.eu', 'execute-api', 'abcdefghij'],
  ['abcdefghij.execute-api.cn-north-1.amazonaws.com.cn', 'execute-api', 'abcdefghij'],
  ['bucket.with.dots.s3.dualstack.eu-west-1.amazonaws.com', 's3', 'bucket.with.dots'],
  ['sts.amazonaws.com', 'sts', ''],
  ['x.lambda-url.eu-west-1.on.aws', 'lambda-url', 'x'],
  ['169.254.169.254', 'instance metadata', ''],
])('%s is %s', (host, service, prefix) => {
  expect(parseAwsHost(host)).toEqual({ service, prefix });
});

test.each(['example.com', 'amazonaws.com', 'notamazonaws.com', 'amazonaws.com.evil.example', '127.0.0.1', ''])('%s is none of AWS', (host) => {
  expect(parseAwsHost(host)).toBeUndefined();
});
