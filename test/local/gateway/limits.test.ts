import { gatewayLimits } from '../../../local/gateway/limits';

test('the quotas are those of API Gateway', () => {
  expect(gatewayLimits()).toMatchObject({
    idleMillis: 10 * 60_000,
    lifetimeMillis: 2 * 60 * 60_000,
    integrationTimeoutMillis: 29_000,
    messageBytes: 128 * 1024,
    frameBytes: 32 * 1024,
  });
});

test('a time scale of 60 turns minutes of connections into seconds, and changes nothing else', () => {
  expect(gatewayLimits(60)).toEqual({ ...gatewayLimits(), idleMillis: 10_000, lifetimeMillis: 120_000 });
});

test('a time scale near zero gives the longest possible timer', () => {
  expect(gatewayLimits(1e-9)).toMatchObject({ idleMillis: 2 ** 31 - 1, lifetimeMillis: 2 ** 31 - 1 });
});
