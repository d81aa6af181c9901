import { IdentityProvider } from '../../harness/identity-provider';
import { Served } from '../../harness/served';
import { MessageFormat, TokenSource, WebSocketJwtAuthorizer } from '../../src';

const ORIGIN = 'https://app.example.com';

let provider: IdentityProvider;
let served: Served<'Subprotocol' | 'Query'>;

beforeAll(async () => {
  provider = await IdentityProvider.start();
  const { issuer } = provider;
  const bySubprotocol = new WebSocketJwtAuthorizer({ issuer, audience: ['chat'] });
  const byQuery = new WebSocketJwtAuthorizer({ issuer, audience: ['chat'], tokenSource: TokenSource.queryString() });
  const common = { allowedOrigins: [ORIGIN], senderNameKey: 'name', messageFormat: MessageFormat.ENVELOPE };
  served = await Served.start({
    Subprotocol: () => ({ ...common, authorizer: bySubprotocol }),
    Query: () => ({ ...common, authorizer: byQuery }),
  }, () => {
    for (const { handler } of [bySubprotocol, byQuery]) handler.addEnvironment('NODE_EXTRA_CA_CERTS', provider.certificate);
  });
}, 60_000);

afterEach(() => served.leave());

afterAll(async () => {
  await served?.stop();
  await provider.stop();
});

const headers = { Origin: ORIGIN };
const bring = {
  Subprotocol: (token: string) => ({ headers, protocols: ['chat', token] }),
  Query: (token: string) => ({ headers, query: `?token=${token}` }),
};

describe.each(['Subprotocol', 'Query'] as const)('a token in the %s', (name) => {
  test('lets its client in under the name in the token, and nobody sees more of it', async () => {
    const ann = await served.join(name, bring[name](provider.token({ name: 'Ann', email: 'ann@example.com' })));
    const bob = await served.join(name, bring[name](provider.token({ name: 'Bob' })));
    ann.send('hello');
    const frame = await bob.frame(() => true);
    expect(JSON.parse(frame)).toEqual({ type: 'message', id: expect.any(String), from: 'Ann', sentAt: expect.any(Number), message: 'hello' });
    expect(served.printed()).not.toMatch(/ann@example\.com|user-1|eyJ/);
  });

  test('that is not valid is a 403', async () => {
    expect(await served.refusal(name, bring[name](provider.token({ aud: 'mail' })))).toBe(403);
    expect(await served.refusal(name, bring[name]('x'))).toBe(403);
    expect(await served.rowIds(name)).toEqual([]);
  });

  test('that is missing is a 401', async () => {
    expect(await served.refusal(name, { headers })).toBe(401);
  });

  test('does not help a page of another origin', async () => {
    expect(await served.refusal(name, { ...bring[name](provider.token()), headers: { Origin: 'https://evil.test' } })).toBe(403);
  });
});

test('the first subprotocol is sent back, and the token never is', async () => {
  const client = await served.join('Subprotocol', bring.Subprotocol(provider.token()));
  expect(client.socket.protocol).toBe('chat');
});

test('a token that is offered as the first subprotocol is not accepted, and not sent back', async () => {
  const token = provider.token();
  expect(await served.refusal('Subprotocol', { headers, protocols: [token] })).toBe(401);
  expect(await served.refusal('Subprotocol', { headers, protocols: [token, 'chat'] })).toBe(403);
});

test('a token in the wrong place counts as missing', async () => {
  expect(await served.refusal('Query', bring.Subprotocol(provider.token()))).toBe(401);
  expect(await served.refusal('Subprotocol', bring.Query(provider.token()))).toBe(401);
});

test('no client is accepted while the issuer cannot be reached', async () => {
  // An unknown key makes the authorizer fetch the keys again.
  provider.overrides.set('/keys', 500);
  expect(await served.refusal('Query', bring.Query(provider.token({}, { header: { kid: 'new' } })))).toBe(500);
  provider.overrides.clear();
});
