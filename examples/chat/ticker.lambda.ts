import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({});

/** Announces the time to everybody in the chat. A backend publishes by putting a message on a queue. */
export async function handler(): Promise<void> {
  const time = new Date().toISOString().slice(11, 16);
  await sqs.send(new SendMessageCommand({
    QueueUrl: process.env.BROADCAST_QUEUE_URL,
    MessageBody: JSON.stringify({ name: 'ticker', text: `It is ${time} UTC` }),
  }));
}
