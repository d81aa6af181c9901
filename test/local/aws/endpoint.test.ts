import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { closedPort, closeServer, listenOnLoopback } from '../../../harness/loopback';
import { startLocal, type Local, type LocalEvent } from '../../../local';
import { nextMessage } from '../fixtures/gateway';
import { ROWS_TABLE, writeAssembly } from '../fixtures/small-app';

/* Services that are not emulated are left to an emulator that the user runs. */
const CALLER = `
const call = async (url, options) => { const answer = await fetch(url, options); return [answer.status, answer.headers.get('x-of-emulator'), await answer.text()]; };
exports.handler = async ({ body }) => ({ statusCode: 200, body: JSON.stringify(await eval(body)) });`;

interface Received { readonly method?: string; readonly url?: string; readonly headers: IncomingHttpHeaders; readonly body: string }

let directory: string;
let emulator: Server;
let received: Received[];
let running: Local | undefined;
let client: WebSocket;
const events: LocalEvent[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'endpoint-'));
  writeAssembly(directory, {
    functions: { Fn: CALLER },
    routes: { $default: 'Fn' },
    resources: { Rows: ROWS_TABLE, Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'my-bucket' } }, Seed: { Type: 'Custom::Seed', Properties: {} } },
  });
  emulator = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(201, { 'X-Of-Emulator': 'yes' }).end('from the emulator');
    });
  });
  await listenOnLoopback(emulator);
});

beforeEach(() => {
  received = [];
  events.length = 0;
});

afterEach(async () => {
  client?.terminate();
  await running?.stop();
  running = undefined;
});

afterAll(async () => {
  await closeServer(emulator);
  rmSync(directory, { recursive: true });
});

async function start(awsEndpoint: string): Promise<(code: string) => Promise<unknown>> {
  running = await startLocal({ assembly: directory, awsEndpoint, log: (_line, event) => events.push(event) });
  client = new WebSocket(running.url);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
  return async (code) => {
    const answer = nextMessage(client);
    client.send(code);
    return JSON.parse(await answer);
  };
}

const addressOf = (path = '') => `http://127.0.0.1:${(emulator.address() as { port: number }).port}${path}`;

test('the emulator gets a request to a service that is not emulated unchanged, with its host', async () => {
  const ask = await start(addressOf('/of-aws/'));
  const put = 'call("https://my-bucket.s3.eu-west-1.amazonaws.com/a%20b?x=1", { method: "PUT", body: "content", headers: { Authorization: "AWS4-HMAC-SHA256 …".slice(0, 16), "X-Own": "kept" } })';
  expect(await ask(put)).toEqual([201, 'yes', 'from the emulator']);
  expect(received).toEqual([{
    method: 'PUT',
    url: '/of-aws/a%20b?x=1',
    body: 'content',
    headers: expect.objectContaining({ 'host': 'my-bucket.s3.eu-west-1.amazonaws.com', 'authorization': 'AWS4-HMAC-SHA256', 'x-own': 'kept', 'content-length': '7' }),
  }]);
  expect(events.filter(({ event }) => event === 'error')).toEqual([]);
});

test('resources that have to be in the emulator are printed with their names', async () => {
  await start(addressOf());
  expect(running!.notices).toEqual([
    `AWS::S3::Bucket is left to ${addressOf('/')}: Small/Bucket (my-bucket)`,
    'Custom::Seed is not run, although AWS runs it when the app is deployed: Small/Seed',
  ]);
});

test('services that the runner emulates are not forwarded, and neither is instance metadata', async () => {
  const ask = await start(addressOf());
  const headers = (target: string) => `headers: { "X-Amz-Target": "${target}", "Content-Type": "application/x-amz-json-1.1" }`;
  expect(await ask(`call("https://ssm.eu-west-1.amazonaws.com", { method: "POST", body: "{}", ${headers('AmazonSSM.PutParameter')} })`))
    .toEqual([400, null, expect.stringContaining('ssm PutParameter is not emulated by broadcast-local')]);
  expect(await ask('call("http://169.254.169.254/latest/meta-data/")')).toEqual([400, null, expect.stringContaining('instance metadata GET /latest/meta-data/ is not emulated')]);
  expect(received).toEqual([]);
});

test('if the emulator does not run, the function gets an error, which is logged once', async () => {
  const address = `http://127.0.0.1:${await closedPort()}/`;
  const ask = await start(address);
  const why = `kinesis ListStreams was left to ${address}, which cannot be reached: connect ECONNREFUSED 127.0.0.1:${new URL(address).port}`;
  const list = 'call("https://kinesis.eu-west-1.amazonaws.com", { method: "POST", body: "{}", headers: { "X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1" } })';
  for (const _time of [1, 2]) expect(await ask(list)).toEqual([400, null, JSON.stringify({ __type: 'NotEmulated', message: `${why} (called by Small/Fn)` })]);
  expect(events.filter(({ event }) => event === 'error')).toEqual([{ source: 'Small/Fn', event: 'error', detail: why }]);
});

test.each(['localhost:4566', 'ftp://127.0.0.1', 'x', 'http://127.0.0.1/?a=b'])('%s is refused as the address of an emulator', async (awsEndpoint) => {
  await expect(startLocal({ assembly: directory, awsEndpoint })).rejects.toThrow(
    `'awsEndpoint' must be an http or https address, got '${awsEndpoint}'; pass the one that your emulator prints, such as http://127.0.0.1:4566`,
  );
});
