import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';
import { eventually } from '../../../harness/eventually';
import { closeOf, nextMessage, TestGateway } from '../fixtures/gateway';

let gateway: TestGateway;

async function start(...options: Parameters<typeof TestGateway.start>): Promise<void> {
  gateway = await TestGateway.start(...options);
}

afterEach(async () => gateway?.stop());

/** Returns an error frame with API Gateway's spacing. */
function errorFrame(message: string, connectionId: string, requestId: unknown): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${String(requestId)}"}`;
}

function handshake(headers: string[]): string {
  const lines = ['GET /prod HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', ...headers];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Returns the first line of the answer to a handshake with these headers. */
async function statusLine(port: number, headers: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(handshake(headers));
  const [data] = await once(socket, 'data') as [Buffer];
  socket.destroy();
  return data.toString().split('\r\n')[0];
}

describe('the handshake', () => {
  test.each([200, 204, 299])('opens when $connect returns %i', async (statusCode) => {
    await start();
    gateway.answers.set('$connect', () => ({ statusCode }));
    const client = await gateway.connect();
    expect(client.readyState).toBe(client.OPEN);
  });

  test.each([302, 400, 401, 403, 500, 503])('fails with the %i that $connect returns', async (statusCode) => {
    await start();
    gateway.answers.set('$connect', () => ({ statusCode }));
    expect(await gateway.refusal()).toBe(statusCode);
  });

  test.each([
    ['throws', () => { throw new Error('boom'); }],
    ['returns no statusCode', () => ({})],
    ['returns nothing', () => null],
    ['returns an unknown key', () => ({ statusCode: 200, status: 200 })],
  ])('fails with 502 when $connect %s', async (_what, answer) => {
    await start();
    gateway.answers.set('$connect', answer);
    expect(await gateway.refusal()).toBe(502);
  });

  test('fails with 504 when $connect takes longer than an integration may', async () => {
    await start({ limits: { integrationTimeoutMillis: 30 } });
    gateway.answers.set('$connect', () => new Promise(() => undefined));
    expect(await gateway.refusal()).toBe(504);
  });

  test('is accepted when there is no $connect route', async () => {
    await start({ routes: { $default: {} } });
    const client = await gateway.connect();
    expect(client.readyState).toBe(client.OPEN);
  });

  test('waits for $connect', async () => {
    await start();
    let answer: (value: unknown) => void = () => undefined;
    gateway.answers.set('$connect', () => new Promise((resolve) => { answer = resolve; }));
    const client = gateway.dial();
    await gateway.event('$connect');
    expect(client.readyState).toBe(client.CONNECTING);
    answer({ statusCode: 200 });
    await eventually(() => client.readyState === client.OPEN);
  });

  test('is forbidden for a stage that does not exist', async () => {
    await start();
    expect(await gateway.refusal('', { stage: 'dev' })).toBe(403);
    expect(gateway.events).toHaveLength(0);
  });

  test.each([['echoes', { statusCode: 200, headers: { 'sec-websocket-protocol': 'chat.v2' } }, 'chat.v2']])(
    '%s the subprotocol that $connect names', async (_what, answer, protocol) => {
      await start();
      gateway.answers.set('$connect', () => answer);
      const client = await gateway.connect('', { protocols: ['chat.v1', 'chat.v2'] });
      expect(client.protocol).toBe(protocol);
    });

  test('selects no subprotocol by itself, so a client that offered one fails', async () => {
    await start();
    const client = gateway.dial('', { protocols: ['chat.v1'] });
    const error = await new Promise<Error>((resolve) => client.once('error', resolve));
    expect(error.message).toBe('Server sent no subprotocol');
  });

  test.each(['a\r\nSet-Cookie: b', '错误', ''])('sends no invalid subprotocol: %j', async (protocol) => {
    await start();
    gateway.answers.set('$connect', () => ({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': protocol } }));
    const client = gateway.dial('', { protocols: ['chat.v1'] });
    const error = await new Promise<Error>((resolve) => client.once('error', resolve));
    expect(error.message).toBe('Server sent no subprotocol');
  });

  test('negotiates no compression', async () => {
    await start();
    expect((await gateway.connect('', { perMessageDeflate: true })).extensions).toBe('');
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('may have a header named %s', async (name) => {
    await start();
    const { port } = gateway.gateway;
    expect(await statusLine(port, ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', `${name}: x`])).toBe('HTTP/1.1 101 Switching Protocols');
    const { headers, multiValueHeaders } = await gateway.event('$connect') as unknown as Record<string, object>;
    expect(Object.entries(headers)).toContainEqual([name, 'x']);
    expect(Object.entries(multiValueHeaders)).toContainEqual([name, ['x']]);
  });

  test('fails with 502 when the runner itself fails, which is logged', async () => {
    await start();
    gateway.breaks.add('$connect');
    expect(await gateway.refusal()).toBe(502);
    expect(gateway.lines).toContainEqual(expect.stringMatching(/^error Error: the runner is broken\n +at /));
  });

  const KEY = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';

  test.each([
    ['has no key', []],
    ['has a key that is none', ['Sec-WebSocket-Key: x']],
    ['has a gap in its protocols', [KEY, 'Sec-WebSocket-Protocol: a,,b']],
    ['has no protocol in the list', [KEY, 'Sec-WebSocket-Protocol: ']],
    ['repeats a protocol', [KEY, 'Sec-WebSocket-Protocol: a, b', 'Sec-WebSocket-Protocol: a']],
    ['has a protocol that is no token', [KEY, 'Sec-WebSocket-Protocol: a b']],
  ])('fails with 400 and runs no route when it %s', async (_what, headers) => {
    await start();
    expect(await statusLine(gateway.gateway.port, headers)).toBe('HTTP/1.1 400 Bad Request');
    expect(gateway.events).toHaveLength(0);
  });

  test('offers protocols with and without spaces', async () => {
    await start();
    expect(await statusLine(gateway.gateway.port, [KEY, 'Sec-WebSocket-Protocol: a,b ,\tc, chat_2.x'])).toBe('HTTP/1.1 101 Switching Protocols');
  });

  test('that the WebSocket library refuses after $connect runs $disconnect', async () => {
    await start();
    const refuses = jest.spyOn(WebSocketServer.prototype, 'handleUpgrade').mockImplementationOnce((_request, socket) => { socket.destroy(); });
    gateway.dial();
    expect((await gateway.event('$disconnect')).requestContext).toMatchObject({ disconnectStatusCode: 1006 });
    refuses.mockRestore();
  });

  test.each([
    ['refused', ['Sec-WebSocket-Key: x']],
    ['still connecting', [KEY]],
    ['accepted', [KEY, 'X-Accept: yes']],
  ])('leaves no socket that keeps the runner from stopping: %s', async (_what, headers) => {
    await start();
    gateway.answers.set('$connect', ({ headers: sent }) => ('X-Accept' in (sent as object) ? { statusCode: 200 } : new Promise(() => undefined)));
    const socket = connect({ port: gateway.gateway.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write(handshake(headers));
    if (headers[0] === KEY) await gateway.event('$connect');
    else await once(socket, 'data');
    await gateway.stop();
    socket.destroy();
  });

  test('closes the socket of a refused client that does not close it', async () => {
    await start();
    const socket = connect({ port: gateway.gateway.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write(handshake(['Sec-WebSocket-Key: x']));
    await once(socket, 'data');
    await eventually(() => gateway.gateway.clients === 0);
    socket.destroy();
  });
});

describe('a message', () => {
  test.each([200, 404, 500])('is followed by silence when its route returns %i', async (statusCode) => {
    await start();
    gateway.answers.set('$default', () => ({ statusCode, body: 'not for the client' }));
    const client = await gateway.connect();
    const first = nextMessage(client);
    client.send('hello');
    await eventually(() => gateway.lines.find((line) => line.startsWith(`message $default ${statusCode}`)));
    await gateway.manage('POST', `/prod/@connections/${await gateway.connectionId()}`, 'from a backend, later');
    expect(await first).toBe('from a backend, later');
    expect(client.readyState).toBe(client.OPEN);
  });

  test.each([
    ['throws', () => { throw new Error('boom'); }],
    ['returns an unknown key', () => ({ statusCode: 200, message: 'no' })],
    ['returns a body that is not a string', () => ({ statusCode: 200, body: { a: 1 } })],
    ['returns a string', () => 'ok'],
    ['returns nothing', () => null],
    ['returns a status that is none', () => ({ statusCode: 'fine' })],
    ['returns an object as the status', () => ({ statusCode: { toString: 1 } })],
    ['returns an object as a header', () => ({ statusCode: 200, headers: { a: { toString: 1 } } })],
    ['returns objects as a header', () => ({ statusCode: 200, multiValueHeaders: { a: [{ toString: 1 }] } })],
  ])('is answered with an error frame when its function %s', async (_what, answer) => {
    await start();
    gateway.answers.set('$default', answer);
    const client = await gateway.connect();
    client.send('hello');
    const frame = await nextMessage(client);
    const { requestContext } = await gateway.event('$default');
    expect(frame).toBe(errorFrame('Internal server error', await gateway.connectionId(), requestContext.requestId));
    expect(client.readyState).toBe(client.OPEN);
  });

  test('is answered with an error frame when the runner itself fails, which is logged', async () => {
    await start();
    const client = await gateway.connect();
    gateway.breaks.add('$default').add('$disconnect');
    client.send('hello');
    expect(await nextMessage(client)).toContain('"Internal server error"');
    client.close();
    await eventually(() => gateway.lines.filter((line) => line.startsWith('error Error: the runner is broken')).length === 2);
  });

  test('is answered with an error frame when its function takes longer than an integration may', async () => {
    await start({ limits: { integrationTimeoutMillis: 30 } });
    gateway.answers.set('$default', () => new Promise(() => undefined));
    const client = await gateway.connect();
    client.send('hello');
    const frame = await nextMessage(client);
    const { requestContext } = await gateway.event('$default');
    expect(frame).toBe(errorFrame('Endpoint request timed out', await gateway.connectionId(), requestContext.requestId));
  });

  test('is answered with an error frame when its function takes longer than its own integration may', async () => {
    await start({ routes: { $connect: {}, $default: { integration: { type: 'lambda', functionArn: '$default', timeoutMillis: 30 } } } });
    gateway.answers.set('$default', () => new Promise(() => undefined));
    const client = await gateway.connect();
    client.send('hello');
    expect(await nextMessage(client)).toContain('Endpoint request timed out');
  });

  test('is still handled to its end by a function that takes longer than an integration may', async () => {
    await start({ limits: { integrationTimeoutMillis: 20 } });
    let end = (): void => undefined;
    let ended = false;
    gateway.answers.set('$default', async () => {
      await new Promise<void>((resolve) => { end = resolve; });
      ended = true;
      return { statusCode: 200 };
    });
    const client = await gateway.connect();
    client.send('hello');
    expect(await nextMessage(client)).toContain('Endpoint request timed out');
    expect(ended).toBe(false);
    end();
    await eventually(() => ended);
  });

  test('may be answered with every key of a response, and without headers', async () => {
    await start({ routes: { $connect: {}, $default: { returnsResponse: true } } });
    gateway.answers.set('$default', () => ({ statusCode: 200, headers: { a: 'b' }, multiValueHeaders: { c: ['d'] }, body: 'answer', isBase64Encoded: false }));
    const client = await gateway.connect();
    client.send('hello');
    expect(await nextMessage(client)).toBe('answer');
  });

  test.each([
    ['{"a":{"b":"send"}}', 'send'],
    ['{"a":{"b":"other"}}', '$default'],
    ['{"a":"send"}', '$default'],
    ['send', '$default'],
    ['', '$default'],
  ])('selects its route by any expression: %j goes to %s', async (message, route) => {
    await start({ routes: { $connect: {}, send: {}, $default: {} }, expression: '$request.body.a.b' });
    const client = await gateway.connect();
    client.send(message);
    expect((await gateway.event(route)).body).toBe(message);
  });

  test('is forbidden when no route matches and there is no $default', async () => {
    await start({ routes: { $connect: {}, send: {} } });
    const client = await gateway.connect();
    client.send('{"action":"other"}');
    expect(await nextMessage(client)).toMatch(/^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/);
  });

  test('is answered with the body only where the route has a route response', async () => {
    await start({ routes: { $connect: {}, ask: { returnsResponse: true }, $default: {} } });
    gateway.answers.set('ask', () => ({ statusCode: 200, body: 'answer' }));
    gateway.answers.set('$default', () => ({ statusCode: 200, body: 'no answer' }));
    const client = await gateway.connect();
    client.send('hello');
    await gateway.event('$default');
    client.send('{"action":"ask"}');
    expect(await nextMessage(client)).toBe('answer');
  });

  test('gets a base64 answer decoded', async () => {
    await start({ routes: { $default: { returnsResponse: true } } });
    gateway.answers.set('$default', () => ({ statusCode: 200, body: Buffer.from('grüße').toString('base64'), isBase64Encoded: true }));
    const client = await gateway.connect();
    client.send('hello');
    expect(await nextMessage(client)).toBe('grüße');
  });

  test('with an action similar to a route\'s is pointed out in the log; other messages to $default are not', async () => {
    await start({ routes: { $default: {}, $connect: {}, subscribe: {} } });
    const client = await gateway.connect();
    for (const body of ['{"action":"subscrib"}', '{"action":"greet"}', '{"action":"subscribe"}', '{"action":"connect"}', 'subscrib', '{"text":"subscrib"}']) client.send(body);
    await eventually(() => gateway.lines.filter((line) => line.startsWith('message')).length === 6);
    expect(gateway.lines.filter((line) => line.startsWith('warning'))).toEqual([
      'warning "subscrib" selects no route of this API, so that the message went to $default, as plain text does; did you mean subscribe?',
    ]);
  });

  test('never selects $connect, $disconnect or $default by name', async () => {
    await start();
    const client = await gateway.connect();
    client.send('{"action":"$disconnect"}');
    expect((await gateway.event('$default')).body).toBe('{"action":"$disconnect"}');
  });

  test('is answered by a mock integration without a function', async () => {
    const ping = {
      returnsResponse: true,
      integration: {
        type: 'mock',
        requestTemplates: { $default: '{"statusCode":200}' },
        requestSelection: '\\$default',
        responses: [{ key: '$default', selection: '\\$default', templates: { $default: '{"action":"pong"}' } }],
      } as const,
    };
    await start({ routes: { ping, $default: {} } });
    const client = await gateway.connect();
    client.send('{"action":"ping"}');
    expect(await nextMessage(client)).toBe('{"action":"pong"}');
    expect(gateway.events).toHaveLength(0);
  });
});

describe('a connection is closed', () => {
  test('with 1003 by a binary message', async () => {
    await start();
    const client = await gateway.connect();
    client.send(Buffer.from('hello'));
    expect(await closeOf(client)).toMatchObject({ code: 1003 });
    expect((await gateway.event('$disconnect')).requestContext.disconnectStatusCode).toBe(1003);
  });

  test('with 1009 by a message over 128 KB, though its frames are short', async () => {
    await start();
    const client = await gateway.connect();
    for (let sent = 0; sent < 5; sent++) client.send('x'.repeat(32 * 1024), { fin: sent === 4 });
    expect(await closeOf(client)).toMatchObject({ code: 1009 });
    expect((await gateway.event('$disconnect')).requestContext.disconnectStatusCode).toBe(1009);
  });

  test('with 1009 by a frame over 32 KB', async () => {
    await start();
    const client = await gateway.connect();
    client.send('x'.repeat(32 * 1024 + 1));
    expect(await closeOf(client)).toMatchObject({ code: 1009 });
    await gateway.event('$disconnect');
    expect(gateway.events.map(({ requestContext }) => requestContext.routeKey)).toEqual(['$connect', '$disconnect']);
  });

  test('not by a message of 128 KB in frames of 32 KB', async () => {
    await start();
    const client = await gateway.connect();
    for (let sent = 0; sent < 4; sent++) client.send('x'.repeat(32 * 1024), { fin: sent === 3 });
    expect((await gateway.event('$default')).body).toHaveLength(128 * 1024);
  });

  test('with 1001 when it was idle', async () => {
    await start({ limits: { idleMillis: 50 } });
    expect(await closeOf(await gateway.connect())).toEqual({ code: 1001, reason: 'Going away' });
    expect((await gateway.event('$disconnect')).requestContext).toMatchObject({ disconnectStatusCode: 1001, disconnectReason: 'Going away' });
  });

  test('not while messages pass, in either direction', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
    try {
      await start({ routes: { $connect: {}, $default: { returnsResponse: true } }, limits: { idleMillis: 1_000 } });
      gateway.answers.set('$default', () => ({ statusCode: 200, body: 'answer' }));
      const client = await gateway.connect();
      const path = `/prod/@connections/${await gateway.connectionId()}`;
      for (const isSent of [true, false, true, false]) {
        await jest.advanceTimersByTimeAsync(900);
        const message = nextMessage(client);
        if (isSent) client.send('hello');
        else await gateway.manage('POST', path, 'hello');
        await message;
      }
      const closed = closeOf(client);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
    } finally {
      jest.useRealTimers();
    }
  });

  test('with 1001 when it was idle but for pings', async () => {
    await start({ limits: { idleMillis: 100 } });
    const client = await gateway.connect();
    const pings = setInterval(() => client.ping(), 20);
    expect(await closeOf(client)).toEqual({ code: 1001, reason: 'Going away' });
    clearInterval(pings);
  });

  test('with 1001 when it is too old, however busy', async () => {
    await start({ limits: { lifetimeMillis: 100 } });
    const client = await gateway.connect();
    const chatter = setInterval(() => client.send('hello'), 20);
    expect(await closeOf(client)).toEqual({ code: 1001, reason: 'Going away' });
    clearInterval(chatter);
  });
});

describe('$disconnect', () => {
  test('gets the code and reason of the client', async () => {
    await start();
    (await gateway.connect()).close(4001, 'bye');
    expect((await gateway.event('$disconnect')).requestContext).toMatchObject({ disconnectStatusCode: 4001, disconnectReason: 'bye' });
  });

  test('gets 1005 when the client gave none', async () => {
    await start();
    (await gateway.connect()).close();
    expect((await gateway.event('$disconnect')).requestContext)
      .toMatchObject({ disconnectStatusCode: 1005, disconnectReason: 'Client-side close frame status not set' });
  });

  test('gets 1006 when the client was cut off', async () => {
    await start();
    (await gateway.connect()).terminate();
    expect((await gateway.event('$disconnect')).requestContext).toMatchObject({ disconnectStatusCode: 1006 });
  });

  test('also runs for a client that left while $connect was running', async () => {
    await start();
    let letIn!: (answer: unknown) => void;
    gateway.answers.set('$connect', () => new Promise((resolve) => { letIn = resolve; }));
    const client = gateway.dial();
    await gateway.event('$connect');
    const left = new Promise((resolve) => client.once('close', resolve));
    client.terminate();
    await left;
    letIn({ statusCode: 200 });
    expect((await gateway.event('$disconnect')).requestContext).toMatchObject({ disconnectStatusCode: 1006 });
  });
});
