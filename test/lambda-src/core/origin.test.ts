import { admitsOrigin } from '../../../lambda-src/core/origin';

const RULE = { allowed: ['https://app.example.com', 'https://*.example.org', 'http://localhost:8787', 'https://*.example.net:8443'], allowMissing: false };

const from = (origin: string) => ({ Host: 'api', Origin: origin });

test.each([
  'https://app.example.com', 'HTTPS://App.Example.com', 'https://a.example.org', 'https://a.b-c.example.org', 'http://localhost:8787',
  'https://x.example.net:8443',
])('%s may connect', (origin) => {
  expect(admitsOrigin(from(origin), RULE)).toBe(true);
});

test.each([
  ['another host', 'https://evil.test'],
  ['another scheme', 'http://app.example.com'],
  ['another port', 'https://app.example.com:8443'],
  ['a host below an exact one', 'https://x.app.example.com'],
  ['one that only begins so', 'https://app.example.com.evil.test'],
  ['one that only ends so', 'https://evilexample.org'],
  ['the domain of a pattern itself', 'https://example.org'],
  ['a pattern with nothing in its place', 'https://.example.org'],
  ['another host in front of the domain of a pattern', 'https://evil.test/.example.org'],
  ['a host with a user in front', 'https://evil.test@.example.org'],
  ['a host and port in front of the domain of a pattern', 'https://evil.test:443.example.org'],
  ['a query in front of the domain of a pattern', 'https://evil.test?.example.org'],
  ['a fragment in front of the domain of a pattern', 'https://evil.test#.example.org'],
  ['a line break in front of the domain of a pattern', 'https://evil\n.example.org'],
  ['no port where the pattern has one', 'https://x.example.net'],
  ['a sandboxed page', 'null'],
  ['the pattern itself', 'https://*.example.org'],
  ['several', 'https://app.example.com, https://evil.test'],
])('%s may not', (_what, origin) => {
  expect(admitsOrigin(from(origin), RULE)).toBe(false);
});

test('finds the header whatever its casing, and checks every value', () => {
  expect(admitsOrigin({ oRIGIN: 'https://app.example.com' }, RULE)).toBe(true);
  expect(admitsOrigin({ Origin: 'https://app.example.com', origin: 'https://evil.test' }, RULE)).toBe(false);
});

test.each([[{}], [{ Origin: '' }], [{ Origin: undefined }]])('no client without an origin may connect unless that is allowed: %j', (headers) => {
  expect(admitsOrigin(headers, RULE)).toBe(false);
  expect(admitsOrigin(headers, { ...RULE, allowMissing: true })).toBe(true);
  expect(admitsOrigin(from('https://evil.test'), { ...RULE, allowMissing: true })).toBe(false);
});
