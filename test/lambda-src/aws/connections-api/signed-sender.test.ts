import type { Exchange, ScriptedEndpoint } from './scripted-endpoint';
import { body, ids, senders } from './senders';

describe.each(['https', 'http'])('over %s', (scheme) => {
  const secure = scheme === 'https';
  const { endpoint: endpointOf, senderWith, begin } = senders(secure);
  let endpoint: ScriptedEndpoint;
  beforeEach(() => {
    endpoint = endpointOf();
  });

  describe('posts', () => {
    test('reach their connection completely, and return its answer', async () => {
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

    test('of 128 KB and of 0 bytes arrive', async () => {
      for (const content of [Buffer.alloc(128 * 1024, 'x'), Buffer.alloc(0)]) {
        expect(await begin(senderWith(), 1, content).post('id')).toEqual({ kind: 'status', status: 200 });
        expect((await endpoint.exchanges.at(-1)!.body).equals(content)).toBe(true);
      }
    });

    test('understand every way in which an answer can end', async () => {
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

    test('cannot begin without credentials', () => {
      const sender = senderWith({ credentials: () => { throw new Error('no credentials'); } });
      expect(() => sender.begin(body, 1)).toThrow('no credentials');
    });
  });

  test('are written at most once, and their outcome is true, whatever the endpoint does', async () => {
    const fate = (id: string) => Number(id.slice(3, -1)) % 13;
    const statusOf = (id: string) => 200 + (Number(id.slice(3, -1)) % 300);
    const hung: Exchange[] = [];
    let isOver = false;
    endpoint.onRequest = (exchange) => {
      const { id, connection, answer } = exchange;
      switch (fate(id)) {
        case 0: return connection.reset();
        case 1: return void connection.socket.end();
        case 2: return isOver ? connection.reset() : void hung.push(exchange); // Hangs until the others are done.
        case 3: return answer(statusOf(id), 'connection: close');
        case 4:
          answer(statusOf(id));
          return void connection.socket.end();
        case 5:
          answer(statusOf(id));
          return answer(599); // Sends bytes after its answer.
        case 6: return void setImmediate(() => answer(statusOf(id)));
        default: return answer(statusOf(id));
      }
    };
    // The hanging posts hold fewer lanes than there are, and no time limit ends them.
    const transmission = begin(senderWith({ timeLimitMillis: 600_000 }), 600);
    const posts = ids(200).map((id) => transmission.post(id));
    await Promise.all(posts.filter((_post, index) => fate(`id-${index}=`) !== 2));
    isOver = true;
    for (const { connection } of hung) connection.reset();
    const answers = await Promise.all(posts);
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
    // The others were written to a lane that the endpoint closed at that moment.
    expect(plain.filter(({ kind }) => kind === 'status').length / plain.length).toBeGreaterThan(0.5);
  }, 20_000);
});
