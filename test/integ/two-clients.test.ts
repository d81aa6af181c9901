import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { handler } from './two-clients.lambda';
import { portOf } from '../../harness/loopback';

/** A broadcaster that writes messages as `write` does, to all clients or all but the sender. */
async function serve(excludeSender: boolean, write: (text: string) => string): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (sender) => sender.on('message', (data) => {
    for (const client of server.clients) if (client !== sender || !excludeSender) client.send(write(String(data)));
  }));
  await once(server, 'listening');
  return server;
}

function urlOf(server: WebSocketServer): string {
  return `ws://127.0.0.1:${portOf(server)}/prod`;
}

describe('the two clients of the integ app', () => {
  const servers: WebSocketServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      for (const client of server.clients) client.terminate();
      server.close();
    }
  });

  test('tell what the sender and the other one received', async () => {
    servers.push(await serve(false, (text) => `x says: ${text}`), await serve(true, (text) => text));
    const [plain, excluding] = await Promise.all(servers.map((server) => handler({ url: urlOf(server), message: 'hello' })));
    expect(plain).toEqual({ sender: ['x says: hello'], other: ['x says: hello'] });
    expect(excluding).toEqual({ sender: [], other: ['hello'] });
    for (const server of servers) await Promise.all([...server.clients].map((client) => once(client, 'close')));
  });

  test('fail when they cannot connect', async () => {
    const server = await serve(false, String);
    const url = urlOf(server);
    server.close();
    await once(server, 'close');
    await expect(handler({ url, message: 'hello' })).rejects.toThrow(`could not connect to ${url}`);
  });
});
