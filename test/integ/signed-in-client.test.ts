import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { handler } from './signed-in-client.lambda';
import { closeServer, listenOnLoopback, portOf } from '../../harness/loopback';

const ORIGIN = 'https://chat.example.com';
const TOKEN = 'header.payload.signature';

/** A user pool that remembers its users, and records its requests. */
async function serveUsers(): Promise<Server> {
  const passwords = new Map<string, string>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      const { Username, Password, AuthParameters } = JSON.parse(text);
      const isSignUp = request.headers['x-amz-target'] === 'AWSCognitoIdentityProviderService.SignUp';
      if (isSignUp) passwords.set(Username, Password);
      const isKnown = isSignUp || passwords.get(AuthParameters.USERNAME) === AuthParameters.PASSWORD;
      response.writeHead(isKnown ? 200 : 400);
      response.end(JSON.stringify(isSignUp ? {} : { AuthenticationResult: { AccessToken: TOKEN } }));
    });
  });
  await listenOnLoopback(server);
  return server;
}

/** A broadcaster that checks token and origin, or does not. */
async function serveApi(looks: boolean): Promise<WebSocketServer> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (protocols) => [...protocols][0],
    verifyClient: ({ origin, req }: { origin: string; req: { headers: Record<string, unknown> } }) =>
      !looks || (origin === ORIGIN && req.headers['sec-websocket-protocol'] === `chat, ${TOKEN}`),
  });
  server.on('connection', (sender) => sender.on('message', (data) => sender.send(`ann says: ${String(data)}`)));
  await once(server, 'listening');
  return server;
}

describe('the signed-in client of the integ app', () => {
  let users: Server;
  let api: WebSocketServer;

  const run = async (looks: boolean) => {
    [users, api] = await Promise.all([serveUsers(), serveApi(looks)]);
    return handler({ url: `ws://127.0.0.1:${portOf(api)}`, origin: ORIGIN, cognito: `http://127.0.0.1:${portOf(users)}`, clientId: 'page', message: 'hello' });
  };

  afterEach(async () => {
    for (const client of api.clients) client.terminate();
    await Promise.all([closeServer(api), closeServer(users)]);
  });

  test('tells what it got, and with what it was refused', async () => {
    expect(await run(true)).toEqual({
      subprotocol: 'chat', frames: ['ann says: hello'], refused: ['no token', 'a token that was changed', 'another origin', 'no origin'],
    });
  });

  test('tells when everybody is let in', async () => {
    expect((await run(false)).refused).toEqual([]);
  });
});
