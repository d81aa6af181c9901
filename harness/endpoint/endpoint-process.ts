import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { buffer } from 'node:stream/consumers';
import type { Answer, Command, EndpointOptions, Reply } from './protocol';
import { Recorder } from './recorder';
import { SignatureCheck } from '../../local/gateway/signature';
import { CREDENTIALS } from '../credentials';
import { portOf } from '../loopback';

/*
 * A process that stands for `https://{api}.execute-api.{region}.amazonaws.com/{stage}/@connections` and follows its script.
 */

const MAX_BODY_BYTES = 128 * 1024;

const options = JSON.parse(process.argv[2]) as EndpointOptions;
const { tls, stage } = options;
const check = new SignatureCheck(options.region, CREDENTIALS);
let recorder = new Recorder({}, [{ status: 200 }]);
let checkEvery = 1;
let requests = 0;
let cpu = process.cpuUsage();
const TICK_MILLIS = 10;
const delays = monitorEventLoopDelay({ resolution: TICK_MILLIS });
delays.enable();

const server = tls
  ? createSecureServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, (...exchange) => void serve(...exchange))
  : createServer((...exchange) => void serve(...exchange));
server.keepAliveTimeout = options.idleMillis ?? 60_000;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = performance.timeOrigin + performance.now();
  const current = recorder;
  current.begin();
  // An answer counts until it is written: its `close` comes later than the next request of a quick client.
  let isAnswered = false;
  const end = () => {
    if (!isAnswered) current.end();
    isAnswered = true;
  };
  response.once('close', end);
  try {
    const body = await buffer(request);
    const connectionId = await admit(request, body, current);
    const answer: Answer = connectionId === undefined ? { status: 403, errorType: 'ForbiddenException' }
      : body.length > MAX_BODY_BYTES ? { status: 413, errorType: 'PayloadTooLargeException' }
        : current.answer(connectionId, body, at);
    reply(request, response, answer, end);
  } catch {
    // The client broke off.
    request.socket.destroy();
  }
}

/** The connection id of a request that is let in. */
async function admit(request: IncomingMessage, body: Buffer, current: Recorder): Promise<string | undefined> {
  const path = request.url!;
  const [, stagePath, id] = /^(.*)\/(?:@|%40)connections\/([^/?]+)$/.exec(path) ?? [];
  if (request.method !== 'POST' || stagePath !== stage) {
    current.refuse(`no such path: ${request.method} ${path}`);
    return undefined;
  }
  requests++;
  if (checkEvery > 0 && requests % checkEvery === 0) {
    const refusal = await check.refusal({ method: 'POST', path, headers: request.headers, body }, Date.now());
    if (refusal) {
      current.refuse(refusal.message);
      return undefined;
    }
  }
  return decodeURIComponent(id);
}

function reply(request: IncomingMessage, response: ServerResponse, answer: Answer, end: () => void): void {
  if ('hang' in answer) return;
  if ('reset' in answer) {
    request.socket.resetAndDestroy();
    return;
  }
  const { status, errorType, afterMillis } = answer;
  // As API Gateway does: 200 and 410 are empty, other answers say why.
  const text = status === 200 || status === 410 ? '' : JSON.stringify({ message: errorType ?? 'refused' });
  const send = () => {
    if (response.destroyed) return;
    end();
    response.writeHead(status, { 'content-length': text.length, ...(errorType && { 'x-amzn-ErrorType': errorType }) });
    response.end(text);
  };
  if (afterMillis) setTimeout(send, afterMillis);
  else send();
}

function tell(message: Reply): void {
  process.send!(message);
}

process.on('message', (command: Command) => {
  if (command.kind === 'script') {
    recorder = new Recorder(command.scripts, command.others);
    checkEvery = command.checkEvery;
    delays.reset();
    cpu = process.cpuUsage();
    tell({ done: true });
  } else {
    const { user, system } = process.cpuUsage(cpu);
    tell(recorder.report(command.detail, { stalledMillis: Math.max(0, delays.max / 1e6 - TICK_MILLIS), cpuMicros: user + system }));
  }
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => tell({ port: portOf(server) }));
