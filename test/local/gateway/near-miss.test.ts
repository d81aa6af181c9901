import { nearMiss } from '../../../local/gateway/near-miss';

const NAMES = ['publish', 'history', 'subscribe', 'unsubscribe', 'presence', 'say'];

test.each<[string, string]>([
  ['subscrib', 'subscribe'], ['Subscribe', 'subscribe'], ['subsrcibe', 'subscribe'], ['suscribbe', 'subscribe'], ['unsubcribe', 'unsubscribe'],
  ['pubish', 'publish'], ['hisotry', 'history'], ['presense', 'presence'], ['sya', 'say'], ['SAY', 'say'],
])('%s may be meant for %s', (written, meant) => {
  expect(nearMiss(written, NAMES)).toBe(meant);
});

test.each(['', 'hello', 'say it', 'pay it', 'lists', 'sub', 'ping', 'publish', 'x'.repeat(100_000)])('%.20s is not similar to any route', (written) => {
  expect(nearMiss(written, NAMES)).toBeUndefined();
});
