import { createServer, type AddressInfo, type Socket } from 'net';
import type { TLSSocket } from 'tls';
import { certificate, ScriptedEndpoint, until, type Exchange } from './scripted-endpoint';
import { SignedSender, type SignedSenderOptions } from '../../../../lambda-src/aws/connections-api';
import { laneTarget } from '../../../../lambda-src/aws/connections-api/pool-size';
import type { Answer, Transmission } from '../../../../lambda-src/core/sender';

const body = Buffer.from('hello');
const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}=`);
const postAll = (transmission: Transmission, count: number) => Promise.all(ids(count).map((id) => transmission.post(id)));
const kinds = (answers: Answer[]) => [...new Set(answers.map((answer) => (answer.kind === 'status' ? answer.status : answer.kind)))];

describe.each(['https', 'http'])('over %s', (scheme) => {
  const secure = scheme === 'https';
  let endpoint: ScriptedEndpoint;
  let opened: Transmission[];
  beforeEach(async () => {
    endpoint = await new ScriptedEndpoint(secure).start();
    opened = [];
  });
  afterEach(async () => {
    for (const transmission of opened) transmission.end();
    await endpoint.stop();
  });

  const senderWith = (options: Partial<SignedSenderOptions> = {}) => new SignedSender({
    callbackUrl: endpoint.url,
    region: 'eu-west-1',
    credentials: () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
    memoryMegabytes: 1769,
    tls: { ca: certificate.cert },
    ...options,
  });
  const begin = (sender: SignedSender, expected: number, content: Uint8Array = body) => {
    const transmission = sender.begin(content, expected);
    opened.push(transmission);
    return transmission;
  };

  describe('posts', () => {
    test('reach their connection whole, and bring its answer back', async () => {
      endpoint.onRequest = (exchange) => exchange.answer(exchange.id === 'gone=' ? 410 : 200);
      const transmission = begin(senderWith(), 2);
      expect(await Promise.all([transmission.post('a/b+c_d-e='), transmission.post('gone=')])).toEqual([
        { kind: 'status', status: 200 }, { kind: 'status', status: 410 },
      ]);
      expect(endpoint.exchanges.map(({ id }) => id).sort()).toEqual(['a/b+c_d-e=', 'gone=']);
      for (const exchange of endpoint.exchanges) {
        expect(await exchange.body).toEqual(body);
        expect(exchange.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=/);
      }
    });

    test('of 128 KB and of nothing arrive', async () => {
      for (const content of [Buffer.alloc(128 * 1024, 'x'), Buffer.alloc(0)]) {
        expect(await begin(senderWith(), 1, content).post('id')).toEqual({ kind: 'status', status: 200 });
        expect((await endpoint.exchanges.at(-1)!.body).equals(content)).toBe(true);
      }
    });

    test('understand every way to end an answer', async () => {
      const answers: Record<string, string> = {
        chunked: 'HTTP/1.1 201 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: y\r\n\r\n',
        continued: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 X\r\ncontent-length: 1\r\n\r\nx',
        empty: 'HTTP/1.1 204 X\r\n\r\n',
        toEnd: 'HTTP/1.1 503 X\r\n\r\nsorry',
        old: 'HTTP/1.0 500 X\r\ncontent-length: 2\r\n\r\nno',
      };
      endpoint.onRequest = ({ id, write, connection }) => {
        write(answers[id]);
        if (id === 'toEnd') connection.socket.end();
      };
      const transmission = begin(senderWith(), 5);
      const results = await Promise.all(Object.keys(answers).map((id) => transmission.post(id)));
      expect(results).toEqual([201, 202, 204, 503, 500].map((status) => ({ kind: 'status', status })));
    });

    test('are signed for the second in which they are written, with the credentials of their transmission', async () => {
      let now = Date.UTC(2026, 10, 23, 23, 59, 59);
      let accessKeyId = 'FIRST';
      const sender = senderWith({ now: () => now, credentials: () => ({ accessKeyId, secretAccessKey: 's' }) });
      const first = begin(sender, 1);
      await first.post('a');
      now += 1000;
      await first.post('b');
      accessKeyId = 'SECOND';
      await begin(sender, 1).post('c');
      await first.post('d');
      expect(endpoint.exchanges.map(({ headers }) => [headers['x-amz-date'], headers.authorization.split(/[=/]/, 3).slice(1).join()])).toEqual([
        ['20261123T235959Z', 'FIRST,20261123'], ['20261124T000000Z', 'FIRST,20261124'],
        ['20261124T000000Z', 'SECOND,20261124'], ['20261124T000000Z', 'FIRST,20261124'],
      ]);
    });

    test('fail to begin without credentials', () => {
      const sender = senderWith({ credentials: () => { throw new Error('no credentials'); } });
      expect(() => sender.begin(body, 1)).toThrow('no credentials');
    });
  });

  describe('lanes', () => {
    test('carry a thousand posts, one each at a time, never more than the pool may have', async () => {
      const underWay = new Set<object>();
      endpoint.onRequest = ({ connection, answer }) => {
        if (underWay.has(connection)) answer(599);
        underWay.add(connection);
        setTimeout(() => {
          underWay.delete(connection);
          answer(200);
        }, 2);
      };
      const transmission = begin(senderWith({ memoryMegabytes: 256, timeLimitMillis: 20_000 }), 1000);
      expect(kinds(await postAll(transmission, 1000))).toEqual([200]);
      expect(new Set(endpoint.exchanges.map(({ id }) => id)).size).toBe(1000);
      expect(endpoint.exchanges.length).toBe(1000);
      expect(endpoint.mostOpen).toBeLessThanOrEqual(laneTarget(1000, 256));
      expect(endpoint.mostOpen).toBeGreaterThan(laneTarget(1000, 256) / 2);
      expect(endpoint.connections.length).toBe(endpoint.mostOpen);
    });

    test('begin with four, and grow by one with each answer', async () => {
      const held: Exchange[] = [];
      endpoint.onRequest = (exchange) => held.push(exchange);
      const transmission = begin(senderWith(), 100);
      void postAll(transmission, 100);
      for (const connections of [4, 5, 6, 7]) {
        await until(() => held.length === connections, `${connections} requests are under way`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(endpoint.connections.length).toBe(connections);
        held.shift()!.answer(200);
      }
    });

    test('are joined by further ones while the endpoint does not answer, so that hung clients hold up nobody', async () => {
      endpoint.onRequest = (exchange) => {
        if (exchange.id !== 'healthy=') return;
        exchange.answer(200);
      };
      const transmission = begin(senderWith(), 100);
      for (let hung = 0; hung < 20; hung++) void transmission.post(`hung-${hung}=`);
      expect(await transmission.post('healthy=')).toEqual({ kind: 'status', status: 200 });
    });

    test('begin with four again once those of before have gone stale', async () => {
      let now = 1_000_000_000_000;
      const sender = senderWith({ now: () => now });
      const first = begin(sender, 300);
      await postAll(first, 300);
      first.end();
      now += 60_000;
      endpoint.onRequest = () => {};
      const before = endpoint.exchanges.length;
      const second = begin(sender, 300);
      void postAll(second, 300);
      await until(() => endpoint.open === 4 && endpoint.exchanges.length === before + 4, 'four requests are under way');
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(endpoint.open).toBe(4);
    });

    test('are no more than the posts, expected or not', async () => {
      expect(kinds(await postAll(begin(senderWith(), 2), 2))).toEqual([200]);
      expect(endpoint.connections.length).toBe(2);
      expect(kinds(await postAll(begin(senderWith(), 0), 50))).toEqual([200]);
      expect(endpoint.mostOpen).toBeLessThanOrEqual(2 + laneTarget(50, 1769));
    });

    test('are not opened for a post that an answered lane is about to take', async () => {
      const transmission = begin(senderWith(), 100);
      for (const id of ids(20)) expect(await transmission.post(id)).toEqual({ kind: 'status', status: 200 });
      expect(endpoint.connections.length).toBe(1);
    });

    test.each([[128, 28], [1769, 128]])('of %i MB can use %i posts in flight', (memoryMegabytes, maxInFlight) => {
      expect(senderWith({ memoryMegabytes }).maxInFlight).toBe(maxInFlight);
    });

    test('are used again by the next transmission, unless idle for over four seconds by the wall clock, or it was set back', async () => {
      let now = 1_000_000_000_000;
      const sender = senderWith({ now: () => now });
      for (const [step, connections] of [[0, 1], [4_000, 1], [4_001, 2], [-1, 3], [3_600_000, 4]]) {
        now += step;
        const transmission = begin(sender, 1);
        expect(await transmission.post('id')).toEqual({ kind: 'status', status: 200 });
        transmission.end();
        expect(endpoint.connections.length).toBe(connections);
        await until(() => endpoint.open === 1, 'the stale lane is closed');
      }
    });

    test('idle for too long within a transmission are dropped too', async () => {
      let now = 1_000_000_000_000;
      const transmission = begin(senderWith({ now: () => now }), 1);
      await transmission.post('a');
      now += 5_000;
      expect(await transmission.post('b')).toEqual({ kind: 'status', status: 200 });
      expect(endpoint.connections.length).toBe(2);
    });

    test('are not used again after connection: close', async () => {
      endpoint.onRequest = ({ answer }) => answer(200, 'connection: close');
      expect(kinds(await postAll(begin(senderWith(), 20), 20))).toEqual([200]);
      expect(endpoint.connections.map(({ requests }) => requests)).toEqual(Array(20).fill(1));
    });

    test('that the endpoint closed while idle are not written to', async () => {
      const transmission = begin(senderWith(), 1);
      await transmission.post('a');
      endpoint.connections[0].socket.end();
      await until(() => endpoint.open === 0, 'both sides are closed');
      expect(await transmission.post('b')).toEqual({ kind: 'status', status: 200 });
      expect(endpoint.connections.length).toBe(2);
    });

    test('that speak while idle are closed, and what they said is nobody\'s answer', async () => {
      const transmission = begin(senderWith(), 1);
      await transmission.post('a');
      endpoint.connections[0].socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n');
      await until(() => endpoint.open === 0, 'the lane is closed');
      expect(await transmission.post('b')).toEqual({ kind: 'status', status: 200 });
    });

    test('answered before the request was flushed are not used again', async () => {
      endpoint.onRequest = ({ connection, answer }) => {
        connection.socket.pause();
        answer(413);
      };
      const transmission = begin(senderWith(), 1, Buffer.alloc(16 * 1024 * 1024));
      expect(await transmission.post('a')).toEqual({ kind: 'status', status: 413 });
      expect(await transmission.post('b')).toEqual({ kind: 'status', status: 413 });
      expect(endpoint.connections.length).toBe(2);
    });
  });

  describe('failures', () => {
    test('before anything could be written are unsent, every one', async () => {
      const closed = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => closed.once('listening', resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      const answers = await postAll(begin(senderWith({ callbackUrl: `${scheme}://127.0.0.1:${port}` }), 200), 200);
      expect(answers).toEqual(Array(200).fill({ kind: 'unsent', reason: `connect ECONNREFUSED 127.0.0.1:${port}` }));
    });

    test('after the request was written are ambiguous', async () => {
      endpoint.onRequest = ({ id, connection, write }) => {
        if (id === 'garbage') write('nonsense');
        else if (id === 'half') write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
        if (id === 'reset') connection.reset();
        else if (id !== 'garbage') connection.socket.end();
      };
      const transmission = begin(senderWith(), 4);
      expect(await Promise.all(['reset', 'garbage', 'half', 'closed'].map((id) => transmission.post(id)))).toEqual([
        { kind: 'ambiguous', reason: expect.stringMatching(/ECONNRESET|closed/) },
        { kind: 'ambiguous', reason: 'not an HTTP/1.x answer' },
        { kind: 'ambiguous', reason: 'closed within its answer' },
        { kind: 'ambiguous', reason: 'closed before its answer' },
      ]);
      endpoint.onRequest = ({ answer }) => answer(200);
      expect(await transmission.post('next')).toEqual({ kind: 'status', status: 200 });
    });

    test('to answer in time are ambiguous and cost the lane; a post that never got a lane is unsent', async () => {
      endpoint.onRequest = () => {};
      const transmission = begin(senderWith({ timeLimitMillis: 250 }), 2);
      const answers = await postAll(transmission, 5); // of which four get lanes
      expect(answers).toEqual([
        ...Array(4).fill({ kind: 'ambiguous', reason: 'nothing came within 250 ms' }),
        { kind: 'unsent', reason: expect.stringContaining('within 250 ms') },
      ]);
      await until(() => endpoint.open === 0, 'the lanes are closed');
    });

    test('to read in time are none of the endpoint: what came during a pause of the process counts', async () => {
      endpoint.onRequest = ({ answer }) => {
        answer(200);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      };
      expect(await begin(senderWith({ timeLimitMillis: 250 }), 1).post('id')).toEqual({ kind: 'status', status: 200 });
    });

    test('of one client to answer keep nobody else waiting', async () => {
      endpoint.onRequest = ({ id, answer }) => void (id === 'id-7=' || answer(200));
      const transmission = begin(senderWith({ timeLimitMillis: 20_000 }), 300);
      const posts = ids(300).map((id) => transmission.post(id));
      // In order, not in time: the one still hangs when all the others are through, however busy the machine.
      let hangs = true;
      void posts[7].then(() => { hangs = false; });
      expect(kinds(await Promise.all(posts.filter((_post, index) => index !== 7)))).toEqual([200]);
      expect(hangs).toBe(true);
      transmission.end();
      expect((await posts[7]).kind).toBe('ambiguous');
    });

    test('of some connections, while others stand, cost no post', async () => {
      let accepted = 0;
      const pending = new Set<Socket>();
      endpoint.onAccept = (socket) => {
        accepted += 1;
        if (accepted > 6 && secure) pending.add(socket.destroy());
      };
      endpoint.onRequest = ({ answer }) => setTimeout(answer, 1, 200);
      expect(kinds(await postAll(begin(senderWith(), 500), 500))).toEqual([200]);
      if (secure) {
        expect(endpoint.mostOpen).toBe(6);
        expect(pending.size).toBeGreaterThan(0);
        expect(pending.size).toBeLessThan(120);
      }
    });
  });

  describe('end', () => {
    test('settles at once: what was written is ambiguous, what was not is unsent', async () => {
      endpoint.onRequest = () => {};
      const transmission = begin(senderWith(), 10);
      const posts = ids(10).map((id) => transmission.post(id));
      await until(() => endpoint.exchanges.length === 4, 'four requests are under way');
      transmission.end();
      const answers = await Promise.all(posts);
      const reason = 'the transmission ended';
      expect(answers).toEqual([...Array(4).fill({ kind: 'ambiguous', reason }), ...Array(6).fill({ kind: 'unsent', reason })]);
      await until(() => endpoint.open === 0, 'the lanes are closed');
    });

    test('before the first connection stands leaves everything unsent', async () => {
      const transmission = begin(senderWith(), 3);
      const posts = postAll(transmission, 3);
      transmission.end();
      expect(kinds(await posts)).toEqual(['unsent']);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(endpoint.exchanges).toEqual([]);
      expect(endpoint.open).toBe(0);
    });

    test('leaves nothing that holds the process, neither timers nor sockets', async () => {
      const holding = () => process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|Timeout|Immediate|Connect|GetAddr)/.test(name)).sort();
      const before = holding();
      const sender = senderWith();
      for (const answering of [true, false]) {
        endpoint.onRequest = ({ answer }) => void (answering && answer(200));
        const transmission = begin(sender, 50);
        const posts = postAll(transmission, 50);
        await (answering ? posts : until(() => endpoint.exchanges.length > 52, 'posts are under way'));
        expect(holding().length).toBeGreaterThan(before.length);
        transmission.end();
        await posts;
        await until(() => holding().join() === before.join(), 'all is as before: sockets close in turns of the event loop to come');
      }
    });

    test('breaks off its own transmission only', async () => {
      const held: Exchange[] = [];
      endpoint.onRequest = (exchange) => void held.push(exchange);
      const sender = senderWith();
      const [first, second] = [begin(sender, 1), begin(sender, 1)];
      const posts = [first.post('first'), second.post('second')];
      await until(() => held.length === 2, 'both are under way');
      first.end();
      first.end();
      expect((await posts[0]).kind).toBe('ambiguous');
      expect(await first.post('late')).toEqual({ kind: 'unsent', reason: 'the transmission has ended' });
      held.find(({ id }) => id === 'second')!.answer(200);
      expect(await posts[1]).toEqual({ kind: 'status', status: 200 });
    });
  });

  test('whatever the endpoint does, each post is written once at most, and its answer tells the truth', async () => {
    const fate = (id: string) => Number(id.slice(3, -1)) % 13;
    const statusOf = (id: string) => 200 + (Number(id.slice(3, -1)) % 300);
    endpoint.onRequest = ({ id, connection, answer }) => {
      switch (fate(id)) {
        case 0: return connection.reset();
        case 1: return void connection.socket.end();
        case 2: return; // hangs
        case 3: return answer(statusOf(id), 'connection: close');
        case 4:
          answer(statusOf(id));
          return void connection.socket.end();
        case 5:
          answer(statusOf(id));
          return answer(599); // speaks on
        case 6: return void setTimeout(() => answer(statusOf(id)), 30);
        default: return answer(statusOf(id));
      }
    };
    const transmission = begin(senderWith({ timeLimitMillis: 3_000 }), 600);
    const answers = await postAll(transmission, 600);
    const taken = endpoint.exchanges.map(({ id }) => id);
    expect(new Set(taken).size).toBe(taken.length);
    answers.forEach((answer, index) => {
      const id = `id-${index}=`;
      if (answer.kind === 'status') expect([id, answer.status]).toEqual([id, statusOf(id)]);
      if (answer.kind === 'unsent') expect(taken).not.toContain(id);
      if (fate(id) >= 3 && fate(id) !== 204 && taken.includes(id)) expect(['status', 'ambiguous']).toContain(answer.kind);
      if (fate(id) <= 2) expect(answer.kind).not.toBe('status');
    });
    const plain = answers.filter((_answer, index) => fate(`id-${index}=`) >= 6);
    // A quiet machine answers them all; a busy one has no lane for some in time.
    expect(plain.filter(({ kind }) => kind === 'status').length / plain.length).toBeGreaterThan(0.5);
  }, 20_000);

  if (!secure) return;

  describe('TLS', () => {
    test('sessions are resumed by all but the first connections', async () => {
      endpoint.onRequest = ({ answer }) => setTimeout(answer, 2, 200);
      await postAll(begin(senderWith(), 500), 500);
      expect(endpoint.connections.length).toBeGreaterThan(20);
      expect(endpoint.connections.filter(({ resumed }) => !resumed).length).toBeLessThanOrEqual(4);
    });

    test('sessions that the endpoint has forgotten are replaced', async () => {
      endpoint.onRequest = ({ answer }) => answer(200, 'connection: close');
      const transmission = begin(senderWith(), 1);
      await transmission.post('a');
      (endpoint.server as import('tls').Server).setTicketKeys(Buffer.alloc(48, 7));
      for (const id of ['b', 'c']) expect(await transmission.post(id)).toEqual({ kind: 'status', status: 200 });
      expect(endpoint.connections.map(({ resumed }) => resumed)).toEqual([false, false, true]);
    });

    test('speaks HTTP/1.1 with an endpoint that would rather speak HTTP/2', async () => {
      await begin(senderWith(), 1).post('a');
      expect((endpoint.connections[0].socket as TLSSocket).alpnProtocol).toBe('http/1.1');
    });

    test('certificates that nobody vouches for leave posts unsent', async () => {
      expect(kinds(await postAll(begin(senderWith({ tls: undefined }), 3), 3))).toEqual(['unsent']);
      expect(endpoint.exchanges).toEqual([]);
    });

    test('connections reset or kept hanging in the handshake leave posts unsent', async () => {
      endpoint.onAccept = (socket) => socket.destroy();
      expect(kinds(await postAll(begin(senderWith(), 20), 20))).toEqual(['unsent']);
      endpoint.onAccept = (socket) => socket.removeAllListeners('data').pause();
      const hanging = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => hanging.once('listening', resolve));
      const held: Socket[] = [];
      hanging.on('connection', (socket) => held.push(socket.on('error', () => {})));
      const callbackUrl = `https://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
      expect(kinds(await postAll(begin(senderWith({ callbackUrl, timeLimitMillis: 200 }), 10), 10))).toEqual(['unsent']);
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => hanging.close(resolve));
    });
  });
});
