import { type Stack } from 'aws-cdk-lib';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Served } from '../../harness/served';
import { presignHandshake, signHandshake, type Signing } from '../../harness/signing';
import { CREDENTIALS } from '../../local/credentials';
import { defaultEnvironment } from '../../local/default-environment';
import { FanOut, MessageFormat } from '../../src';

/** Admits clients by their token, with the name in it; its context contains more than others should see. */
const AUTHORIZER = `
exports.handler = async ({ methodArn, queryStringParameters: { token } }) => {
  const [verdict, nickname] = token.split(':');
  if (verdict === 'throw') throw new Error('Unauthorized');
  const Statement = [{ Action: 'execute-api:Invoke', Effect: verdict === 'let-me-in' ? 'Allow' : 'Deny', Resource: methodArn }];
  return { principalId: 'the-principal', policyDocument: { Version: '2012-10-17', Statement }, context: { nickname, sub: 'the-subject', email: 'ann@example.com' } };
};`;

const ORIGIN = { Origin: 'https://app.example.com' };

function authorizer(stack: Stack): WebSocketLambdaAuthorizer {
  const id = `Authorizer${stack.node.children.length}`;
  const handler = new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(AUTHORIZER) });
  return new WebSocketLambdaAuthorizer(id, handler, { identitySource: ['route.request.querystring.token'] });
}

const named = (stack: Stack) => ({ authorizer: authorizer(stack), senderNameKey: 'nickname' });

const APIS = {
  Limited: () => ({ allowedOrigins: ['https://app.example.com', 'https://*.example.org'] }),
  Lenient: () => ({ allowedOrigins: ['https://app.example.com'], allowMissingOrigin: true }),
  Iam: () => ({ authorizer: new WebSocketIamAuthorizer() }),
  Unnamed: (stack: Stack) => ({ authorizer: authorizer(stack), messageFormat: MessageFormat.ENVELOPE }),
  Attributed: named,
  Enveloped: (stack: Stack) => ({ ...named(stack), messageFormat: MessageFormat.ENVELOPE }),
  QueuedAttributed: (stack: Stack) => ({ ...named(stack), fanOut: FanOut.queued() }),
  QueuedEnveloped: (stack: Stack) => ({ ...named(stack), fanOut: FanOut.queued(), messageFormat: MessageFormat.ENVELOPE }),
};

let served: Served<keyof typeof APIS>;

beforeAll(async () => {
  served = await Served.start(APIS);
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

const as = (nickname: string) => ({ query: `?token=let-me-in:${encodeURIComponent(nickname)}` });

describe('a Lambda authorizer of aws-cdk-lib', () => {
  test('accepts the clients that it allows', async () => {
    await served.join('Attributed', as('Ann'));
    expect(await served.rowIds('Attributed')).toHaveLength(1);
  });

  test.each([
    ['denies', '?token=go-away', 403], ['throws Unauthorized', '?token=throw', 401], ['is told no identity', '', 401],
  ])('that %s keeps the client out, and nothing is stored', async (_what, query, status) => {
    expect(await served.refusal('Unnamed', { query })).toBe(status);
    expect(await served.rowIds('Unnamed')).toEqual([]);
  });
});

describe('the IAM authorizer of aws-cdk-lib', () => {
  const { region } = defaultEnvironment();
  const right: Signing = { credentials: CREDENTIALS, region };
  const wrong = { ...right, credentials: { ...CREDENTIALS, secretAccessKey: 'guessed' } };

  test('accepts a handshake that is signed with the runner\'s credentials', async () => {
    await served.join('Iam', { headers: await signHandshake(served.url('Iam'), right) });
    await served.join('Iam', { query: await presignHandshake(served.url('Iam'), right) });
    expect(await served.rowIds('Iam')).toHaveLength(2);
    expect(served.local.notices).toEqual([]);
  });

  test.each<[string, (url: string) => Promise<Parameters<typeof served.refusal>[1]>]>([
    ['does not sign', async () => ({})],
    ['signs with another secret', async (url) => ({ headers: await signHandshake(url, wrong) })],
    ['presigns with another secret', async (url) => ({ query: await presignHandshake(url, wrong) })],
    ['comes when a signature has expired', async (url) => ({ query: await presignHandshake(url, { ...right, ageSeconds: 600, expiresIn: 60 }) })],
    ['tampers with what is signed', async (url) => ({ query: `${await presignHandshake(url, right)}&admin=true` })],
  ])('keeps out who %s, and nothing is stored', async (_what, handshakeOf) => {
    expect(await served.refusal('Iam', await handshakeOf(served.url('Iam')))).toBe(403);
    expect(await served.rowIds('Iam')).toEqual([]);
  });
});

describe('allowedOrigins', () => {
  test.each(['https://app.example.com', 'https://any.example.org'])('accept a page of %s', async (Origin) => {
    await served.join('Limited', { headers: { Origin } });
  });

  test.each([['another origin', { Origin: 'https://evil.test' }], ['no origin', undefined]])('refuse a client that names %s, and nothing is stored', async (_what, headers) => {
    expect(await served.refusal('Limited', { headers })).toBe(403);
    expect(await served.rowIds('Limited')).toEqual([]);
  });

  test('accept a client without an origin when that is allowed, but not one with another origin', async () => {
    await served.join('Lenient');
    await served.join('Lenient', { headers: ORIGIN });
    expect(await served.refusal('Lenient', { headers: { Origin: 'https://evil.test' } })).toBe(403);
  });
});

describe('senderNameKey', () => {
  test.each(['Attributed', 'QueuedAttributed'] as const)('shows the name in place of the connection id: %s', async (name) => {
    const [ann, bob] = [await served.join(name, as('Ann')), await served.join(name, as('Bob'))];
    ann.send('hello');
    expect(JSON.parse(await bob.frame(() => true))).toEqual({ message: 'Ann says: hello' });
  });

  test.each(['Enveloped', 'QueuedEnveloped'] as const)('shows the name in place of the connection id: %s', async (name) => {
    const [ann, bob] = [await served.join(name, as('Ann')), await served.join(name, as('Bob'))];
    ann.send('hello');
    expect(JSON.parse(await bob.frame(() => true))).toMatchObject({ from: 'Ann', message: 'hello' });
  });

  test('cannot bring control characters in', async () => {
    const ann = await served.join('Enveloped', as('A\u001b[2J\nn\u202en'));
    ann.send('hello');
    expect(JSON.parse(await ann.frame(() => true))).toMatchObject({ from: 'A[2Jnn' });
  });

  test('without a value shows the connection id', async () => {
    const ann = await served.join('Enveloped', as(''));
    ann.send('hello');
    const { from } = JSON.parse(await ann.frame(() => true)) as { from: string };
    expect(await served.rowIds('Enveloped')).toEqual([from]);
  });

  test('that is not set reveals nothing of the authorizer\'s context', async () => {
    const [ann, bob] = [await served.join('Unnamed', as('Ann')), await served.join('Unnamed', as('Bob'))];
    ann.send('hello');
    const frame = await bob.frame(() => true);
    expect(await served.rowIds('Unnamed')).toContain((JSON.parse(frame) as { from: string }).from);
    expect(frame).not.toMatch(/Ann|the-principal|the-subject|example\.com/);
  });
});
