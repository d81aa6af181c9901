import { createHash } from 'node:crypto';
import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { presignHandshake, signerOf, signHandshake, type Signing } from '../../../harness/signing';
import { CREDENTIALS } from '../../../local/credentials';
import { TestGateway } from '../fixtures/gateway';

let gateway: TestGateway;
const clients: ApiGatewayManagementApiClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await gateway.stop();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

type Config = ConstructorParameters<typeof ApiGatewayManagementApiClient>[0];

/** Returns an SDK client for a gateway that checks signatures, and the id of a connection. */
async function start(config: Config = {}): Promise<{ sdk: ApiGatewayManagementApiClient; id: string }> {
  gateway = await TestGateway.start({ checkSignatures: true });
  await gateway.connect();
  const endpoint = `http://127.0.0.1:${gateway.gateway.port}/prod`;
  const sdk = new ApiGatewayManagementApiClient({ endpoint, region: 'eu-west-1', credentials: CREDENTIALS, maxAttempts: 1, ...config });
  clients.push(sdk);
  return { sdk, id: await gateway.connectionId() };
}

test('calls that are signed with the credentials of the runner pass', async () => {
  const { sdk, id } = await start();
  await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'grüße' }));
  await sdk.send(new GetConnectionCommand({ ConnectionId: id }));
  await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
});

test.each<[string, Config, string]>([
  ['another secret', { credentials: { ...CREDENTIALS, secretAccessKey: 'guessed' } }, 'InvalidSignatureException'],
  ['another access key', { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDEXAMPLE' } }, 'UnrecognizedClientException'],
  ['another session token', { credentials: { ...CREDENTIALS, sessionToken: 'old' } }, 'UnrecognizedClientException'],
  ['no session token', { credentials: { ...CREDENTIALS, sessionToken: undefined } }, 'UnrecognizedClientException'],
  ['another region', { region: 'us-east-1' }, 'InvalidSignatureException'],
  ['a clock that is six minutes late', { systemClockOffset: -6 * 60_000 }, 'InvalidSignatureException'],
  ['a clock that is six minutes early', { systemClockOffset: 6 * 60_000 }, 'InvalidSignatureException'],
])('a call with %s is a 403', async (_what, config, name) => {
  const { sdk, id } = await start(config);
  await expect(sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' }))).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
});

test.each<[string, (request: { headers: Record<string, string>; body: unknown; method: string; path: string }) => void, string]>([
  ['whose body was changed', (request) => { request.body = 'forged'; request.headers['content-length'] = '6'; }, 'InvalidSignatureException'],
  ['whose method was changed', (request) => { request.method = 'DELETE'; }, 'InvalidSignatureException'],
  ['whose path was changed', (request) => { request.path = request.path.replace(/[^/]+$/, 'AAAAAAAAAAAAAAA%3D'); }, 'InvalidSignatureException'],
  ['without a signature', (request) => { delete request.headers.authorization; }, 'MissingAuthenticationTokenException'],
  ['with half a signature', (request) => { request.headers.authorization = request.headers.authorization.slice(0, -9); }, 'IncompleteSignatureException'],
])('a call %s is a 403', async (_what, change, name) => {
  const { sdk, id } = await start();
  sdk.middlewareStack.add((next) => (args) => {
    change(args.request as Parameters<typeof change>[0]);
    return next(args);
  }, { step: 'finalizeRequest', priority: 'low' });
  await expect(sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'true' }))).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
});

test('unsigned calls pass unless signatures are required', async () => {
  gateway = await TestGateway.start();
  await gateway.connect();
  expect((await gateway.manage('POST', `/prod/@connections/${await gateway.connectionId()}`, 'x')).status).toBe(200);
});

describe('a handshake with IAM authorization', () => {
  const right: Signing = { credentials: CREDENTIALS, region: 'eu-west-1' };

  async function startIam(): Promise<string> {
    gateway = await TestGateway.start({ routes: { $connect: { authorization: 'AWS_IAM' }, $default: {} } });
    return `ws://127.0.0.1:${gateway.gateway.port}/prod`;
  }

  /** Returns the status and the reason for a client refused before `$connect` runs. */
  async function refusal(query?: string, headers?: Record<string, string>): Promise<string> {
    const status = await gateway.refusal(query, { headers });
    expect(gateway.events).toEqual([]);
    return `${status} ${gateway.lines.join()}`;
  }

  test('that is signed in a header is accepted', async () => {
    const url = await startIam();
    await gateway.connect('', { headers: await signHandshake(url, right) });
  });

  test.each<[string, string, Partial<Signing>]>([
    ['', '', {}],
    [' a minute ago for an hour', '', { ageSeconds: 60, expiresIn: 3600 }],
    [' with parameters of its own', '?room=1&room-id=2&room1=3&%C3%BC=a%20b%2Bc%3F', {}],
  ])('that is presigned%s is let in, and $connect sees all parameters', async (_when, own, signing) => {
    const url = await startIam();
    const query = await presignHandshake(url + own, { ...right, ...signing });
    await gateway.connect(query);
    expect((await gateway.event('$connect')).queryStringParameters).toEqual(Object.fromEntries(new URLSearchParams(query)));
  });

  test('that is presigned without X-Amz-Expires, which some signers leave out, is let in', async () => {
    const url = await startIam();
    const query = new URLSearchParams(await presignHandshake(url, right));
    ['X-Amz-Expires', 'X-Amz-Signature'].forEach((name) => query.delete(name));
    query.sort();
    const [, ...scope] = query.get('X-Amz-Credential')!.split('/');
    const canonical = ['GET', '/prod', query, `host:${new URL(url).host}`, '', 'host', sha256('')].join('\n');
    const text = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date'), scope.join('/'), sha256(canonical)].join('\n');
    const signingDate = scope[0].replace(/(....)(..)(..)/, '$1-$2-$3');
    await gateway.connect(`?${query}&X-Amz-Signature=${await signerOf(right).sign(text, { signingDate })}`);
  });

  test.each<[string, Partial<Signing>, RegExp]>([
    ['another secret', { credentials: { ...CREDENTIALS, secretAccessKey: 'guessed' } }, /InvalidSignatureException: .*does not match/],
    ['another access key', { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDEXAMPLE' } }, /UnrecognizedClientException/],
    ['no session token', { credentials: { ...CREDENTIALS, sessionToken: undefined } }, /UnrecognizedClientException/],
    ['another region', { region: 'us-east-1' }, /InvalidSignatureException: .*valid region/],
    ['another service', { service: 's3' }, /InvalidSignatureException: .*correct service/],
    ['a clock that is six minutes late', { ageSeconds: 360, expiresIn: 3600 }, /InvalidSignatureException: Signature expired/],
    ['a clock that is six minutes early', { ageSeconds: -360 }, /InvalidSignatureException: .*not yet current/],
  ])('that is signed with %s is a 403, in a header or presigned, and the log says why', async (_what, signing, why) => {
    const url = await startIam();
    expect(await refusal('', await signHandshake(url, { ...right, ...signing }))).toMatch(why);
    gateway.lines.length = 0;
    const line = await refusal(await presignHandshake(url, { ...right, ...signing }));
    expect(line).toMatch(/^403 connect 403 /);
    expect(line).toMatch(why);
  });

  test('that arrives after its presigned address has expired is a 403', async () => {
    const url = await startIam();
    expect(await refusal(await presignHandshake(url, { ...right, ageSeconds: 60, expiresIn: 30 }))).toMatch(/^403 .*Signature expired/);
  });

  test('that is not signed is a 403', async () => {
    await startIam();
    expect(await refusal()).toMatch(/^403 .*MissingAuthenticationTokenException/);
  });

  test.each<[string, (query: URLSearchParams) => void, RegExp]>([
    ['a parameter more', (query) => query.append('room', '2'), /does not match/],
    ['another value', (query) => query.set('room', '2'), /does not match/],
    ['a later end', (query) => query.set('X-Amz-Expires', '120'), /does not match/],
    ['an end that is no number', (query) => query.set('X-Amz-Expires', 'never'), /Signature expired/],
    ['another host signed', (query) => query.set('X-Amz-SignedHeaders', 'origin'), /'host' must be a signed header/],
    ['half a signature', (query) => query.set('X-Amz-Signature', 'abc'), /IncompleteSignatureException/],
    ['no signature', (query) => query.delete('X-Amz-Signature'), /IncompleteSignatureException/],
  ])('that is presigned, then has %s, is a 403', async (_what, change, why) => {
    const url = await startIam();
    const query = new URLSearchParams(await presignHandshake(`${url}?room=1`, right));
    change(query);
    const line = await refusal(`?${query}`);
    expect(line).toMatch(/^403 connect 403 /);
    expect(line).toMatch(why);
  });

  test('that is presigned, with another query after a second question mark, is a 403', async () => {
    const url = await startIam();
    expect(await refusal(`${await presignHandshake(url, right)}?admin=true`)).toMatch(/^403 connect 403 /);
  });

  test('puts nothing of the query string in the log', async () => {
    await startIam();
    const secrets = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Security-Token', 'Signature'].map((name) => `X-Amz-${name}=planted`);
    expect(await refusal(`?${secrets.join('&')}`)).not.toContain('planted');
  });
});
