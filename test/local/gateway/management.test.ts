import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { closeOf, nextMessage, TestGateway } from '../fixtures/gateway';

const UNKNOWN = 'R0oXdcOFvHcCIhw=';

let gateway: TestGateway;
let client: WebSocket;
let id: string;
let sdk: ApiGatewayManagementApiClient;

function sdkOf(stage: string): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint: `http://127.0.0.1:${gateway.gateway.port}/${stage}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

beforeEach(async () => {
  gateway = await TestGateway.start();
  client = await gateway.connect('', { headers: { 'User-Agent': 'tester' } });
  id = await gateway.connectionId();
  sdk = sdkOf('prod');
});

afterEach(async () => {
  sdk.destroy();
  await gateway.stop();
});

describe('POST', () => {
  test.each([
    ['as it is', () => `/prod/@connections/${id}`],
    ['percent-encoded', () => `/prod/%40connections/${encodeURIComponent(id)}`],
  ])('reaches the client when its path is written %s', async (_how, path) => {
    const received = nextMessage(client);
    expect(await gateway.manage('POST', path(), 'grüße')).toMatchObject({ status: 200, body: '' });
    expect(await received).toBe('grüße');
  });

  test('of bytes that are not UTF-8 reaches the client as text', async () => {
    const received = nextMessage(client);
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82]);
    expect((await gateway.manage('POST', `/prod/@connections/${id}`, bytes)).status).toBe(200);
    expect(await received).toBe('\ufeffa\ufffd\ufffd(\ufffd');
    expect(client.readyState).toBe(client.OPEN);
  });

  test('of 128 KB is sent, and a byte more is refused', async () => {
    const path = `/prod/@connections/${id}`;
    const received = nextMessage(client);
    expect((await gateway.manage('POST', path, 'x'.repeat(128 * 1024))).status).toBe(200);
    expect(await received).toHaveLength(128 * 1024);
    const refused = await gateway.manage('POST', path, 'x'.repeat(128 * 1024 + 1));
    expect(refused).toMatchObject({ status: 413, headers: { 'x-amzn-errortype': 'PayloadTooLargeException' } });
  });

  test('to a connection that is not there answers 410 with its error type and nothing else', async () => {
    const answer = await gateway.manage('POST', `/prod/@connections/${UNKNOWN}`, 'hello');
    expect(answer).toMatchObject({ status: 410, body: '', headers: { 'x-amzn-errortype': 'GoneException' } });
  });

  test('answers 410 while $connect is still running', async () => {
    let during: number | undefined;
    gateway.answers.set('$connect', async ({ requestContext }) => {
      during = (await gateway.manage('POST', `/prod/@connections/${String(requestContext.connectionId)}`, 'hello')).status;
      return { statusCode: 200 };
    });
    await gateway.connect();
    expect(during).toBe(410);
  });

  test('to a connection of another stage answers 410', async () => {
    expect((await gateway.manage('POST', `/variables/@connections/${id}`, 'hello')).status).toBe(410);
  });

  test('to a client that does not read answers 429', async () => {
    client.pause();
    const path = `/prod/@connections/${id}`;
    const refused = await eventually(async () => {
      const answer = await gateway.manage('POST', path, 'x'.repeat(128 * 1024));
      return answer.status === 200 ? undefined : answer;
    }, 15_000);
    expect(refused).toMatchObject({ status: 429, headers: { 'x-amzn-errortype': 'LimitExceededException' } });
  });
});

test('GET describes the connection', async () => {
  const { status, body } = await gateway.manage('GET', `/prod/@connections/${id}`);
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({
    connectedAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
    identity: { sourceIp: '127.0.0.1', userAgent: 'tester' },
    lastActiveAt: expect.stringMatching(/Z$/),
  });
});

test('DELETE closes the connection, and its $disconnect runs', async () => {
  const closed = closeOf(client);
  expect(await gateway.manage('DELETE', `/prod/@connections/${id}`)).toMatchObject({ status: 204, body: '' });
  expect(await closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
  expect((await gateway.event('$disconnect')).requestContext)
    .toMatchObject({ disconnectStatusCode: 1000, disconnectReason: 'Connection Closed Normally' });
});

test('a connection is gone as soon as closing begins', async () => {
  client.pause();
  await gateway.manage('DELETE', `/prod/@connections/${id}`);
  expect((await gateway.manage('POST', `/prod/@connections/${id}`, 'late')).status).toBe(410);
  expect((await gateway.manage('GET', `/prod/@connections/${id}`)).status).toBe(410);
  expect((await gateway.manage('DELETE', `/prod/@connections/${id}`)).status).toBe(410);
});

test.each([
  ['a stage that does not exist', 'POST', () => `/dev/@connections/${id}`, 403, 'ForbiddenException'],
  ['another method', 'PUT', () => `/prod/@connections/${id}`, 403, 'ForbiddenException'],
  ['an id that is none', 'POST', () => '/prod/@connections/nobody', 400, 'BadRequestException'],
  ['an id that cannot be decoded', 'POST', () => '/prod/@connections/%E0%A4%A', 400, 'BadRequestException'],
])('%s is refused', async (_what, method, path, status, errorType) => {
  expect(await gateway.manage(method, path())).toMatchObject({ status, headers: { 'x-amzn-errortype': errorType } });
});

test('anything else over HTTP is forbidden', async () => {
  expect((await gateway.manage('GET', '/prod')).status).toBe(403);
});

describe('the SDK', () => {
  test('sends, describes and deletes', async () => {
    const received = nextMessage(client);
    await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'hello' }));
    expect(await received).toBe('hello');
    const { ConnectedAt, Identity, LastActiveAt } = await sdk.send(new GetConnectionCommand({ ConnectionId: id }));
    expect(ConnectedAt).toBeInstanceOf(Date);
    expect(LastActiveAt!.getTime()).toBeGreaterThanOrEqual(ConnectedAt!.getTime());
    expect(Identity).toEqual({ SourceIp: '127.0.0.1', UserAgent: 'tester' });
    await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
    await closeOf(client);
  });

  test.each([
    ['GoneException', 410, () => new PostToConnectionCommand({ ConnectionId: UNKNOWN, Data: 'x' })],
    ['GoneException', 410, () => new GetConnectionCommand({ ConnectionId: UNKNOWN })],
    ['GoneException', 410, () => new DeleteConnectionCommand({ ConnectionId: UNKNOWN })],
    ['PayloadTooLargeException', 413, () => new PostToConnectionCommand({ ConnectionId: id, Data: 'x'.repeat(200_000) })],
    ['BadRequestException', 400, () => new PostToConnectionCommand({ ConnectionId: 'nobody', Data: 'x' })],
  ])('throws %s for %i', async (name, httpStatusCode, command) => {
    await expect(sdk.send(command() as PostToConnectionCommand)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  });

  test.each([
    ['POST', () => new PostToConnectionCommand({ ConnectionId: id, Data: 'x' })],
    ['GET', () => new GetConnectionCommand({ ConnectionId: id })],
    ['DELETE', () => new DeleteConnectionCommand({ ConnectionId: id })],
  ])('throws ForbiddenException for 403, by %s to a stage that does not exist', async (_method, command) => {
    const other = sdkOf('dev');
    await expect(other.send(command() as PostToConnectionCommand)).rejects.toMatchObject({ name: 'ForbiddenException', $metadata: { httpStatusCode: 403 } });
    other.destroy();
  });

  test('throws LimitExceededException for 429, when the client does not read', async () => {
    client.pause();
    const error = await eventually(
      () => sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x'.repeat(128 * 1024) })).then(() => undefined, (refused: unknown) => refused),
      15_000,
    );
    expect(error).toMatchObject({ name: 'LimitExceededException', $metadata: { httpStatusCode: 429 } });
  });
});
