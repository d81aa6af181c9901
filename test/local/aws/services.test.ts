import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startLocal, type Local } from '../../../local';
import type { LocalEvent } from '../../../local/log';
import { nextMessage } from '../fixtures/gateway';
import { writeAssembly } from '../fixtures/small-app';

/** Calls one operation of a service; signed by nothing, which nothing checks. */
const CALLER = `
const call = async (service, path, headers, body) => {
  const answer = await fetch('https://' + service + '.eu-west-1.amazonaws.com' + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return [answer.status, answer.headers.get('x-amz-function-error'), await answer.text()];
};
const json = (service, target, body) => call(service, '/', { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target }, body);
const invoke = (name, event, type) => call('lambda', '/2015-03-31/functions/' + encodeURIComponent(name) + '/invocations', type ? { 'X-Amz-Invocation-Type': type } : {}, event);
exports.handler = async ({ body }) => ({ statusCode: 200, body: JSON.stringify(await eval(body)) });`;

const WORKER = `
let last = null;
exports.handler = async (event, { invokedFunctionArn }) => {
  if (event.fail) throw new RangeError('as asked');
  const before = last;
  last = event.text;
  return { before, text: event.text };
};`;

let directory: string;
let local: Local;
let client: WebSocket;
const events: LocalEvent[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'services-'));
  writeAssembly(directory, {
    functions: { Fn: CALLER, Worker: WORKER },
    routes: { $default: 'Fn' },
    resources: {
      Room: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/chat/room', Type: 'StringList', Value: 'lobby' } },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'database', SecretString: '{"password":"open"}' } },
    },
    variables: { WORKER: { Ref: 'Worker' }, WORKER_ARN: { 'Fn::Sub': '${Worker.Arn}:live' }, SECRET: { Ref: 'Secret' } },
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

test('a function is told how the other one failed, and that there is none', async () => {
  const [status, kind, answer] = await ask('invoke(process.env.WORKER, { fail: true })') as [number, string, string];
  expect([status, kind, JSON.parse(answer)]).toEqual([200, 'Unhandled', { errorType: 'RangeError', errorMessage: 'as asked', trace: expect.any(Array) }]);
  expect(await ask('invoke("elsewhere", {})')).toEqual([404, null, '{"Type":"User","Message":"Function not found: elsewhere"}']);
});

test('a function reads parameters and secrets, of the template and of the user', async () => {
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

test('what else these services do is refused like any other', async () => {
  expect(await ask('json("ssm", "AmazonSSM.PutParameter", {})'))
    .toEqual([400, null, '{"__type":"NotEmulated","message":"ssm PutParameter is not emulated by broadcast-local (called by Small/Fn)"}']);
  expect(events.filter(({ detail }) => detail.startsWith('ssm PutParameter was refused'))).toHaveLength(1);
});
