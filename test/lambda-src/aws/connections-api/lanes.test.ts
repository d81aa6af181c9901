import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type Exchange, type ScriptedEndpoint } from './scripted-endpoint';
import { ids, kinds, postAll, senders } from './senders';
import { eventually } from '../../../../harness/eventually';
import { closeServer, portOf } from '../../../../harness/loopback';
import { laneTarget } from '../../../../lambda-src/aws/connections-api/pool-size';

describe.each(['https', 'http'])('over %s', (scheme) => {
  const secure = scheme === 'https';
  const { endpoint: endpointOf, senderWith, begin } = senders(secure);
  let endpoint: ScriptedEndpoint;
  beforeEach(() => {
    endpoint = endpointOf();
  });

  describe('lanes', () => {
    test('carry a thousand posts, each lane one at a time, and never exceed the size of the pool', async () => {
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
        await eventually(() => held.length === connections);
        await sleep(20);
        expect(endpoint.connections.length).toBe(connections);
        held.shift()!.answer(200);
      }
    });

    test('grow in number while the endpoint does not answer, so that hung clients delay nobody', async () => {
      endpoint.onRequest = (exchange) => {
        if (exchange.id !== 'healthy=') return;
        exchange.answer(200);
      };
      const transmission = begin(senderWith(), 100);
      for (let hung = 0; hung < 20; hung++) void transmission.post(`hung-${hung}=`);
      expect(await transmission.post('healthy=')).toEqual({ kind: 'status', status: 200 });
    });

    test('begin with four again once the earlier ones are stale', async () => {
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
      await eventually(() => endpoint.open === 4 && endpoint.exchanges.length === before + 4);
      await sleep(20);
      expect(endpoint.open).toBe(4);
    });

    test('never outnumber the posts, whether these were announced or not', async () => {
      expect(kinds(await postAll(begin(senderWith(), 2), 2))).toEqual([200]);
      expect(endpoint.connections.length).toBe(2);
      expect(kinds(await postAll(begin(senderWith(), 0), 50))).toEqual([200]);
      expect(endpoint.mostOpen).toBeLessThanOrEqual(2 + laneTarget(50, 1769));
    });

    test('are not opened for a post that a free lane is about to carry', async () => {
      const transmission = begin(senderWith(), 100);
      for (const id of ids(20)) expect(await transmission.post(id)).toEqual({ kind: 'status', status: 200 });
      expect(endpoint.connections.length).toBe(1);
    });

    test.each([[128, 28], [1769, 128]])('of %i MB can use %i posts in flight', (memoryMegabytes, maxInFlight) => {
      expect(senderWith({ memoryMegabytes }).maxInFlight).toBe(maxInFlight);
    });

    test('are used again by the next transmission, unless they were idle for over four seconds by the wall clock, or the clock was set back', async () => {
      let now = 1_000_000_000_000;
      const sender = senderWith({ now: () => now });
      for (const [step, connections] of [[0, 1], [4_000, 1], [4_001, 2], [-1, 3], [3_600_000, 4]]) {
        now += step;
        const transmission = begin(sender, 1);
        expect(await transmission.post('id')).toEqual({ kind: 'status', status: 200 });
        transmission.end();
        expect(endpoint.connections.length).toBe(connections);
        await eventually(() => endpoint.open === 1);
      }
    });

    test('that are idle for too long within a transmission are dropped too', async () => {
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
      await eventually(() => endpoint.open === 0);
      expect(await transmission.post('b')).toEqual({ kind: 'status', status: 200 });
      expect(endpoint.connections.length).toBe(2);
    });

    test('that receive data while idle are closed, and that data is no post\'s answer', async () => {
      const transmission = begin(senderWith(), 1);
      await transmission.post('a');
      endpoint.connections[0].socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n');
      await eventually(() => endpoint.open === 0);
      expect(await transmission.post('b')).toEqual({ kind: 'status', status: 200 });
    });

    test('that were answered before the request was flushed are not used again', async () => {
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

    test('speaks HTTP/1.1 with an endpoint that prefers HTTP/2', async () => {
      await begin(senderWith(), 1).post('a');
      expect((endpoint.connections[0].socket as TLSSocket).alpnProtocol).toBe('http/1.1');
    });

    test('untrusted certificates leave posts unsent', async () => {
      expect(kinds(await postAll(begin(senderWith({ tls: undefined }), 3), 3))).toEqual(['unsent']);
      expect(endpoint.exchanges).toEqual([]);
    });

    test('connections that are reset or hang in the handshake leave posts unsent', async () => {
      endpoint.onAccept = (socket) => socket.destroy();
      expect(kinds(await postAll(begin(senderWith(), 20), 20))).toEqual(['unsent']);
      endpoint.onAccept = (socket) => socket.removeAllListeners('data').pause();
      const hanging = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => hanging.once('listening', resolve));
      const held: Socket[] = [];
      hanging.on('connection', (socket) => held.push(socket.on('error', () => {})));
      const callbackUrl = `https://127.0.0.1:${portOf(hanging)}`;
      expect(kinds(await postAll(begin(senderWith({ callbackUrl, timeLimitMillis: 200 }), 10), 10))).toEqual(['unsent']);
      for (const socket of held) socket.destroy();
      await closeServer(hanging);
    });
  });
});
