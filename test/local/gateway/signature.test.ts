import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS } from '../../../local/credentials';
import { TestGateway } from '../fixtures/gateway';

let gateway: TestGateway;
const clients: ApiGatewayManagementApiClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await gateway.stop();
});

type Config = ConstructorParameters<typeof ApiGatewayManagementApiClient>[0];

/** A client of the SDK for a gateway that checks signatures, and the id of a connection. */
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

test('nobody is asked for a signature unless it is wanted', async () => {
  gateway = await TestGateway.start();
  await gateway.connect();
  expect((await gateway.manage('POST', `/prod/@connections/${await gateway.connectionId()}`, 'x')).status).toBe(200);
});
