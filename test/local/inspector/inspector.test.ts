import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { send } from '../../../harness/http';
import { listenOnLoopback, portOf } from '../../../harness/loopback';
import { startLocal, type Local } from '../../../local';
import { dynamoDb } from '../fixtures/dynamo-db';
import { closeOf, nextMessage } from '../fixtures/gateway';
import { answering, ROWS_TABLE, writeAssembly } from '../fixtures/small-app';

let assembly: string;
let local: Local;
let client: WebSocket;

beforeAll(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'inspector-test-'));
  writeAssembly(assembly, { functions: { Message: answering('echo ') }, routes: { $default: 'Message' }, resources: { Rows: ROWS_TABLE } });
  local = await startLocal({ assembly, inspector: true });
});

beforeEach(async () => {
  client = new WebSocket(local.url);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
});

afterEach(() => client.terminate());

afterAll(async () => {
  await local.stop();
  rmSync(assembly, { recursive: true });
});

interface Answer {
  readonly status?: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function ask(method: string, path: string, { headers = {}, body = '', base = local.inspector! } = {}): Promise<Answer> {
  const { hostname: host, port } = new URL(base);
  const answer = await send({ host, port, method, path, headers }, body);
  return { ...answer, body: answer.body.toString() };
}

async function post(path: string, input: object, headers: object = {}): Promise<{ status?: number; answer: Record<string, unknown> }> {
  const own = { 'Origin': new URL(local.inspector!).origin, 'Content-Type': 'application/json', ...headers };
  const { status, body } = await ask('POST', path, { headers: own, body: JSON.stringify(input) });
  return { status, answer: JSON.parse(body) as Record<string, unknown> };
}

interface Seen {
  readonly id: string;
  readonly isOpen: boolean;
  readonly sent: number;
  readonly received: number;
}

interface News {
  readonly messages?: { text: string; direction: string }[];
  readonly connections: Seen[];
}

/** Returns the first matching news of the page's stream. */
async function watch<T>(look: (news: News) => T | undefined): Promise<T> {
  const stopping = new AbortController();
  const response = await fetch(new URL('/feed', local.inspector), { signal: stopping.signal });
  let text = '';
  try {
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const found = look(JSON.parse(block.replace(/^data: /, '')) as News);
        if (found !== undefined) return found;
      }
    }
    throw new Error('the stream ended');
  } finally {
    stopping.abort();
  }
}

const connectionId = () => watch(({ connections }) => connections.find(({ isOpen }) => isOpen)?.id);

test('the page, its style and its script are served with a policy that forbids everything else', async () => {
  for (const [path, type] of [['/', 'text/html'], ['/inspector.css', 'text/css'], ['/tokens.css', 'text/css'], ['/inspector.js', 'text/javascript'], ['/json.js', 'text/javascript']]) {
    const { status, headers } = await ask('GET', path);
    expect([status, headers['content-type']]).toEqual([200, `${type}; charset=utf-8`]);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';.* frame-ancestors 'none'$/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
  expect((await ask('GET', '/../actions.ts')).status).toBe(404);
  expect((await ask('GET', '/constructor')).status).toBe(404);
});

test('the stream reports connections and messages as they pass', async () => {
  const passed: string[] = [];
  const seen = watch(({ messages = [] }) => {
    passed.push(...messages.map(({ direction, text }) => `${direction} ${text}`));
    return passed.includes('out echo live') ? passed : undefined;
  });
  const received = nextMessage(client);
  client.send('live');
  await received;
  // Events at the start of the stream may come twice, with the same number.
  expect([...new Set(await seen)]).toEqual(['in live', 'out echo live']);
  const { sent, received: got } = await watch(({ connections }) => connections.find(({ received: count }) => count > 0));
  expect([sent, got]).toEqual([1, 1]);
});

test('it sends to one connection, and to all', async () => {
  const other = new WebSocket(local.url);
  await new Promise((resolve) => other.once('open', resolve));
  const both = [nextMessage(client), nextMessage(other)];
  expect((await post('/send', { text: 'to all' })).answer).toEqual({ recipients: 2 });
  expect(await Promise.all(both)).toEqual(['to all', 'to all']);
  other.close();
  await closeOf(other);
  const one = nextMessage(client);
  const id = await watch(({ connections }) => (connections.length === 1 ? connections[0].id : undefined));
  expect((await post('/send', { connectionId: id, text: 'to one' })).answer).toEqual({ recipients: 1 });
  expect(await one).toBe('to one');
});

test('it closes a connection as @connections does', async () => {
  const closed = closeOf(client);
  expect((await post('/disconnect', { connectionId: await connectionId() })).status).toBe(200);
  expect(await closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
});

test('it pages through the rows of a table', async () => {
  const TableName = local.tables.Rows;
  for (let index = 0; index < 120; index++) {
    await dynamoDb(local.dynamoDbEndpoint, 'PutItem', { TableName, Item: { connectionId: { S: `row ${index}` } } });
  }
  const read = async (start: string) => {
    const { body } = await ask('GET', `/rows?${new URLSearchParams({ table: TableName, start })}`);
    return JSON.parse(body) as { keys: string[]; items: unknown[]; next?: object };
  };
  const first = await read('');
  expect([first.keys, first.items.length]).toEqual([['connectionId'], 100]);
  const second = await read(JSON.stringify(first.next));
  expect([second.items.length, second.next]).toEqual([20, undefined]);
});

test.each<[string, string, object, string]>([
  ['a connection that is closed', '/send', { connectionId: 'AAAAAAAAAAAAAAA=', text: 'a' }, 'that connection is closed'],
  ['a connection that is none', '/disconnect', { connectionId: {} }, 'that connection is closed'],
  ['nothing to send', '/send', { text: '' }, 'there is nothing to send'],
  ['text that is none', '/send', { text: 7 }, 'there is nothing to send'],
  ['a message that is too large', '/send', { text: 'x'.repeat(128 * 1024 + 1) }, 'a message has 128 KB at most, this one has 129'],
])('%s is an error that says so', async (_what, path, input, message) => {
  expect(await post(path, input)).toEqual({ status: 400, answer: { message } });
});

test('invalid requests do no harm', async () => {
  const headers = { 'Origin': new URL(local.inspector!).origin, 'Content-Type': 'application/json' };
  expect((await ask('POST', '/send', { headers, body: '{' })).status).toBe(400);
  expect((await ask('POST', '/send', { headers, body: 'null' })).status).toBe(400);
  expect((await ask('POST', '/nothing', { headers, body: '{}' })).status).toBe(404);
  expect((await ask('GET', '/rows?table=nothing')).status).toBe(400);
  expect((await ask('GET', `/rows?table=${local.tables.Rows}&start=x`)).status).toBe(400);
  expect((await ask('PUT', '/', { headers, body: '{}' })).status).toBe(404);
});

describe('from elsewhere', () => {
  test.each<[string, Record<string, string>]>([
    ['by a name that was made to point here', { Host: 'evil.example' }],
    ['from the page of another site', { Origin: 'https://evil.example' }],
    ['from a page of the runner itself', { Origin: 'http://127.0.0.1:1' }],
    ['without an origin to name', { Origin: 'null' }],
  ])('%s nothing can be sent or read', async (_how, headers) => {
    let received = false;
    client.on('message', () => { received = true; });
    expect((await post('/send', { text: 'evil' }, headers)).status).toBe(403);
    expect((await post('/disconnect', { connectionId: await connectionId() }, headers)).status).toBe(403);
    for (const path of ['/feed', `/rows?table=${local.tables.Rows}`]) expect((await ask('GET', path, { headers })).status).toBe(403);
    expect([received, client.readyState]).toEqual([false, WebSocket.OPEN]);
  });

  test('no page gets permission by CORS', async () => {
    const asking = { 'Origin': 'https://evil.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
    const { status, headers } = await ask('OPTIONS', '/send', { headers: asking });
    expect(status).toBe(403);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('other machines do not reach it', async () => {
    const [outside] = Object.values(networkInterfaces()).flat().filter((address) => address && !address.internal && address.family === 'IPv4');
    const base = `http://${outside?.address ?? '127.0.0.2'}:${new URL(local.inspector!).port}/`;
    await expect(ask('GET', '/', { base })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('its port', () => {
  async function withBlocker<T>(use: (port: number) => Promise<T>): Promise<T> {
    const blocker = createServer();
    await listenOnLoopback(blocker);
    return use(portOf(blocker)).finally(() => blocker.close());
  }

  const isFree = (port: number) => new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

  /** Blocks a port whose next one is free: other tests use ports as well. */
  async function withBlockerBeforeFreePort<T>(use: (port: number) => Promise<T>): Promise<T> {
    return withBlocker(async (port) => await isFree(port + 1) ? use(port) : withBlockerBeforeFreePort(use));
  }

  test('has to be free if it was requested', async () => {
    await withBlocker(async (port) => {
      await expect(startLocal({ assembly, inspector: port })).rejects.toThrow(`port ${port} of the inspector is in use; pass another one with --inspector, or --no-inspector`);
    });
  });

  test('is the one before the API, or another one', async () => {
    await withBlockerBeforeFreePort(async (port) => {
      const other = await startLocal({ assembly, port: port + 1, inspector: true });
      await other.stop();
      expect(new URL(other.inspector!).port).not.toBe(String(port));
    });
  });
});

test('there is no inspector unless it is requested', async () => {
  const without = await startLocal({ assembly });
  await without.stop();
  expect(without.inspector).toBeUndefined();
});
