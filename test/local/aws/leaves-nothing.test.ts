import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { closeServer, listenOnLoopback } from '../../../harness/loopback';
import { startLocal, type Local } from '../../../local';
import type { LocalEvent } from '../../../local/log';
import { nextMessage } from '../fixtures/gateway';
import { describeWithPython } from '../fixtures/python';
import { ROWS_TABLE, writeAssembly } from '../fixtures/small-app';

/* Functions that call AWS in every usual way. Below everything that they could use, every look-up of a name is recorded. */
const RECORDER = `
const cares = process.binding('cares_wrap');
const { getaddrinfo } = cares;
globalThis.lookedUp = [];
cares.getaddrinfo = (request, name, ...more) => { lookedUp.push(name); return getaddrinfo(request, name, ...more); };
`;

const NODE = `${RECORDER}
const https = require('node:https'), http = require('node:http'), dns = require('node:dns'), net = require('node:net');
const { DynamoDBClient, ScanCommand } = require('@aws-sdk/client-dynamodb');
const { WebSocket } = require(${JSON.stringify(require.resolve('ws'))});
const status = (client, options, body, url = []) => new Promise((resolve) => client.request(...url, options, (r) => { r.resume(); r.on('end', () => resolve(r.statusCode)); })
  .on('error', (e) => resolve(e.code + ' ' + e.message)).end(body));
const text = async (url, options) => { const answer = await fetch(url, options); return answer.status + ' ' + await answer.text(); };
const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'Action=SendEmail&Message=secret' };
const asks = {
  sdk: async () => (await new DynamoDBClient({}).send(new ScanCommand({ TableName: process.env.TABLE }))).Count,
  https: ({ domainName, stage, connectionId }) => status(https, { method: 'POST' }, 'by https', ['https://' + domainName + '/' + stage + '/@connections/' + encodeURIComponent(connectionId)]),
  parts: ({ apiId, stage, connectionId }) => status(https, { host: apiId + '.execute-api.' + process.env.AWS_REGION + '.amazonaws.com', port: 443, path: '/' + stage + '/@connections/' + encodeURIComponent(connectionId), method: 'GET' }),
  replaced: async ({ connectionId }) => (await fetch(process.env.WSS.replace('wss://', 'https://') + '/@connections/' + encodeURIComponent(connectionId))).status,
  socket: () => new Promise((resolve) => { const client = new WebSocket(process.env.WSS); client.on('open', () => { client.terminate(); resolve('open'); }).on('error', (e) => resolve(e.message)); }),
  looked: async ({ domainName }) => { const { address } = await dns.promises.lookup(domainName); return [address.split('.')[0], await status(https, { host: address, servername: domainName, headers: { Host: domainName }, path: '/' })]; },
  ses: () => text('https://email.eu-west-1.amazonaws.com', form),
  s3: async () => { const answer = await fetch('https://bucket.s3.amazonaws.com/key?x-id=GetObject', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }); return answer.status + ' ' + (await answer.text()).split('\\n')[1]; },
  json: () => text('https://events.eu-west-1.amazonaws.com', { method: 'POST', headers: { 'X-Amz-Target': 'AWSEvents.PutRule', 'Content-Type': 'application/x-amz-json-1.1' }, body: '{}' }),
  signed: () => text('https://whatever.eu-west-1.api.aws/2020/things', { headers: { Authorization: 'AWS4-HMAC-SHA256 Credential=a/20200101/eu-west-1/things/aws4_request, Signature=b' } }),
  second: () => new Promise((resolve, reject) => {
    const session = require('node:http2').connect('https://bedrock-runtime.eu-west-1.amazonaws.com');
    const call = session.on('error', reject).request({ ':method': 'POST', ':path': '/model/x/invoke', 'content-type': 'application/json' });
    let answer = '';
    call.on('response', (headers) => { answer += headers[':status'] + ' ' + headers['x-amzn-errortype'] + ' '; }).on('data', (data) => { answer += data; }).on('end', () => { session.close(); resolve(answer); }).end('{}');
  }),
  metadata: () => text('http://169.254.169.254/latest/meta-data/'),
  database: () => new Promise((resolve) => net.connect(5432, 'x.eu-west-1.rds.amazonaws.com').on('error', (e) => resolve(e.code + ' ' + e.message)).on('connect', () => resolve('connected'))),
  other: () => text('http://localhost:' + process.env.OTHER_PORT),
  unknown: () => fetch('https://elsewhere.invalid').catch((e) => e.cause.code),
};
exports.handler = async ({ body, requestContext }) => {
  if (body === undefined) return { statusCode: 200 };
  const answer = await asks[body](requestContext).catch((e) => e.name + ': ' + e.message);
  return { statusCode: 200, body: JSON.stringify({ answer, lookedUp: lookedUp.splice(0) }) };
};`;

let directory: string;
let local: Local;
let other: Server;
let client: WebSocket;
const events: LocalEvent[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aws-'));
  other = createServer((_request, response) => response.end('another service'));
  const port = await listenOnLoopback(other);
  const WSS = { 'Fn::Sub': 'wss://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}' };
  writeAssembly(directory, {
    functions: { Fn: NODE },
    routes: { $default: 'Fn', $connect: 'Fn' },
    resources: { Rows: ROWS_TABLE },
    variables: { TABLE: { Ref: 'Rows' }, OTHER_PORT: String(port), WSS },
  });
  local = await startLocal({ assembly: directory, log: (_line, event) => events.push(event) });
  client = new WebSocket(local.url);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
});

afterAll(async () => {
  client.terminate();
  await local.stop();
  await closeServer(other);
  rmSync(directory, { recursive: true });
});

async function ask(what: string): Promise<{ answer: unknown; lookedUp: string[] }> {
  const answers = [nextMessage(client)];
  client.send(what);
  // The push comes before the answer.
  if (await answers[0] === 'by https') answers.push(nextMessage(client));
  return JSON.parse(await answers[answers.length - 1]) as { answer: unknown; lookedUp: string[] };
}

const by = '(called by Small/Fn)';

test.each<[string, unknown]>([
  ['sdk', 0],
  ['https', 200],
  ['parts', 200],
  ['replaced', 200],
  ['socket', 'open'],
  ['looked', ['127', 403]],
  ['ses', `400 <ErrorResponse><Error><Type>Sender</Type><Code>NotEmulated</Code><Message>email SendEmail is not emulated by broadcast-local ${by}</Message></Error></ErrorResponse>`],
  ['s3', `400 <Error><Code>NotEmulated</Code><Message>s3 GetObject is not emulated by broadcast-local ${by}</Message></Error>`],
  ['json', `400 {"__type":"NotEmulated","message":"events PutRule is not emulated by broadcast-local ${by}"}`],
  ['signed', `400 {"__type":"NotEmulated","message":"things GET /2020/things is not emulated by broadcast-local ${by}"}`],
  ['second', `400 NotEmulated {"__type":"NotEmulated","message":"bedrock-runtime POST /model/x/invoke is not emulated by broadcast-local ${by}"}`],
  ['metadata', `400 {"__type":"NotEmulated","message":"instance metadata GET /latest/meta-data/ is not emulated by broadcast-local ${by}"}`],
  ['database', 'ECONNREFUSED broadcast-local: a connection to x.eu-west-1.rds.amazonaws.com:5432 was refused: it is not emulated'],
])('a function that calls AWS by %s reaches the runner, and no name is looked up', async (what, answer) => {
  expect(await ask(what)).toEqual({ answer, lookedUp: [] });
});

test('other hosts are looked up and reached', async () => {
  expect(await ask('other')).toEqual({ answer: '200 another service', lookedUp: ['localhost'] });
  expect(await ask('unknown')).toEqual({ answer: expect.stringMatching(/^E/), lookedUp: ['elsewhere.invalid'] });
});

test('a refused call is logged once, without its content', async () => {
  await ask('ses');
  const refused = events.filter(({ detail }) => detail.includes('email SendEmail'));
  expect(refused).toEqual([{ source: 'Small/Fn', event: 'error', detail: 'email SendEmail was refused: it is not emulated, and nothing leaves this machine' }]);
});

const PYTHON = `
import json, os, socket, ssl, urllib.request
import _socket
looked_up = []
real = _socket.getaddrinfo
def record(host, *more):
    looked_up.append(host)
    return real(host, *more)
_socket.getaddrinfo = record
def fetch(url, **options):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **options)) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as error:
        return str(error.code) + " " + error.read().decode()
def handler(event, context):
    ask = event.get("body")
    if ask == "connections":
        of = event["requestContext"]
        answer = fetch("https://%s/%s/@connections/%s" % (of["domainName"], of["stage"], urllib.parse.quote(of["connectionId"])))
    elif ask == "ses":
        answer = fetch("https://email.eu-west-1.amazonaws.com", data=b"Action=SendEmail")
    elif ask == "database":
        try:
            socket.create_connection(("x.eu-west-1.rds.amazonaws.com", 5432))
        except OSError as error:
            answer = type(error).__name__
    else:
        try:
            answer = fetch("https://elsewhere.invalid")
        except Exception as error:
            answer = type(error).__name__
    return {"statusCode": 200, "body": json.dumps({"answer": answer, "lookedUp": looked_up})}
`;

describeWithPython('a Python function', () => {
  let running: Local;
  let socket: WebSocket;

  beforeAll(async () => {
    const assembly = join(directory, 'python');
    writeAssembly(assembly, { functions: { Fn: PYTHON }, routes: { $default: 'Fn' }, runtime: 'python3.13' });
    running = await startLocal({ assembly });
    socket = new WebSocket(running.url);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  });

  afterAll(async () => {
    socket.terminate();
    await running.stop();
  });

  test.each<[string, unknown]>([
    ['connections', '200'],
    ['ses', expect.stringContaining('email SendEmail is not emulated by broadcast-local')],
    ['database', 'ConnectionRefusedError'],
    ['elsewhere', 'URLError'],
  ])('is led, too: %s', async (what, answer) => {
    const received = nextMessage(socket);
    socket.send(what);
    expect(JSON.parse(await received)).toEqual({ answer, lookedUp: expect.not.arrayContaining([expect.stringContaining('amazonaws')]) });
  });
});
