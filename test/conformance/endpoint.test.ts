import { ApiGatewayManagementApiClient, type ApiGatewayManagementApiClientConfig, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS, REGION } from '../../harness/credentials';
import { Rig } from '../../harness/rig';

const ID = 'R0oXAd-_fAMCABC=';

/* A suite that accepts wrong signatures proves nothing about correct ones. */
describe('the scripted endpoint', () => {
  let rig: Rig | undefined;

  beforeAll(async () => {
    rig = await Rig.start();
  });

  beforeEach(async () => {
    await rig!.endpoint.play();
  });

  afterAll(async () => {
    await rig?.stop();
  });

  /** Returns the status of a post with the AWS SDK. */
  async function post(options: ApiGatewayManagementApiClientConfig = {}, id = ID): Promise<number> {
    const client = new ApiGatewayManagementApiClient({
      endpoint: rig!.endpoint.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1, ...options,
    });
    const answer = await client.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'hello' }))
      .catch((error: unknown) => error as { $metadata: { httpStatusCode?: number } });
    client.destroy();
    return answer.$metadata.httpStatusCode ?? 0;
  }

  test.each([ID, 'a+b/c=', 'ü 😀'])('takes what the AWS SDK signs, for the id %s', async (id) => {
    expect(await post({}, id)).toBe(200);
    const { posts, refused } = await rig!.endpoint.report();
    expect(refused).toEqual([]);
    expect(posts.map(({ connectionId, accepted }) => ({ connectionId, accepted }))).toEqual([{ connectionId: id, accepted: true }]);
  });

  test.each([
    ['another secret', { credentials: { ...CREDENTIALS, secretAccessKey: 'another' } }, 'The request signature we calculated does not match'],
    ['another access key', { credentials: { ...CREDENTIALS, accessKeyId: 'another' } }, 'The security token'],
    ['no session token', { credentials: { ...CREDENTIALS, sessionToken: undefined } }, 'The security token'],
    ['another session token', { credentials: { ...CREDENTIALS, sessionToken: 'another' } }, 'The security token'],
    ['another region', { region: 'us-east-1' }, 'scoped to a valid region'],
    ['another service', { signingName: 'execute', defaultSigningName: 'execute' }, 'scoped to correct service'],
    ['a clock six minutes behind', { systemClockOffset: -6 * 60_000 }, 'Signature expired'],
    ['a clock six minutes ahead', { systemClockOffset: 6 * 60_000 }, 'Signature expired'],
  ] as [string, ApiGatewayManagementApiClientConfig, string][])('refuses %s', async (_, options, reason) => {
    expect(await post(options)).toBe(403);
    const { posts, refused } = await rig!.endpoint.report();
    expect(posts).toEqual([]);
    expect(refused).toEqual([expect.stringContaining(reason)]);
  });

  test('refuses a request without a signature', async () => {
    expect((await fetch(`${rig!.endpoint.url}/@connections/${ID}`, { method: 'POST', body: 'hello' })).status).toBe(403);
  });
});
