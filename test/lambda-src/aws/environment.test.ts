import { messageFormat, optionalNumber, requireEnv, requireNumber } from '../../../lambda-src/aws/environment';
import { ENV } from '../../../src/private/contract';

const before = process.env;

beforeEach(() => {
  process.env = { ...before };
  delete process.env[ENV.tableName];
});

afterEach(() => {
  process.env = before;
});

const FIX = '; the construct sets it: deploy the stack again';

test.each([undefined, ''])('a required variable must be set, and not to %p', (value) => {
  if (value !== undefined) process.env[ENV.tableName] = value;
  expect(() => requireEnv(ENV.tableName)).toThrow(`environment variable ${ENV.tableName} must be set${FIX}`);
});

test.each(['0', '-1', 'many', 'NaN'])('a number must be above 0, not %s', (value) => {
  process.env[ENV.maxInFlight] = value;
  for (const read of [requireNumber, optionalNumber]) {
    expect(() => read(ENV.maxInFlight)).toThrow(`environment variable ${ENV.maxInFlight} must be a number above 0, got '${value}'${FIX}`);
  }
});

test('a number that is not set is undefined', () => {
  delete process.env[ENV.maxInFlight];
  expect(optionalNumber(ENV.maxInFlight)).toBeUndefined();
});

test.each(['raw', 'JSON'])('a message format must be one of ours, not %s', (value) => {
  process.env[ENV.messageFormat] = value;
  expect(() => messageFormat()).toThrow(`environment variable ${ENV.messageFormat} must be one of ATTRIBUTED, RAW, ENVELOPE, got '${value}'${FIX}`);
});
