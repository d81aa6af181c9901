import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { closeServer, listenOnLoopback } from '../../../harness/loopback';
import { signerOf } from '../../../harness/signing';
import { HookInvoker } from '../../../lambda-src/aws/hook-invoker';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hook:live';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token==' };
const NOW = Date.UTC(2026, 10, 30, 12, 0, 0);

let server: Server | undefined;

afterEach(async () => server && closeServer(server));

async function invokerFor(answer: RequestListener): Promise<HookInvoker> {
  server = createServer(answer);
  const port = await listenOnLoopback(server);
  return new HookInvoker({ functionArn: ARN, credentials: () => CREDENTIALS, endpoint: `http://127.0.0.1:${port}`, now: () => NOW });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const never = new AbortController().signal;

test('the request has the signature of another signer, and the answer is what the function returned', async () => {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const invoker = await invokerFor((request, response) => void bodyOf(request).then((body) => {
    seen.push({ request, body });
    response.end('{"action":"allow"}');
  }));
  expect(await invoker.invoke('{"v":1,"message":"é"}', never)).toBe('{"action":"allow"}');
  const [{ request, body }] = seen;
  expect([request.method, request.url, body]).toEqual(['POST', `/2015-03-31/functions/${encodeURIComponent(ARN)}/invocations`, '{"v":1,"message":"é"}']);
  const signed = await signerOf({ service: 'lambda', region: 'eu-west-1', credentials: CREDENTIALS }).sign({
    method: 'POST', protocol: 'http:', hostname: '127.0.0.1', path: request.url!, headers: { host: request.headers.host! }, body,
  }, { signingDate: new Date(NOW), unsignableHeaders: new Set(['x-amz-content-sha256']) });
  expect(request.headers.authorization).toBe(signed.headers.authorization);
  expect(request.headers['x-amz-security-token']).toBe('token==');
});

test.each<[string, RequestListener, RegExp]>([
  ['throws', (_, response) => response.setHeader('X-Amz-Function-Error', 'Unhandled').end('{"errorMessage":"secret"}'), /^the function ended with an error: Unhandled$/],
  ['may not be called', (_, response) => response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('secret'), /^Lambda answers 403 AccessDenied/],
  ['is throttled', (_, response) => response.writeHead(429).end(), /^Lambda answers 429$/],
  ['answers without end', (_, response) => {
    response.write('x'.repeat(3 * 1024 * 1024));
  }, /more than 2097152 bytes/],
  ['breaks off', (request) => request.socket.destroy(), /hang up|reset/],
])('a function that %s is an error that holds nothing of what it said', async (_what, answer, message) => {
  const invoker = await invokerFor((request, response) => void bodyOf(request).then(() => answer(request, response)));
  const error = await invoker.invoke('{}', never).then(() => undefined, (reason: Error) => reason);
  expect(error?.message).toMatch(message);
  expect(error?.message).not.toContain('secret');
});

test('a function that does not answer is given up when the signal aborts', async () => {
  const invoker = await invokerFor(() => undefined);
  const stopped = new AbortController();
  const outcome = invoker.invoke('{}', stopped.signal).then(() => 'answered', (error: Error) => error.name);
  stopped.abort();
  expect(await outcome).toBe('AbortError');
});

test('the function is called in its own region and partition', () => {
  const urlOf = (functionArn: string) => (new HookInvoker({ functionArn }) as unknown as { url: URL }).url.host;
  expect(urlOf(ARN)).toBe('lambda.eu-west-1.amazonaws.com');
  expect(urlOf('arn:aws-cn:lambda:cn-north-1:123456789012:function:hook')).toBe('lambda.cn-north-1.amazonaws.com.cn');
  expect(() => new HookInvoker({ functionArn: 'hook' })).toThrow(/must be named by the ARN/);
});
