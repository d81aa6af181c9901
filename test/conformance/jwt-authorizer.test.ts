import { createHmac, generateKeyPairSync } from 'node:crypto';
import { Children } from '../../harness/children';
import { Handler, type Invocation } from '../../harness/handler/handler';
import { encoded, IdentityProvider, newKey } from '../../harness/identity-provider';
import { shippedBundle } from '../../harness/shipped-bundle';
import { ENV } from '../../src/private/contract';

const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:111122223333:abcdefghij/prod/$connect';
const HOUR = 3600;

const now = () => Math.floor(Date.now() / 1000);

describe('the JWT authorizer as it is shipped', () => {
  const bundle = shippedBundle('jwt-authorizer');
  const children = new Children();
  let provider: IdentityProvider;
  let authorizer: Handler;

  const start = (env: Record<string, string> = {}) => Handler.start(children, {
    bundle,
    tableName: 'none',
    tableEndpoint: 'http://127.0.0.1:9',
    callbackUrl: 'http://127.0.0.1:9',
    memoryMegabytes: 256,
    env: { [ENV.jwtIssuer]: provider.issuer, [ENV.jwtAudience]: 'chat,other', NODE_EXTRA_CA_CERTS: provider.certificate, ...env },
  });

  const ask = (handler: Handler, headers: Record<string, string>, queryStringParameters?: Record<string, string>) =>
    handler.invoke({ type: 'REQUEST', methodArn: METHOD_ARN, headers, ...(queryStringParameters && { queryStringParameters }) }, 10_000);
  const offer = (token: string, handler = authorizer) => ask(handler, { 'Host': 'api', 'sec-websocket-protocol': `chat, ${token}` });

  const policy = (Effect: string) => ({ Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: METHOD_ARN }] });
  const DENIED = { principalId: 'nobody', policyDocument: policy('Deny') };

  /** Expects that neither the token nor a meaningful part of it is in the output. */
  function expectSecret({ output }: Invocation, token: string): void {
    for (const part of token.split('.').filter((each) => each.length > 10)) expect(output).not.toContain(part);
    expect(output).not.toContain('user-1');
  }

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    authorizer = await start();
  });

  beforeEach(() => {
    provider.overrides.clear();
    provider.asked.length = 0;
  });

  afterAll(async () => {
    await children.stop();
    await provider.stop();
  });

  test('admits a client with a valid token, with its claims as strings', async () => {
    const token = provider.token({ 'name': 'Ann', 'level': 7, 'admin': true, 'roles': ['a', 'b'], 'https://example.com/id': 'x', 'principalId': 'forged', 'nothing': null });
    const invocation = await offer(token);
    expect(invocation.settled?.result).toEqual({
      principalId: 'user-1',
      policyDocument: policy('Allow'),
      context: {
        'iss': provider.issuer,
        'aud': 'chat',
        'sub': 'user-1',
        'iat': expect.stringMatching(/^\d+$/),
        'exp': expect.stringMatching(/^\d+$/),
        'name': 'Ann',
        'level': '7',
        'admin': 'true',
        'roles': '["a","b"]',
        'https://example.com/id': 'x',
      },
    });
    expect(invocation.output.trim()).toBe('');
  });

  test('finds the keys by the configuration of the issuer, once', async () => {
    const fresh = await start();
    for (let count = 0; count < 3; count++) await offer(provider.token(), fresh);
    expect(provider.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  test('fetches the keys from the configured address', async () => {
    const fresh = await start({ [ENV.jwksUri]: provider.jwksUri });
    expect((await offer(provider.token(), fresh)).settled?.result).toMatchObject({ policyDocument: policy('Allow') });
    expect(provider.asked).toEqual(['/keys']);
  });

  test('refuses a token whose signature is none of its kind', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    provider.overrides.set('/keys', { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'ec', use: 'sig' }] });
    const [head, claims] = provider.token({}, { header: { alg: 'ES256', kid: 'ec' } }).split('.');
    const invocation = await offer(`${head}.${claims}.AAAA`, await start());
    expect(invocation.settled?.result).toEqual(DENIED);
    expect(invocation.output).toContain('the signature of its token is malformed: it was cut off');
  });

  test.each<[string, () => string, RegExp]>([
    ['has expired', () => provider.token({ exp: now() - 1 }), /has expired/],
    ['is not valid yet', () => provider.token({ nbf: now() + HOUR }), /not valid yet/],
    ['never expires', () => provider.token({ exp: undefined }), /never expires/],
    ['is of another issuer', () => provider.token({ iss: 'https://login.example.com' }), /another issuer/],
    ['is of no issuer', () => provider.token({ iss: undefined }), /another issuer/],
    ['is for another audience', () => provider.token({ aud: ['mail', 'calendar'] }), /another audience/],
    ['is for no audience', () => provider.token({ aud: undefined }), /another audience/],
    ['is not signed', () => `${[{ alg: 'none', kid: header(provider.token()).kid }, payload(provider.token())].map(encoded).join('.')}.`, /not a signed JSON Web Token/],
    ['says that it is not signed', () => provider.token({}, { header: { alg: 'none' } }), /unsupported signing algorithm: the issuer must sign with one of RS256, /],
    ['names another algorithm than its key has', () => provider.token({}, { header: { alg: 'RS512' } }), /another algorithm than the key has/],
    ['was cut off', () => provider.token().slice(0, -7), /the signature of its token is malformed: it was cut off/],
    ['is signed with the public key as a password', () => {
      const signed = [{ ...header(provider.token()), alg: 'HS256' }, payload(provider.token())].map(encoded).join('.');
      return `${signed}.${createHmac('sha256', 'public').update(signed).digest('base64url')}`;
    }, /unsupported signing algorithm/],
    ['was tampered with', () => {
      const [head, , signature] = provider.token().split('.');
      return [head, encoded({ ...payload(provider.token()), sub: 'admin' }), signature].join('.');
    }, /does not match the key that it names: the token was changed, or signed with another key/],
    ['brings a key of its own', () => {
      const key = newKey();
      return provider.token({}, { header: { jwk: key.publicKey.export({ format: 'jwk' }) }, key });
    }, /does not match the key that it names/],
    ['has extensions that are not understood', () => provider.token({}, { header: { crit: ['b64'], b64: false } }), /extensions that are not understood/],
    ['names what every object has for its key', () => provider.token({}, { header: { kid: '__proto__' } }), /does not have|did not have/],
    ['has claims that are none', () => provider.token({ aud: { chat: true } }), /its token is malformed: its header or its claims/],
    ['is signed with another key', () => provider.token({}, { key: newKey() }), /does not match the key that it names/],
    ['names an unknown key', () => provider.token({}, { header: { kid: 'unknown' }, key: newKey() }), /does not have|did not have/],
    ['names no key', () => provider.token({}, { header: { kid: undefined } }), /names no key/],
    ['is none', () => 'a-password-for-all', /not a signed JSON Web Token/],
    ['is no JSON', () => 'x.y.z', /its token is malformed/],
  ])('denies a token that %s, and logs nothing of it', async (_what, tokenOf, why) => {
    const token = tokenOf();
    const invocation = await offer(token);
    expect(invocation.settled?.result).toEqual(DENIED);
    expect(invocation.output).toMatch(why);
    expectSecret(invocation, token);
  });

  test('an unknown key does not keep the known ones out', async () => {
    const fresh = await start();
    await offer(provider.token({}, { header: { kid: 'unknown' }, key: newKey() }), fresh);
    expect((await offer(provider.token(), fresh)).settled?.result).toMatchObject({ policyDocument: policy('Allow') });
  });

  test.each([
    ['no subprotocol', {}], ['only a subprotocol', { 'Sec-WebSocket-Protocol': 'chat' }], ['an empty token', { 'Sec-WebSocket-Protocol': 'chat, ' }],
    ['a token elsewhere', { Authorization: 'Bearer x' }],
  ])('takes %s for a missing identity, which API Gateway answers with 401', async (_what, headers) => {
    expect((await ask(authorizer, headers as Record<string, string>)).settled?.error).toMatchObject({ message: 'Unauthorized' });
  });

  test('reads the query string where that is declared, and nothing else', async () => {
    const fresh = await start({ [ENV.tokenParameter]: 'access_token' });
    expect((await ask(fresh, {}, { access_token: provider.token() })).settled?.result).toMatchObject({ policyDocument: policy('Allow') });
    expect((await offer(provider.token(), fresh)).settled?.error).toMatchObject({ message: 'Unauthorized' });
    expect((await ask(fresh, {}, { token: provider.token() })).settled?.error).toMatchObject({ message: 'Unauthorized' });
  });

  test('passes on the claims that are named, and no other', async () => {
    const fresh = await start({ [ENV.jwtClaims]: 'name,missing' });
    expect((await offer(provider.token({ name: 'Ann', email: 'ann@example.com' }), fresh)).settled?.result).toMatchObject({ context: { name: 'Ann' } });
    const result = (await offer(provider.token({ name: 'Ann' }), fresh)).settled?.result as { context: object };
    expect(Object.keys(result.context)).toEqual(['name']);
  });

  test('denies claims that are more than API Gateway passes on, and says what to do', async () => {
    const invocation = await offer(provider.token({ groups: 'x'.repeat(8_192) }));
    expect(invocation.settled?.result).toEqual(DENIED);
    expect(invocation.output).toContain('name those that are needed in `claims`');
    const named = await start({ [ENV.jwtClaims]: 'sub' });
    expect((await offer(provider.token({ groups: 'x'.repeat(8_192) }), named)).settled?.result).toMatchObject({ policyDocument: policy('Allow') });
  });

  describe('when the keys cannot be had', () => {
    test.each<[string, (at: IdentityProvider) => Record<string, string> | void]>([
      ['there is no network', () => ({ [ENV.jwtIssuer]: 'https://127.0.0.1:9', [ENV.jwksUri]: 'https://127.0.0.1:9/keys' })],
      ['the issuer is not trusted', () => ({ NODE_EXTRA_CA_CERTS: '' })],
      ['the issuer has no configuration', (at) => void at.overrides.set('/.well-known/openid-configuration', 404)],
      ['the configuration is of another issuer', (at) => void at.overrides.set('/.well-known/openid-configuration', { issuer: 'https://evil.test', jwks_uri: at.jwksUri })],
      ['the keys are not behind https', (at) => void at.overrides.set('/.well-known/openid-configuration', { issuer: at.issuer, jwks_uri: at.jwksUri.replace('https', 'http') })],
      ['the keys are none', (at) => void at.overrides.set('/keys', { keys: 'none' })],
      ['the issuer fails', (at) => void at.overrides.set('/keys', 500)],
    ])('because %s, nobody is let in, by a named error', async (_what, prepare) => {
      const handler = await start(prepare(provider) ?? {});
      const token = provider.token();
      const invocation = await offer(token, handler);
      expect(invocation.settled?.error).toMatchObject({ name: 'IssuerUnreachableError' });
      expectSecret(invocation, token);
    });

    test('it lets clients in as soon as they can', async () => {
      const handler = await start();
      provider.overrides.set('/.well-known/openid-configuration', 503);
      expect((await offer(provider.token(), handler)).settled?.error).toBeDefined();
      provider.overrides.clear();
      expect((await offer(provider.token(), handler)).settled?.result).toMatchObject({ policyDocument: policy('Allow') });
    });
  });

  describe('for a Cognito user pool', () => {
    const access = (more: object = {}) => provider.token({ aud: undefined, token_use: 'access', client_id: 'chat', username: 'ann', ...more });
    const id = (more: object = {}) => provider.token({ 'token_use': 'id', 'cognito:username': 'ann', ...more });

    test.each<['access' | 'id', () => string, () => string]>([['access', access, id], ['id', id, access]])('takes the %s token, and not the other', async (use, right, wrong) => {
      const handler = await start({ [ENV.cognitoTokenUse]: use, [ENV.jwksUri]: provider.jwksUri });
      expect((await offer(right(), handler)).settled?.result).toMatchObject({ policyDocument: policy('Allow') });
      const denied = await offer(wrong(), handler);
      expect(denied.settled?.result).toEqual(DENIED);
      expect(denied.output).toContain('not of the use that is asked for');
    });

    test.each<[string, 'access' | 'id', () => string]>([
      ['an access token', 'access', () => access({ client_id: 'mail' })], ['an ID token', 'id', () => id({ aud: 'mail' })], ['an access token that claims an audience', 'access', () => access({ client_id: 'mail', aud: 'chat' })],
    ])('denies %s for another app client', async (_what, use, token) => {
      const handler = await start({ [ENV.cognitoTokenUse]: use, [ENV.jwksUri]: provider.jwksUri });
      const denied = await offer(token(), handler);
      expect(denied.settled?.result).toEqual(DENIED);
      expect(denied.output).toContain('for another app client');
    });
  });
});

function header(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()) as Record<string, unknown>;
}

function payload(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()) as Record<string, unknown>;
}
