import { credentialsFrom } from '../../../../lambda-src/aws/connections-api/credentials';
import { canonicalSegment, encodeConnectionId, parseEndpoint } from '../../../../lambda-src/aws/connections-api/endpoint';

describe('callback URL', () => {
  test('of a stage', () => {
    expect(parseEndpoint('https://abc.execute-api.eu-west-1.amazonaws.com/prod')).toEqual({
      secure: true,
      hostname: 'abc.execute-api.eu-west-1.amazonaws.com',
      port: 443,
      host: 'abc.execute-api.eu-west-1.amazonaws.com',
      path: '/prod/@connections/',
      canonicalPath: '/prod/%40connections/',
    });
  });

  test.each([
    ['http://127.0.0.1:4001', '127.0.0.1', 4001, '127.0.0.1:4001', '/@connections/'],
    ['http://localhost/', 'localhost', 80, 'localhost', '/@connections/'],
    ['http://localhost:443/x', 'localhost', 443, 'localhost:443', '/x/@connections/'],
    ['https://localhost:443/x/', 'localhost', 443, 'localhost', '/x/@connections/'],
    ['https://[::1]:8443/a//b/', '::1', 8443, '[::1]:8443', '/a/b/@connections/'],
  ])('%s', (url, hostname, port, host, path) => {
    expect(parseEndpoint(url)).toMatchObject({ hostname, port, host, path });
  });

  test.each([
    '', 'abc', 'wss://abc.example.com/prod', 'https://u:p@abc.example.com/prod', 'https://abc.example.com/prod?x=1',
    'https://abc.example.com/prod#x', 'https://abc.example.com/prod/@connections',
  ])('%j is refused', (url) => {
    expect(() => parseEndpoint(url)).toThrow(/'callbackUrl' must be an http or https URL .*, got: .*; use the stage's callbackUrl/);
  });
});

test.each([
  ['R0oX_A-bIAMCJhA=', 'R0oX_A-bIAMCJhA%3D', 'R0oX_A-bIAMCJhA%253D'],
  ['a+b/c', 'a%2Bb%2Fc', 'a%252Bb%252Fc'],
  ['..', '%2E%2E', '%252E%252E'],
  ["!'()*", '%21%27%28%29%2A', '%2521%2527%2528%2529%252A'],
])('the id %s is %s on the wire and %s when signed', (id, wire, signed) => {
  expect(encodeConnectionId(id)).toBe(wire);
  expect(canonicalSegment(wire)).toBe(signed);
});

describe('credentials', () => {
  const role = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };

  test('are read from the environment, with and without a session token', () => {
    expect(credentialsFrom({ ...role, AWS_SESSION_TOKEN: 'token' })).toEqual({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' });
    expect(credentialsFrom({ ...role, AWS_SESSION_TOKEN: '' })).toEqual({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: undefined });
  });

  test.each([
    ['AWS_ACCESS_KEY_ID', { AWS_SECRET_ACCESS_KEY: 'secret' }],
    ['AWS_SECRET_ACCESS_KEY', { ...role, AWS_SECRET_ACCESS_KEY: '' }],
    ['AWS_SESSION_TOKEN', { ...role, AWS_SESSION_TOKEN: 'a\r\nx-evil: 1' }],
  ])('that could not be a header are refused by name, without their value: %s', (name, environment) => {
    expect(() => credentialsFrom(environment)).toThrow(new RegExp(`^'${name}' must be set to visible ASCII characters, got \\d+ characters; `));
  });
});
