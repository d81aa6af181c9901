import * as fc from 'fast-check';
import { NodeHttpOracle } from './node-http-oracle';
import { BODY_CAP, HEAD_CAP, ResponseParser, type Parsed } from '../../../../lambda-src/aws/connections-api/response-parser';

/** Feeds an answer in pieces. Bytes after an answer make a lane close, so the answer counts as not reusable. */
function parse(answer: Buffer, cuts: readonly number[] = [], closes = false): Parsed | undefined {
  const parser = new ResponseParser();
  const ends = [...cuts.map((cut) => cut % (answer.length + 1)).sort((a, b) => a - b), answer.length];
  let start = 0;
  for (const end of ends) {
    const parsed = end > start ? parser.push(answer.subarray(start, end)) : undefined;
    if (parsed) return 'status' in parsed && end < answer.length ? { status: parsed.status, reusable: false } : parsed;
    start = end;
  }
  return closes ? parser.finish() : undefined;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

/** Answers, their meaning, and whether the endpoint has to close. */
const kinds: [name: string, answer: string, parsed: Parsed, closes?: boolean][] = [
  ['an empty 200', head('HTTP/1.1 200 OK', 'Content-Length: 0'), { status: 200, reusable: true }],
  ['what API Gateway says of a gone connection',
    head('HTTP/1.1 410 Gone', 'Date: Mon, 23 Nov 2026 10:00:00 GMT', 'Content-Length: 0', 'Connection: keep-alive', 'x-amzn-ErrorType: GoneException'),
    { status: 410, reusable: true }],
  ['a body', `${head('HTTP/1.1 403 Forbidden', 'content-length:  11 ')}{"a": null}`, { status: 403, reusable: true }],
  ['no reason', head('HTTP/1.1 200', 'content-length: 0'), { status: 200, reusable: true }],
  ['connection: close', head('HTTP/1.1 200 OK', 'content-length: 0', 'connection: Close'), { status: 200, reusable: false }],
  ['close among others', head('HTTP/1.1 200 OK', 'content-length: 0', 'connection: keep-alive, close'), { status: 200, reusable: false }],
  ['close after keep-alive', head('HTTP/1.1 200 OK', 'connection: keep-alive', 'content-length: 0', 'connection: close'),
    { status: 200, reusable: false }],
  ['204', head('HTTP/1.1 204 No Content'), { status: 204, reusable: true }],
  ['304 with the length of what it stands for', head('HTTP/1.1 304 Not Modified', 'content-length: 5'), { status: 304, reusable: false }],
  ['100 first', head('HTTP/1.1 100 Continue') + head('HTTP/1.1 200 OK', 'content-length: 0'), { status: 200, reusable: true }],
  ['many 1xx first', head('HTTP/1.1 103 Early Hints', 'link: </x>') + head('HTTP/1.1 102 Processing') + head('HTTP/1.1 500 No', 'content-length: 0'),
    { status: 500, reusable: true }],
  ['101', head('HTTP/1.1 101 Switching Protocols', 'upgrade: x', 'connection: upgrade'), { malformed: 'an unexpected 101' }],
  ['1xx by HTTP/1.0', head('HTTP/1.0 103 Early Hints') + head('HTTP/1.1 200 OK'), { malformed: 'an unexpected 103' }],
  ['1xx that closes', head('HTTP/1.1 103 Early Hints', 'connection: close') + head('HTTP/1.1 200 OK'), { malformed: 'an unexpected 103' }],
  ['1xx alone', head('HTTP/1.1 100 Continue'), { malformed: 'closed within its answer' }, true],
  ['chunked', `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\nA;name=value;x\r\n0123456789\r\n0\r\n\r\n`, { status: 200, reusable: true }],
  ['chunked with trailers', `${head('HTTP/1.1 200 OK', 'transfer-encoding: Chunked')}0\r\nexpires: never\r\nx: y\r\n\r\n`, { status: 200, reusable: true }],
  ['chunked, then closing', `${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked', 'connection: close')}0\r\n\r\n`, { status: 200, reusable: false }],
  ['framing in trailers', `${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}0\r\ncontent-length: 5\r\n\r\n`, { malformed: 'an invalid trailer' }],
  ['a chunk size that is none', `${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}xyz\r\n\r\n`, { malformed: 'an invalid chunk size' }],
  ['a chunk size too large to count', `${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}fffffffffffffffff\r\n`, { malformed: 'an invalid chunk size' }],
  ['a chunk over its size', `${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}1\r\nab\r\n0\r\n\r\n`, { malformed: 'a chunk longer than its size' }],
  ['chunks broken off', `${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}5\r\nhel`, { malformed: 'closed within its answer' }, true],
  ['to the end', `${head('HTTP/1.1 500 No')}sorry`, { status: 500, reusable: false }, true],
  ['to the end, empty', head('HTTP/1.1 500 No'), { status: 500, reusable: false }, true],
  ['HTTP/1.0', head('HTTP/1.0 200 OK', 'content-length: 0', 'connection: keep-alive'), { status: 200, reusable: false }],
  ['HTTP/1.0 to the end', `${head('HTTP/1.0 200 OK')}x`, { status: 200, reusable: false }, true],
  ['a length twice', head('HTTP/1.1 200 OK', 'content-length: 0', 'content-length: 0'), { malformed: 'conflicting lengths' }],
  ['two lengths', head('HTTP/1.1 200 OK', 'content-length: 0', 'content-length: 5'), { malformed: 'conflicting lengths' }],
  ['a length and chunks', head('HTTP/1.1 200 OK', 'content-length: 0', 'transfer-encoding: chunked'), { malformed: 'conflicting lengths' }],
  ['a list of lengths', head('HTTP/1.1 200 OK', 'content-length: 0, 0'), { malformed: 'an invalid length' }],
  ['a signed length', head('HTTP/1.1 200 OK', 'content-length: +0'), { malformed: 'an invalid length' }],
  ['no number for a length', head('HTTP/1.1 200 OK', 'content-length:'), { malformed: 'an invalid length' }],
  ['a length beyond counting', head('HTTP/1.1 200 OK', 'content-length: 99999999999999999999'), { malformed: 'an invalid length' }],
  ['another encoding', head('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked'), { malformed: 'an unknown transfer encoding' }],
  ['a second answer behind the first', head('HTTP/1.1 200 OK', 'content-length: 0').repeat(2), { status: 200, reusable: false }],
  ['a byte behind the body', `${head('HTTP/1.1 200 OK', 'content-length: 1')}ab`, { status: 200, reusable: false }],
  ['a body broken off', `${head('HTTP/1.1 200 OK', 'content-length: 3')}ab`, { malformed: 'closed within its answer' }, true],
  ['a head broken off', 'HTTP/1.1 200 OK\r\ncontent-le', { malformed: 'closed within its answer' }, true],
  ['nothing', '', { malformed: 'closed before its answer' }, true],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', { malformed: 'not an HTTP/1.x answer' }],
  ['HTTP/2', head('HTTP/2.0 200 OK', 'content-length: 0'), { malformed: 'not an HTTP/1.x answer' }],
  ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n\r\n\r\n', { malformed: 'an invalid head' }],
  ['a folded header', head('HTTP/1.1 200 OK', 'x: a', ' b', 'content-length: 0'), { malformed: 'an invalid head' }],
  ['a space before a colon', head('HTTP/1.1 200 OK', 'content-length : 0'), { malformed: 'an invalid head' }],
  ['a NUL in a header', head('HTTP/1.1 200 OK', 'x: a\0b', 'content-length: 0'), { malformed: 'an invalid head' }],
  ['a status of two digits', head('HTTP/1.1 20 OK', 'content-length: 0'), { malformed: 'an invalid head' }],
];
const answers = kinds.map(([name, answer, parsed, closes = false]) => [name, answer, parsed, closes] as const);

describe('an answer', () => {
  test.each(answers)('%s', (_name, answer, expected, closes) => {
    expect(parse(bytes(answer), [], closes)).toEqual(expected);
  });

  test.each(answers)('%s, split at every byte', (_name, answer, expected, closes) => {
    const every = Array.from(answer, (_char, index) => index);
    const parsed = parse(bytes(answer), every, closes);
    expect(parsed).toEqual(expected);
    for (const cut of every) expect(parse(bytes(answer), [cut], closes)).toEqual(expected);
  });

  test('with a head of the maximum size is accepted, and with one byte more refused, also for 1xx', () => {
    const frame = head('HTTP/1.1 200 OK', 'content-length: 0', 'x: ').length;
    const sized = (size: number) => bytes(head('HTTP/1.1 200 OK', 'content-length: 0', `x: ${'y'.repeat(size - frame)}`));
    expect(parse(sized(HEAD_CAP))).toEqual({ status: 200, reusable: true });
    expect(parse(sized(HEAD_CAP + 1))).toEqual({ malformed: `a head over ${HEAD_CAP} bytes` });
    expect(parse(bytes(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(10 * HEAD_CAP)}`))).toEqual({ malformed: `a head over ${HEAD_CAP} bytes` });
    expect(parse(bytes(head('HTTP/1.1 103 Early Hints').repeat(1000)))).toEqual({ malformed: `a head over ${HEAD_CAP} bytes` });
  });

  test.each([
    ['by length', `${head('HTTP/1.1 500 No', `content-length: ${BODY_CAP}`)}`, true],
    ['by length', `${head('HTTP/1.1 500 No', `content-length: ${BODY_CAP + 1}`)}`, false],
    ['by chunk', `${head('HTTP/1.1 500 No', 'transfer-encoding: chunked')}fffff\r\n`, false],
    ['by endless chunk extension', `${head('HTTP/1.1 500 No', 'transfer-encoding: chunked')}1;`, false],
    ['to the end', head('HTTP/1.1 500 No'), false],
  ])('keeps its status whatever the size of its body: %s', (_name, start, reusable) => {
    const parser = new ResponseParser();
    let parsed = parser.push(bytes(start));
    for (let sent = 0; !parsed && sent <= BODY_CAP; sent += 1024) parsed = parser.push(Buffer.alloc(1024, 'x'));
    expect(parsed).toEqual({ status: 500, reusable });
  });
});

/** Answers of all kinds, valid and broken, most of them with a fault somewhere. */
const answerArbitrary = fc.tuple(
  fc.constantFrom('', '', '', head('HTTP/1.1 100 Continue'), head('HTTP/1.1 103 Early Hints', 'link: </x>'), '\r\n'),
  fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'),
  fc.constantFrom('200 OK', '200 OK', '200', '204 No Content', '304 Not Modified', '410 Gone', '429 Too Many', '500 \xe9', '999 x', '099 x'),
  fc.array(fc.constantFrom(
    'content-length: 5', 'content-length: 5', 'Content-Length: 0', 'content-length: 05', 'content-length: 5, 5', 'Content-Length : 5',
    'transfer-encoding: chunked', 'Transfer-Encoding:chunked', 'transfer-encoding: identity', 'connection: close', 'Connection: keep-alive',
    'connection: x', 'date: now', 'x-empty:', ' folded', 'x: \t', 'set-cookie: a=b', 'upgrade: websocket', 'keep-alive: timeout=5',
  ), { maxLength: 4 }),
  fc.constantFrom('', '', 'hello', 'hello', 'hell', 'hello!', '0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', '5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n', '05\r\nhello\r\n00\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n', '5;"\r\nhello\r\n0\r\n\r\n', '5\r\nhello0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', '0\r\ntransfer-encoding: chunked\r\n\r\n'),
).map(([first, version, status, headers, body]) => bytes(`${first}${head(`${version} ${status}`, ...headers)}${body}`));

const faultArbitrary = fc.record({
  at: fc.nat(400),
  remove: fc.nat(2),
  insert: fc.oneof(fc.constantFrom('', '', '\r', '\n', '\r\n', ' ', ':', '0', '\0', ','), fc.string({ unit: 'binary-ascii', maxLength: 3 })),
});
const kindArbitrary = fc.constantFrom(...kinds.map(([, answer]) => bytes(answer)));
const brokenArbitrary = fc.tuple(fc.oneof(kindArbitrary, answerArbitrary), fc.array(faultArbitrary, { maxLength: 2 })).map(([answer, faults]) =>
  faults.reduce((text, { at, remove, insert }) => {
    const place = at % (text.length + 1);
    return Buffer.concat([text.subarray(0, place), bytes(insert), text.subarray(place + remove)]);
  }, answer));
const anyArbitrary = fc.oneof(
  { weight: 3, arbitrary: answerArbitrary },
  { weight: 3, arbitrary: brokenArbitrary },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)) },
);

describe('whatever the bytes', () => {
  test('the result does not depend on where they were split', () => {
    fc.assert(fc.property(anyArbitrary, fc.array(fc.nat(500), { maxLength: 6 }), fc.boolean(), (answer, cuts, closes) => {
      const [whole, split] = [parse(answer, [], closes), parse(answer, cuts, closes)];
      const reason = (parsed?: Parsed) => (parsed && 'malformed' in parsed ? 'malformed' : parsed);
      expect(reason(split)).toEqual(reason(whole));
    }), { numRuns: 20_000 });
  });

  describe("beside Node's own client", () => {
    let oracle: NodeHttpOracle;
    beforeAll(async () => {
      oracle = await new NodeHttpOracle().start();
    });
    afterAll(() => oracle.stop());

    test('an answer is accepted only if Node accepts it, with the same status, and a connection is reused only if Node reuses it', async () => {
      const seen = { taken: 0, reused: 0, refused: 0 };
      await fc.assert(fc.asyncProperty(anyArbitrary, async (answer) => {
        const early = parse(answer);
        const parsed = early ?? parse(answer, [], true)!;
        if ('malformed' in parsed) {
          seen.refused++;
          return;
        }
        const verdict = await oracle.judge(answer, early === undefined);
        expect(verdict).toMatchObject({ status: parsed.status, complete: true });
        seen.taken++;
        if (parsed.reusable) {
          seen.reused++;
          expect(verdict.reused).toBe(true);
        }
      }), { numRuns: 6_000, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true });
      for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
    });

    test.each(answers.filter(([, , expected]) => 'status' in expected && expected.reusable))(
      'nothing that API Gateway says is refused for nothing: %s', async (_name, answer) => {
        expect((await oracle.judge(bytes(answer), false)).reused).toBe(true);
      });
  });
});
