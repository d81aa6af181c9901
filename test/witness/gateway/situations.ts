import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { flat, frameForm, shapeOf, type Observation } from './normalise';
import type { ApiName, Client, Event, Subject } from './subject';

/** An action of a client or a backend, and its observation. */
export interface Situation {
  readonly title: string;
  run(subject: Subject): Promise<Observation>;
}

const WELL_FORMED_ID = 'AAAAAAAAAAAAAAA=';
const KIB = 1024;

const message = (action: string, how?: string) => JSON.stringify({ action, how });

// ---- events

async function withClient(subject: Subject, use: (client: Client) => Promise<Observation>, query = '?how=200'): Promise<Observation> {
  return use(await subject.open('Api', query));
}

async function shapes(subject: Subject, event: Event): Promise<Observation> {
  return shapeOf(event, subject.addresses.Api);
}

const EVENTS: readonly Situation[] = [
  {
    title: 'event: $connect, with headers and a query',
    run: async (subject) => {
      const client = await subject.open('Api', '?how=200&a=1&a=2&empty=&sp%20ace=%2B', { headers: { 'X-Own': 'one', 'Cookie': 'a=b' } });
      return shapes(subject, await subject.event(client, 'CONNECT'));
    },
  },
  {
    title: 'event: $connect, without a query',
    run: async (subject) => {
      const client = await subject.open();
      return shapes(subject, await subject.event(client, 'CONNECT'));
    },
  },
  ...['$default', 'answered'].map((action): Situation => ({
    title: `event: a message to ${action}`,
    run: (subject) => withClient(subject, async (client) => {
      client.socket.send(message(action));
      return shapes(subject, await subject.event(client, 'MESSAGE'));
    }),
  })),
  {
    title: 'event: what those of one connection have in common',
    run: (subject) => withClient(subject, async (client) => {
      client.socket.send('hello');
      await subject.event(client, 'MESSAGE');
      client.socket.close(1000);
      const last = await subject.event(client, 'DISCONNECT');
      const events = [await subject.event(client, 'CONNECT'), await subject.event(client, 'MESSAGE'), last];
      const numberOf = (key: string) => String(new Set(events.map(({ requestContext }) => requestContext[key])).size);
      return { connectionIds: numberOf('connectionId'), connectedAt: numberOf('connectedAt'), requestIds: numberOf('requestId') };
    }),
  },
  ...([
    ['without a code', (socket) => socket.close()],
    ['with 1000', (socket) => socket.close(1000)],
    ['with 4001 and a reason', (socket) => socket.close(4001, 'bye')],
    ['by cutting the connection', (socket) => socket.terminate()],
  ] as [string, (socket: WebSocket) => void][]).map(([how, close]): Situation => ({
    title: `event: $disconnect of a client that closes ${how}`,
    run: (subject) => withClient(subject, async (client) => {
      await subject.idOf(client);
      close(client.socket);
      return shapes(subject, await subject.event(client, 'DISCONNECT'));
    }),
  })),
];

// ---- handshakes

async function handshake(subject: Subject, api: ApiName, path: string, protocols: string[] = []): Promise<Observation> {
  const socket = subject.dial(api, path, { protocols });
  socket.on('error', () => undefined);
  const opened = once(socket, 'open').then(() => ({ status: '101', protocol: socket.protocol }));
  const refused = (once(socket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>).then(async ([, response]) => {
    const body = await textOf(response);
    return { status: String(response.statusCode), ...bodyShape(body, subject) };
  });
  // Some clients give up although the handshake succeeded: because of a protocol that they did not offer.
  const failed = once(socket, 'error').then(([error]: Error[]) => ({ failed: error.message }));
  const outcomes = [opened, refused, failed];
  for (const outcome of outcomes) outcome.catch(() => undefined);
  return Promise.any(outcomes);
}

function bodyShape(body: string, { addresses }: Subject): Observation {
  if (body === '') return { body: 'none' };
  try {
    return flat(JSON.parse(body), addresses.Api, 'body');
  } catch {
    return { body };
  }
}

const HANDSHAKES: readonly Situation[] = [
  ...['200', '201', '204', 'a status as text', '302', '401', '403', '500', 'no status', 'nothing', 'a text', 'an error', 'an unknown key'].map((how): Situation => ({
    title: `handshake: $connect answers ${how}`,
    run: (subject) => handshake(subject, 'Api', `/prod?how=${encodeURIComponent(how)}`),
  })),
  { title: 'handshake: an offered protocol is chosen', run: (subject) => handshake(subject, 'Api', '/prod?how=a%20protocol', ['v1', 'v2']) },
  { title: 'handshake: no $connect route', run: (subject) => handshake(subject, 'Bare', '/prod') },
  { title: 'handshake: no such stage', run: (subject) => handshake(subject, 'Api', '/other') },
  ...['allow', 'deny', 'another route', 'unauthorized', 'no policy', 'an error'].map((token): Situation => ({
    title: `handshake: an authorizer answers ${token}`,
    run: (subject) => handshake(subject, 'Guarded', `/prod?token=${encodeURIComponent(token)}`),
  })),
  { title: 'handshake: an authorizer finds no identity source', run: (subject) => handshake(subject, 'Guarded', '/prod') },
  {
    title: 'event: of an authorizer',
    run: async (subject) => {
      const client = await subject.open('Guarded', '?token=allow');
      const event = await subject.event(client, 'CONNECT', ({ type }) => type === 'REQUEST');
      return shapeOf(event, subject.addresses.Guarded);
    },
  },
  {
    title: 'event: what an authorizer said, in later ones',
    run: async (subject) => {
      const client = await subject.open('Guarded', '?token=allow');
      client.socket.send('hello');
      const { requestContext: { authorizer } } = await subject.event(client, 'MESSAGE');
      return flat(authorizer, subject.addresses.Guarded);
    },
  },
];

// ---- frames

/** Returns all frames before the answers of two later messages, or the close. */
async function received(client: Client): Promise<Observation> {
  const summary = () => ({ frames: client.frames.filter((frame) => frame !== 'probe').map(frameForm).join(' | ') || 'none' });
  const closed = client.closed.then(({ code, reason }) => ({ ...summary(), connection: `${code} ${reason}`.trim() }));
  const probed = (async () => {
    for (const count of [1, 2]) {
      client.socket.send(message('answered', 'a probe'));
      await eventually(() => client.frames.filter((frame) => frame === 'probe').length === count);
    }
    return { ...summary(), connection: 'open' };
  })();
  probed.catch(() => undefined);
  return Promise.race([closed, probed]);
}

/** A message whose function runs to its end. */
function answered(title: string, text: string): Situation {
  return {
    title: `frames: ${title}`,
    run: (subject) => withClient(subject, async (client) => {
      client.socket.send(text);
      await subject.event(client, 'MESSAGE', ({ body }) => body === text);
      return received(client);
    }),
  };
}

function sent(title: string, send: (socket: WebSocket) => void): Situation {
  return {
    title: `frames: ${title}`,
    run: (subject) => withClient(subject, async (client) => {
      send(client.socket);
      return received(client);
    }),
  };
}

/** The route of a message, seen in its event. */
function routed(text: string): Situation {
  return {
    title: `route: ${text}`,
    run: (subject) => withClient(subject, async (client) => {
      client.socket.send(text);
      return { route: (await subject.event(client, 'MESSAGE')).requestContext.routeKey };
    }),
  };
}

const FRAMES: readonly Situation[] = [
  ...['200', 'a body', 'a body and a 500', 'an empty body', 'base64', 'no status', 'nothing', 'a text', 'a number', 'an object', 'an unknown key', 'an error']
    .map((how) => answered(`a route with a response answers ${how}`, message('answered', how))),
  answered('a route without a response answers a body', message('silent', 'a body')),
  answered('a route without a response answers an error', message('silent', 'an error')),
  {
    title: 'frames: no route, and no $default',
    run: async (subject) => {
      const client = await subject.open('Bare');
      client.socket.send(message('another'));
      client.socket.send(message('only'));
      await subject.event(client, 'MESSAGE');
      return { frames: client.frames.map(frameForm).join(' | ') || 'none' };
    },
  },
  sent('binary', (socket) => socket.send(Buffer.from(message('answered', 'a body')), { binary: true })),
  sent('a frame over 32 KB', (socket) => socket.send('x'.repeat(32 * KIB + 1))),
  sent('a message over 128 KB', (socket) => {
    for (let part = 0; part < 5; part++) socket.send('x'.repeat(32 * KIB), { fin: part === 4 });
  }),
  {
    title: 'frames: a ping',
    run: (subject) => withClient(subject, async (client) => {
      const pong = once(client.socket, 'pong') as Promise<[Buffer]>;
      client.socket.ping('are you there');
      return { pong: (await pong)[0].toString() };
    }),
  },
  ...[
    'no JSON', '5', 'null', '[]', '{"action":"answered"}', '{"action":"another"}', '{"action":5}', '{"action":true}', '{"action":null}',
    '{"action":{"a":1}}', '{"action":["answered"]}', '{"action":"$connect"}', '{"action":"$disconnect"}', '{"action":"$default"}', '{"Action":"answered"}',
    '{"action":""}', '{"action":"answered","action":"silent"}', ' {"action":"answered"} ',
  ].map(routed),
];

// ---- @connections

async function call(subject: Subject, client: Client, method: string, body?: string | Buffer, id?: string): Promise<Observation> {
  const connectionId = id ?? encodeURIComponent(await subject.idOf(client));
  const answer = await subject.manage(method, connectionId, body);
  const errorType = answer.headers['x-amzn-errortype'];
  const named: Observation = errorType === undefined ? {} : { errorType: String(errorType) };
  return { status: String(answer.status), ...named, ...bodyShape(answer.body.toString(), subject) };
}

/** A call about an open connection, with the frames of its client. */
function managed(title: string, method: string, body?: string | Buffer): Situation {
  return {
    title: `@connections: ${title}`,
    run: (subject) => withClient(subject, async (client) => ({ ...await call(subject, client, method, body), ...await received(client) })),
  };
}

/** A call about a missing connection. */
function missing(title: string, method: string, id: string): Situation {
  const body = method === 'POST' ? 'x' : undefined;
  return { title: `@connections: ${title}`, run: (subject) => withClient(subject, (client) => call(subject, client, method, body, id)) };
}

const CONNECTIONS: readonly Situation[] = [
  managed('POST', 'POST', 'a message, grüße 👋'),
  managed('POST of nothing', 'POST', ''),
  managed('POST of what is not UTF-8', 'POST', Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x62])),
  managed('POST of 128 KB', 'POST', 'x'.repeat(128 * KIB)),
  managed('POST of more', 'POST', 'x'.repeat(128 * KIB + 1)),
  managed('GET', 'GET'),
  managed('PUT', 'PUT', 'x'),
  {
    title: '@connections: DELETE',
    run: (subject) => withClient(subject, async (client) => {
      const answer = await call(subject, client, 'DELETE');
      const { code, reason } = await client.closed;
      const { requestContext: { disconnectStatusCode, disconnectReason } } = await subject.event(client, 'DISCONNECT');
      return { ...answer, closed: `${code} ${reason}`, told: `${String(disconnectStatusCode)} ${String(disconnectReason)}` };
    }),
  },
  ...['POST', 'GET', 'DELETE'].flatMap((method) => [
    missing(`${method} for a connection that never was`, method, encodeURIComponent(WELL_FORMED_ID)),
    missing(`${method} for what is no id`, method, 'no-id'),
  ]),
  {
    title: '@connections: POST for a client that has left',
    run: (subject) => withClient(subject, async (client) => {
      const id = await subject.idOf(client);
      client.socket.close(1000);
      await subject.event(client, 'DISCONNECT');
      return call(subject, client, 'POST', 'x', encodeURIComponent(id));
    }),
  },
  {
    title: '@connections: POST, the id as it is',
    run: (subject) => withClient(subject, async (client) => call(subject, client, 'POST', 'x', await subject.idOf(client))),
  },
];

export const SITUATIONS: readonly Situation[] = [...EVENTS, ...HANDSHAKES, ...FRAMES, ...CONNECTIONS];
