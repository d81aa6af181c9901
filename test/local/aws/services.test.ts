import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startLocal, type Local } from '../../../local';
import type { LocalEvent } from '../../../local/log';
import { nextMessage } from '../fixtures/gateway';
import { writeAssembly } from '../fixtures/small-app';

/** Calls one operation of a service, without a signature, which nothing checks. */
const CALLER = `
const call = async (service, path, headers, body) => {
  const answer = await fetch('https://' + service + '.eu-west-1.amazonaws.com' + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return [answer.status, answer.headers.get('x-amz-function-error'), await answer.text()];
};
const json = (service, target, body) => call(service, '/', { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target }, body);
const invoke = (name, event, type) => call('lambda', '/2015-03-31/functions/' + encodeURIComponent(name) + '/invocations', type ? { 'X-Amz-Invocation-Type': type } : {}, event);
const form = (service, fields) => fetch('https://' + service + '.eu-west-1.amazonaws.com/', { method: 'POST', body: new URLSearchParams(fields) }).then(async (answer) => [answer.status, await answer.text()]);
exports.handler = async ({ body, requestContext: { connectionId } }) => ({ statusCode: 200, body: JSON.stringify(await eval(body)) });`;

const WORKER = `
let last = null;
exports.handler = async (event, { invokedFunctionArn }) => {
  if (event.fail) throw new RangeError('as asked');
  const before = last;
  last = event.text;
  return { before, text: event.text };
};`;

const RECEIVER = `
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
const api = new ApiGatewayManagementApiClient({ endpoint: process.env.CALLBACK });
exports.handler = async (event) => {
  const { Message, MessageAttributes: { to } } = event.Records?.[0].Sns ?? { Message: JSON.stringify(event.detail), MessageAttributes: { to: { Value: event.detail.to } } };
  await api.send(new PostToConnectionCommand({ ConnectionId: to.Value, Data: (event.source ?? event.Records[0].EventSource) + ' ' + Message }));
};`;

let directory: string;
let local: Local;
let client: WebSocket;
const events: LocalEvent[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'services-'));
  writeAssembly(directory, {
    functions: { Fn: CALLER, Worker: WORKER, Receiver: RECEIVER },
    routes: { $default: 'Fn' },
    resources: {
      Room: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/chat/room', Type: 'StringList', Value: 'lobby' } },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'database', SecretString: '{"password":"open"}' } },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'lambda', Endpoint: { 'Fn::GetAtt': ['Receiver', 'Arn'] }, FilterPolicy: { to: [{ exists: true }] } },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { EventPattern: { source: [{ prefix: 'shop.' }] }, Targets: [{ Id: 'a', Arn: { 'Fn::GetAtt': ['Receiver', 'Arn'] } }] },
      },
    },
    variables: {
      TOPIC: { Ref: 'Topic' },
      CALLBACK: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/${Stage}' },
      WORKER: { Ref: 'Worker' },
      WORKER_ARN: { 'Fn::Sub': '${Worker.Arn}:live' },
      SECRET: { Ref: 'Secret' },
    },
  });
  local = await startLocal({ assembly: directory, parameters: { '/chat/color': 'red' }, log: (_line, event) => events.push(event) });
  client = new WebSocket(local.url);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
});

afterAll(async () => {
  client.terminate();
  await local.stop();
  rmSync(directory, { recursive: true });
});

async function ask(code: string): Promise<unknown> {
  const received = nextMessage(client);
  client.send(code);
  return JSON.parse(await received);
}

test('a function invokes another, by name or ARN, waiting for it or not', async () => {
  expect(await ask('invoke(process.env.WORKER, { text: "one" })')).toEqual([200, null, '{"before":null,"text":"one"}']);
  expect(await ask('invoke(process.env.WORKER_ARN, { text: "two" }, "Event")')).toEqual([202, null, '']);
  expect(await ask('invoke(process.env.WORKER, { text: "three" })')).toEqual([200, null, expect.stringContaining('"text":"three"')]);
  expect(await ask('invoke(process.env.WORKER, {}, "DryRun")')).toEqual([204, null, '']);
});

test('a function gets the error of the function that it invokes, or that there is none', async () => {
  const [status, kind, answer] = await ask('invoke(process.env.WORKER, { fail: true })') as [number, string, string];
  expect([status, kind, JSON.parse(answer)]).toEqual([200, 'Unhandled', { errorType: 'RangeError', errorMessage: 'as asked', trace: expect.any(Array) }]);
  expect(await ask('invoke("elsewhere", {})')).toEqual([404, null, '{"Type":"User","Message":"Function not found: elsewhere"}']);
});

test('a function reads parameters and secrets of the template, and those that the user passes', async () => {
  const value = async (code: string) => {
    const [status, , text] = await ask(code) as [number, null, string];
    return { status, ...JSON.parse(text) as object };
  };
  const lobby = { Name: '/chat/room', Type: 'StringList', Value: 'lobby' };
  expect(await value('json("ssm", "AmazonSSM.GetParameter", { Name: "/chat/room" })')).toMatchObject({ status: 200, Parameter: lobby });
  expect(await value('json("ssm", "AmazonSSM.GetParameters", { Names: ["/chat/color", "/none"] })'))
    .toMatchObject({ Parameters: [{ Name: '/chat/color', Value: 'red' }], InvalidParameters: ['/none'] });
  expect(await value('json("ssm", "AmazonSSM.GetParametersByPath", { Path: "/chat" })')).toMatchObject({ Parameters: [{ Value: 'red' }, lobby] });
  expect(await value('json("ssm", "AmazonSSM.GetParameter", { Name: "/none" })'))
    .toEqual({ status: 400, __type: 'ParameterNotFound', message: "the SSM parameter '/none' is known only on AWS; pass --parameter /none=VALUE" });
  for (const id of ['"database"', 'process.env.SECRET']) {
    expect(await value(`json("secretsmanager", "secretsmanager.GetSecretValue", { SecretId: ${id} })`)).toMatchObject({ SecretString: '{"password":"open"}' });
  }
  expect(await value('json("secretsmanager", "secretsmanager.GetSecretValue", { SecretId: "none" })')).toMatchObject({ status: 400, __type: 'ResourceNotFoundException' });
});

/** Returns a client's answer and its other message, in either order. */
async function both(code: string): Promise<string[]> {
  const frames: string[] = [];
  const received = new Promise<void>((resolve) => {
    client.on('message', function collect(data: Buffer) {
      if (frames.push(data.toString()) < 2) return;
      client.off('message', collect);
      resolve();
    });
  });
  client.send(code);
  await received;
  return frames.sort();
}

test('a function publishes to a topic of the app, and its subscribers get it', async () => {
  const publish = `form('sns', {
    Action: 'Publish', TopicArn: process.env.TOPIC, Message: 'hello', 'MessageAttributes.entry.1.Name': 'to',
    'MessageAttributes.entry.1.Value.DataType': 'String', 'MessageAttributes.entry.1.Value.StringValue': connectionId })`;
  expect(await both(publish)).toEqual([
    expect.stringMatching(/^\[200,"<PublishResponse xmlns=\\"http:\/\/sns.amazonaws.com\/doc\/2010-03-31\/\\"><PublishResult><MessageId>[\w-]{36}<\/MessageId><\/PublishResult>/),
    'aws:sns hello',
  ]);
});

test('a batch is published message by message', async () => {
  const entry = (number: number, message: string, id: string) => ({ [`PublishBatchRequestEntries.member.${number}.Id`]: id, [`PublishBatchRequestEntries.member.${number}.Message`]: message });
  const batch = JSON.stringify({ Action: 'PublishBatch', ...entry(1, 'one', 'a'), ...entry(2, '', 'b') });
  const [status, xml] = await ask(`form('sns', { ...${batch}, TopicArn: process.env.TOPIC })`) as [number, string];
  expect([status, xml.replace(/<MessageId>[^<]+/, '<MessageId>…').replace(/<RequestId>.*/, '')]).toEqual([200,
    '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful><member><Id>a</Id><MessageId>…</MessageId></member></Successful>'
    + '<Failed><member><Id>b</Id><Code>InvalidParameter</Code><Message>Invalid parameter: Empty message</Message><SenderFault>true</SenderFault></member></Failed>'
    + '</PublishBatchResult><ResponseMetadata>']);
});

test('publishing to a topic of another app, or to a phone, is refused', async () => {
  const [status, xml] = await ask('form("sns", { Action: "Publish", TopicArn: process.env.TOPIC + "2", Message: "x" })') as [number, string];
  expect([status, xml]).toEqual([404, expect.stringContaining('<Code>NotFound</Code><Message>Topic does not exist</Message>')]);
  const [refused, why] = await ask('form("sns", { Action: "Publish", PhoneNumber: "+15555550100", Message: "x" })') as [number, string];
  expect([refused, why]).toEqual([400, expect.stringContaining('sns Publish is not emulated by broadcast-local (called by Small/Fn)')]);
});

test('a function puts an event, and the targets of the rules get it', async () => {
  const entries = "[{ Source: 'shop.orders', DetailType: 'Sent', Detail: JSON.stringify({ to: connectionId, order: 17 }) }, { Source: 'shop.orders', DetailType: 'Sent', Detail: 'x' }]";
  const [answer, pushed] = await both(`json('events', 'AWSEvents.PutEvents', { Entries: ${entries} })`);
  const [status, , body] = JSON.parse(answer) as [number, null, string];
  expect([status, JSON.parse(body)]).toEqual([200, { FailedEntryCount: 1, Entries: [{ EventId: expect.any(String) }, { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }] }]);
  expect(pushed).toMatch(/^shop\.orders \{"to":"[^"]+","order":17\}$/);
  expect(events).toContainEqual({ source: 'local', event: 'event', detail: "'Sent' of 'shop.orders' on the bus 'default' matches a rule" });
});

test('an answer without entries is an error', async () => {
  const [status, , body] = await ask('json("events", "AWSEvents.PutEvents", { Entries: [] })') as [number, null, string];
  expect([status, JSON.parse(body)]).toEqual([400, { __type: 'ValidationException', message: expect.stringContaining('between 1 and 10') }]);
});

test.each([
  ['dynamodb', 'json("dynamodb", "DynamoDB_20120810.ExecuteTransaction", { TransactStatements: [] })', 'dynamodb ExecuteTransaction'],
  ['sqs', 'form("sqs", { Action: "SendMessage", MessageBody: "x" })', 'sqs SendMessage in the query protocol of old SDKs'],
])('an operation that %s here does not have is refused by its name', async (_service, code, operation) => {
  const answer = await ask(code) as unknown[];
  expect([answer[0], answer.at(-1)]).toEqual([400, expect.stringContaining(`${operation} is not emulated by broadcast-local (called by Small/Fn)`)]);
});

test('other operations of these services are refused as not emulated', async () => {
  expect(await ask('json("ssm", "AmazonSSM.PutParameter", {})'))
    .toEqual([400, null, '{"__type":"NotEmulated","message":"ssm PutParameter is not emulated by broadcast-local (called by Small/Fn)"}']);
  expect(events.filter(({ detail }) => detail.startsWith('ssm PutParameter was refused'))).toHaveLength(1);
});
