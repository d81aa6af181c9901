import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { deliveryPorts } from '../../../lambda-src/aws/delivery-ports';
import { ALL_CONNECTIONS, ENV } from '../../../src/private/contract';

const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
  [ENV.tableName]: 'connections',
  [ENV.callbackUrl]: 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod',
};
const before = process.env;

afterEach(() => {
  process.env = before;
});

function portsWith(environment: Record<string, string> = {}) {
  process.env = { ...before, ...ENVIRONMENT, ...environment };
  return deliveryPorts(new DynamoDBClient({ region: 'eu-west-1' }));
}

test.each([
  ['half of the region\'s quota', {}, 5_000],
  ['half of the smaller quota of a newer region', { AWS_REGION: 'eu-south-2' }, 1_250],
  ['what is set', { [ENV.deliveryRateLimit]: '77' }, 77],
])('the rate is %s', (_, environment: Record<string, string>, rate) => {
  expect(portsWith(environment).budget.rate).toBe(rate);
});

test('as many deliveries are in flight as the memory or the setting allows', () => {
  const { maxInFlight } = portsWith();
  expect(maxInFlight).toBeGreaterThan(8);
  expect(portsWith({ [ENV.maxInFlight]: '8' }).maxInFlight).toBe(8);
  expect(portsWith({ [ENV.maxInFlight]: '1000' }).maxInFlight).toBe(maxInFlight);
});

test('a message to all reads the table, and a message to one target is not treated as one to all', () => {
  const { recipientsOf, rows } = portsWith();
  expect(recipientsOf(ALL_CONNECTIONS)).toBe(rows);
  for (const target of ['channel:a', 'user:a', 'connection:a'] as const) expect(() => recipientsOf(target)).toThrow(`a message must be for '*', got '${target}'; this API has no channels: leave the target out`);
});
