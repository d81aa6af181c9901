import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf, miniStackTools, type Tools } from './ministack';
import { closedPort } from '../../../harness/loopback';
import { startLocal, type Local } from '../../../local';
import { writeAssembly } from '../../local/fixtures/small-app';
import { describeWith } from '../support/availability';
import { startServer, type Server } from '../support/processes';

/*
 * Services that the local runner does not emulate, in another emulator: a function finds what it stores there, while its tables stay in the
 * runner.
 */
jest.setTimeout(600_000);

/** Calls services like any of their clients, by their own hosts. */
const CALLER = `
const call = async (method, host, body, headers = {}) => {
  const signed = { Authorization: 'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/' + (host.includes('s3') ? 's3' : host.split('.')[0]) + '/aws4_request, SignedHeaders=host, Signature=x' };
  const answer = await fetch('https://' + host, { method, body, headers: { ...signed, ...headers } });
  return answer.status + ' ' + await answer.text();
};
const json = (service, target, version) => call('POST', service + '.us-east-1.amazonaws.com', '{}', {
  'Content-Type': 'application/x-amz-json-' + version, 'X-Amz-Target': target, 'X-Amz-Date': '20200101T000000Z',
});
exports.handler = async () => [
  await call('PUT', process.env.BUCKET + '.s3.us-east-1.amazonaws.com/'),
  await call('PUT', process.env.BUCKET + '.s3.us-east-1.amazonaws.com/a%20key', 'content'),
  await call('GET', process.env.BUCKET + '.s3.us-east-1.amazonaws.com/a%20key'),
  await json('kms', 'TrentService.ListKeys', '1.1'),
  await json('dynamodb', 'DynamoDB_20120810.ListTables', '1.0'),
].map((answer) => answer.trim());`;

describeWith(miniStackTools(), 'services of MiniStack', (tools: () => Tools) => {
  let folder: string;
  let server: Server | undefined;
  let local: Local | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
    const port = await closedPort();
    const { AUTH: _auth, USE_SSL: _tls, MINISTACK_HOST: _host, ...env } = environmentOf(folder, port);
    server = await startServer(tools().python, ['-m', 'hypercorn', 'ministack.app:app', '--bind', `127.0.0.1:${port}`], {
      cwd: folder, env, isReady: (text) => text.includes('Running on http'),
    });
    const assembly = join(folder, 'assembly');
    writeAssembly(assembly, {
      functions: { Fn: CALLER },
      routes: {},
      resources: {
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'from-the-runner' } },
        Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Target: { 'Fn::GetAtt': ['Fn', 'Arn'] } } },
        Rows: {
          Type: 'AWS::DynamoDB::Table',
          Properties: { TableName: 'rows', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }] },
        },
      },
      variables: { BUCKET: { Ref: 'Bucket' } },
    });
    local = await startLocal({ assembly, awsEndpoint: `http://127.0.0.1:${port}` });
  });

  afterAll(async () => {
    await local?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are reached by functions, and those of the runner are not left to it', async () => {
    const answers = await (await fetch(local!.httpApis[0].url)).json() as string[];
    expect(answers).toEqual(['200', '200', '200 content', expect.stringMatching(/^200 .*"Keys"/s), '200 {"TableNames":["rows"]}']);
  });
});
