import { accountRates, TokenBucket } from '../../../local/gateway/rates';

let now = 0;
const bucket = (perSecond: number, burst: number) => new TokenBucket(perSecond, burst, () => now);

/** Returns how many of several concurrent requests pass. */
const passing = (rate: TokenBucket, requests: number) => Array.from({ length: requests }, () => rate.take()).filter(Boolean).length;

test('as many requests pass at once as the burst allows', () => {
  expect(passing(bucket(10, 3), 100)).toBe(3);
});

test('after that, as many as the rate allows', () => {
  const rate = bucket(10, 3);
  passing(rate, 3);
  now += 200;
  expect(passing(rate, 100)).toBe(2);
  now += 50;
  expect(passing(rate, 100)).toBe(0);
  now += 50;
  expect(passing(rate, 100)).toBe(1);
});

test('a pause saves up no more than the burst', () => {
  const rate = bucket(10, 3);
  now += 60_000;
  expect(passing(rate, 100)).toBe(3);
});

test.each([
  ['eu-west-1', 10_000, 5_000],
  ['ap-southeast-4', 2_500, 1_250],
])('an account in %s has %i requests a second, a burst of %i, and 500 new connections a second', (region, rate, burst) => {
  const { requests, newConnections } = accountRates(region, () => now);
  expect([passing(requests, 20_000), passing(newConnections, 20_000)]).toEqual([burst, 500]);
  now += 100;
  expect([passing(requests, 20_000), passing(newConnections, 20_000)]).toEqual([rate / 10, 50]);
});
