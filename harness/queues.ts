import { SQSClient } from '@aws-sdk/client-sqs';

/** Returns a client of emulated queues, which accept any credentials. */
export function queuesClient(endpoint: string, maxAttempts?: number): SQSClient {
  return new SQSClient({ endpoint, maxAttempts, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}
