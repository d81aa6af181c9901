import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { closeServer, listenOnLoopback } from '../../../harness/loopback';
import { forward } from '../../../local/aws/forward';

/* The two sides of a forwarded request, which may end at any moment. */
let front: Server;
/** Errors with which the forwarded requests ended; undefined for those that ended well. */
let ended: Promise<unknown>;
let emulator: NetServer;

afterEach(async () => {
  front.closeAllConnections();
  await closeServer(front);
  await closeServer(emulator);
});

/** Starts both sides. Returns the address of the front. */
async function start(server: NetServer): Promise<string> {
  emulator = server;
  const endpoint = new URL(`http://127.0.0.1:${await listenOnLoopback(emulator)}`);
  ended = new Promise((resolve) => {
    front = createServer((request, response) => {
      forward(endpoint, request, response).then(() => resolve(undefined), (error: unknown) => {
        resolve(error);
        response.destroy();
      });
    });
  });
  return `http://127.0.0.1:${await listenOnLoopback(front)}/`;
}

test('a caller that goes before it is answered ends the request, which is no failure of the emulator', async () => {
  const server = createServer();
  const url = await start(server);
  const call = get(url).on('error', () => undefined);
  const [request, response] = await once(server, 'request') as [IncomingMessage, ServerResponse];
  const closed = once(response, 'close');
  request.resume();
  call.destroy();
  expect(await ended).toBeUndefined();
  await closed;
});

test('a caller that goes amid the answer ends the request', async () => {
  const server = createServer((_request, response) => response.writeHead(200).write('the first part'));
  const url = await start(server);
  const requested = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const call = get(url).on('error', () => undefined);
  const [[, response], [answer]] = await Promise.all([requested, once(call, 'response') as Promise<[IncomingMessage]>]);
  const closed = once(response, 'close');
  answer.on('error', () => undefined).destroy();
  expect(await ended).toBeUndefined();
  await closed;
});

test('an emulator that ends amid its answer does not leave a complete one', async () => {
  const url = await start(createServer((_request, response) => response.writeHead(200, { 'Content-Length': 100 }).write('part', () => response.destroy())));
  const answer = await fetch(url);
  await expect(answer.text()).rejects.toThrow('terminated');
  expect(await ended).toBeUndefined();
});

test('an answer that cannot be passed on fails its own request only', async () => {
  const url = await start(createNetServer((socket: Socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n'));
  }));
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(await ended).toHaveProperty('message');
});
