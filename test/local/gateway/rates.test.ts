import { accountRates, TokenBucket } from '../../../local/gateway/rates';

let now = 0;
const bucket = (perSecond: number, burst: number) => new TokenBucket(perSecond, burst, () => now);

/** How many of so many requests at once pass. */
const passing = (rate: TokenBucket, requests: number) => Array.from({ length: requests }, () => rate.take()).filter(Boolean).length;

test('so many requests pass at once as the burst allows', () => {
  expect(passing(bucket(10, 3), 100)).toBe(3);
});

test('then so many as the rate allows', () => {
  const rate = bucket(10, 3);
  passing(rate, 3);
  now += 200;
  expect(passing(rate, 100)).toBe(2);
  now += 50;
  expect(passing(rate, 100)).toBe(0);
  now += 50;
  expect(passing(rate, 100)).toBe(1);
});

test('a rest saves up no more than the burst', () => {
  const rate = bucket(10, 3);
  now += 60_000;
  expect(passing(rate, 100)).toBe(3);
});

test.each([
  ['eu-west-1', 5_000],
  ['ap-southeast-4', 1_250],
])('an account in %s has a burst of %i requests and of 500 new connections', (region, burst) => {
  const { requests, newConnections } = accountRates(region);
  // The clock goes on while these are taken, but not for as much as a tenth of the burst.
  expect(passing(requests, 2 * burst)).toBeGreaterThanOrEqual(burst);
  expect(passing(newConnections, 500)).toBe(500);
});
