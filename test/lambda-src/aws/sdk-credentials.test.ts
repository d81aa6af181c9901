import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defaultProvider } from '../../../lambda-src/aws/sdk-credentials';

const environment = process.env;

beforeEach(() => {
  process.env = { ...environment, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
});

afterEach(() => {
  process.env = environment;
});

test('the SDK gets the credentials of the environment', async () => {
  expect(await defaultProvider()()).toMatchObject({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' });
});

test('credentials that Lambda has replaced meanwhile are used', async () => {
  jest.useFakeTimers({ now: Date.now() });
  try {
    const client = new DynamoDBClient({ region: 'eu-west-1', credentials: defaultProvider() });
    expect((await client.config.credentials()).accessKeyId).toBe('AKIDEXAMPLE');
    process.env.AWS_ACCESS_KEY_ID = 'AKIDREPLACED';
    jest.setSystemTime(Date.now() + 2 * 60_000);
    expect((await client.config.credentials()).accessKeyId).toBe('AKIDREPLACED');
  } finally {
    jest.useRealTimers();
  }
});
