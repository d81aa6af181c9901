import { connect } from 'node:tls';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import WebSocket from 'ws';
import { MiniStack, miniStackTools, REGION, ACCOUNT, type Tools } from './ministack';
import { eventually } from '../../../harness/eventually';
import { ROOT } from '../../../harness/root';
import type { Credentials } from '../../../lambda-src/aws/connections-api/credentials';
import { parseEndpoint } from '../../../lambda-src/aws/connections-api/endpoint';
import { RequestWriter } from '../../../lambda-src/aws/connections-api/request-writer';
import { SigningKeys } from '../../../lambda-src/aws/connections-api/signature';
import { describeWith, run } from '../support/availability';

/*
 * A real `cdk bootstrap` and `cdk deploy` to MiniStack, over TLS and with authorization: it checks the signatures and the policies of the
 * functions, which run as shipped. Alone: npx projen bundle && npx jest test/witness/ministack
 */
jest.setTimeout(600_000);

const PATIENCE_MILLIS = 30_000;

describeWith(miniStackTools(), 'on MiniStack', (tools: () => Tools) => {
  let aws: MiniStack;
  let outputs: Record<string, Record<string, string>>;
  const clients: WebSocket[] = [];

  beforeAll(async () => {
    aws = await MiniStack.start(tools());
    const assembly = `${aws.folder}/cdk.out`;
    await run(process.execPath, [`${ROOT}/node_modules/.bin/ts-node`, '-T', '-P', 'tsconfig.dev.json', 'test/witness/ministack/app.ts'], {
      cwd: ROOT, env: { ...process.env, CDK_OUTDIR: assembly },
    });
    await aws.cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
    outputs = await aws.deploy(assembly);
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.terminate();
  });

  afterAll(() => aws?.stop());

  /** Connects like a client of AWS; returns the received frames. */
  async function open(stack: string): Promise<{ socket: WebSocket; frames: string[] }> {
    const url = new URL(outputs[stack].Url);
    const host = url.host;
    url.port = String(aws.port);
    const socket = new WebSocket(url, { ca: aws.certificate, lookup: aws.lookup as never, headers: { Host: host } });
    clients.push(socket);
    const frames: string[] = [];
    socket.on('message', (data: Buffer) => frames.push(data.toString()));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, frames };
  }

  const messages = (frames: readonly string[]) => frames.map((frame) => (JSON.parse(frame) as { message: string }).message);

  test.each(['Direct', 'Queued'])('two clients chat with each other: %s', async (stack) => {
    const [ann, bob] = [await open(stack), await open(stack)];
    ann.socket.send('hello, grüße 👋');
    await eventuallyHere(() => bob.frames.length === 1 && ann.frames.length === 1, () => aws.log());
    bob.socket.send('hello yourself');
    await eventuallyHere(() => ann.frames.length === 2 && bob.frames.length === 2, () => aws.log());
    for (const { frames } of [ann, bob]) expect(messages(frames)).toEqual(['hello, grüße 👋', 'hello yourself']);
  });

  test('a client that has gone is gone for the others', async () => {
    const [ann, bob, eve] = [await open('Direct'), await open('Direct'), await open('Direct')];
    const closed = new Promise((resolve) => eve.socket.once('close', resolve));
    eve.socket.close();
    await closed;
    ann.socket.send('still here');
    await eventuallyHere(() => bob.frames.length === 1, () => aws.log());
    expect(messages(bob.frames)).toEqual(['still here']);
  });

  test('a backend publishes by the queue', async () => {
    const { frames } = await open('Queued');
    const endpoint = `https://127.0.0.1:${aws.port}`;
    const sqs = new SQSClient({ endpoint, region: REGION, credentials: aws.administrator, requestHandler: aws.requestHandler() });
    await sqs.send(new SendMessageCommand({ QueueUrl: outputs.Queued.QueueUrl, MessageBody: 'from the backend' }));
    sqs.destroy();
    await eventuallyHere(() => frames.length === 1, () => aws.log());
    expect(messages(frames)).toEqual(['from the backend']);
  });

  test('functions without the permission to post deliver nothing: MiniStack evaluates their policies', async () => {
    const { socket, frames } = await open('Denied');
    socket.send('hello');
    await eventuallyHere(() => aws.log().includes('DeliveryDeniedError'), () => aws.log());
    expect(frames).toEqual([]);
  });

  describe('our signatures, of users with keys of their own', () => {
    const keys = new Map<string, Credentials>();
    const user = (name: string) => keys.get(name)!;
    const write = (credentials: Credentials, body: string, now = Date.now()) => {
      const endpoint = parseEndpoint(outputs.Direct.CallbackUrl);
      const writer = new RequestWriter(endpoint, new SigningKeys(REGION, 'execute-api'), credentials, Buffer.from(body));
      return writer.write('none=', now).toString('latin1');
    };

    beforeAll(async () => {
      for (const name of ['Backend', 'Stranger']) keys.set(name, await aws.createAccessKey(outputs.Direct[`${name}Name`]));
    });

    test.each<[string, () => string, number, RegExp]>([
      ['one that may post: the connection is gone', () => write(user('Backend'), 'x'), 410, /Gone/],
      ['one that may not', () => write(user('Stranger'), 'x'), 403, /not authorized/],
      ['a wrong secret', () => write({ ...user('Backend'), secretAccessKey: 'wrong' }, 'x'), 403, /signature/],
      ['an unknown key', () => write({ ...user('Backend'), accessKeyId: 'AKIANOBODY0000000000' }, 'x'), 403, /invalid/],
      ['another body than was signed', () => write(user('Backend'), 'x').replace(/x$/, 'y'), 403, /signature/],
      ['another connection than was signed', () => write(user('Backend'), 'x').replace('none%3D', 'nine%3D'), 403, /signature/],
      ['one signed an hour ago', () => write(user('Backend'), 'x', Date.now() - 3_600_000), 403, /expired|[Ss]ignature/],
    ])('%s', async (_what, request, status, body) => {
      const answer = await post(request());
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(body);
    });

    function post(request: string): Promise<string> {
      const { hostname } = new URL(outputs.Direct.CallbackUrl);
      return new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: aws.port, servername: hostname, ca: aws.certificate });
        let answer = '';
        socket.on('data', (chunk: Buffer) => {
          answer += chunk.toString();
          const [head, rest] = answer.split('\r\n\r\n');
          if (rest !== undefined && rest.length >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) socket.destroy();
        }).on('error', reject).on('close', () => resolve(answer));
        socket.write(Buffer.from(request, 'latin1'));
      });
    }
  });
});

/** Waits; a timeout shows MiniStack's output. */
async function eventuallyHere(isTrue: () => boolean, explain: () => string): Promise<void> {
  await eventually(isTrue, PATIENCE_MILLIS).catch((error: Error) => {
    throw new Error(`${error.message}; MiniStack:\n${explain().slice(-3000)}`);
  });
}
