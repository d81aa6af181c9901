import { createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { Sha256 } from '../../../../harness/signing';
import type { Credentials } from '../../../../lambda-src/aws/connections-api/credentials';
import { parseEndpoint } from '../../../../lambda-src/aws/connections-api/endpoint';
import { RequestWriter } from '../../../../lambda-src/aws/connections-api/request-writer';
import { canonicalRest, sha256, sign, signedNames, SigningKeys, timestampOf } from '../../../../lambda-src/aws/connections-api/signature';

/** Credentials and time of AWS's published test suite. */
const suite = {
  region: 'us-east-1',
  service: 'service',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  seconds: Date.UTC(2015, 7, 30, 12, 36) / 1000,
  token: 'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==',
};

describe("AWS's published vectors", () => {
  test.each([
    ['20120215', 'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d'],
    ['20150830', 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9'],
  ])('the signing key of %s', (day, expected) => {
    const key = new SigningKeys('us-east-1', 'iam').get(suite.secret, day);
    expect(key.of('text')).toBe(createHmac('sha256', Buffer.from(expected, 'hex')).update('text').digest('hex'));
  });

  test.each([
    ['post-vanilla', [], '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['post-sts-header-before', [['x-amz-security-token', suite.token]], '',
      '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead'],
    ['post-x-www-form-urlencoded', [['content-type', 'application/x-www-form-urlencoded']], 'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a'],
  ] as const)('%s', (_name, more, body, expected) => {
    const timestamp = timestampOf(suite.seconds);
    const keys = new SigningKeys(suite.region, suite.service);
    const headers = ([['host', 'example.amazonaws.com'], ['x-amz-date', timestamp], ...more] as [string, string][]).sort();
    const day = timestamp.slice(0, 8);
    expect(timestamp).toBe('20150830T123600Z');
    expect(signedNames(headers)).toBe(headers.map(([name]) => name).join(';'));
    expect(sign(keys.get(suite.secret, day), timestamp, keys.scope(day), `POST\n/${canonicalRest(headers, sha256(body))}`)).toBe(expected);
  });
});

/** Parses a request on the wire. */
function parse(request: Buffer) {
  const end = request.indexOf('\r\n\r\n');
  const [start, ...lines] = request.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]));
  const [method, path, version] = start.split(' ');
  return { method, path, version, headers, body: request.subarray(end + 4) };
}

/** Returns the signature that the SDK's own signer gives the written request. */
async function smithyAuthorization(request: Buffer, region: string, credentials: Credentials, now: number) {
  const { method, path, headers: { authorization: _ours, 'content-length': _length, 'x-amz-date': _date, 'x-amz-security-token': _token, ...headers }, body } =
    parse(request);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256, applyChecksum: false });
  const signed = await signer.sign(
    { method, path, headers, body, protocol: 'https:', hostname: headers.host, query: {} },
    { signingDate: new Date(now) },
  );
  return signed.headers;
}

const token = fc.string({ unit: fc.constantFrom(...'ABCxyz019/+='), minLength: 1, maxLength: 400 });
const credentialsArbitrary: fc.Arbitrary<Credentials> = fc.record(
  { accessKeyId: token, secretAccessKey: token, sessionToken: token },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);
const idArbitrary = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ABZabz019-_+/='), minLength: 1, maxLength: 24 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 }),
  fc.constantFrom('R0oXAeAbIAMCJhA=', '.', '..', '%3D', '#pace', "!'()*~", ' ', '@connections'),
);
const urlArbitrary = fc.record({
  origin: fc.constantFrom(
    'https://abc123.execute-api.eu-west-1.amazonaws.com', 'https://abc.execute-api.cn-north-1.amazonaws.com.cn',
    'http://127.0.0.1:4001', 'https://localhost:8443', 'http://[::1]:9999', 'https://vpce-1.example.com:443', 'http://x.test:80',
  ),
  segments: fc.array(fc.oneof(
    fc.constantFrom('prod', 'a b', '$default', "it's(1)*!", '%40', 'ü', 'a+b=c', 'x@y', 'v1.0', '~'),
    fc.string({ unit: fc.constantFrom(...'abz09-_.~!$&\'()*+,;=:@% '), minLength: 1, maxLength: 8 }),
  ), { maxLength: 4 }),
  slash: fc.constantFrom('', '/'),
}).map(({ origin, segments, slash }) => [origin, ...segments].join('/') + slash);

describe('requests', () => {
  test("are signed as the SDK's signer signs them, whatever the id, path, body, date and credentials", async () => {
    await fc.assert(fc.asyncProperty(
      urlArbitrary, idArbitrary, fc.uint8Array({ maxLength: 300 }), credentialsArbitrary,
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2090, 0) }), fc.constantFrom('eu-west-1', 'us-gov-west-1'),
      async (url, id, body, credentials, now, region) => {
        const writer = new RequestWriter(parseEndpoint(url), new SigningKeys(region, 'execute-api'), credentials, body);
        const request = writer.write(id, now);
        const ours = parse(request).headers;
        const theirs = await smithyAuthorization(request, region, credentials, now);
        expect(ours.authorization).toBe(theirs.authorization);
        expect(ours['x-amz-date']).toBe(theirs['x-amz-date']);
        expect(ours['x-amz-security-token']).toBe(theirs['x-amz-security-token']);
      },
    ), { numRuns: 500 });
  });

  test('have the given path and id, and the whole body after the head', () => {
    fc.assert(fc.property(urlArbitrary, idArbitrary, fc.uint8Array({ maxLength: 300 }), (url, id, body) => {
      const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
      const request = parse(new RequestWriter(parseEndpoint(url), new SigningKeys('r', 'execute-api'), credentials, body).write(id, 0));
      const segments = new URL(url).pathname.split('/').filter((segment) => segment !== '');
      expect(request.method).toBe('POST');
      expect(request.version).toBe('HTTP/1.1');
      expect(request.headers.host).toBe(new URL(url).host);
      expect(request.headers['content-length']).toBe(String(body.length));
      expect(request.body.equals(Buffer.from(body))).toBe(true);
      const wire = request.path.split('/').slice(1);
      expect(wire.slice(0, -1)).toEqual([...segments, '@connections']);
      expect(wire.at(-1)).toMatch(/^[A-Za-z0-9\-_~.%]+$/);
      expect(decodeURIComponent(wire.at(-1)!)).toBe(id);
    }), { numRuns: 500 });
  });

  test('may be written over an old one of any length, and are the same', () => {
    fc.assert(fc.property(fc.array(idArbitrary, { minLength: 2, maxLength: 6 }), fc.uint8Array({ maxLength: 300 }), (ids, body) => {
      const keys = new SigningKeys('eu-west-1', 'execute-api');
      const [fresh, over] = [0, 1].map(() => new RequestWriter(parseEndpoint('https://x.test/prod'), keys, { accessKeyId: 'a', secretAccessKey: 'b' }, body));
      let spare: Buffer | undefined;
      for (const [index, id] of ids.entries()) {
        const expected = fresh.write(id, index * 700);
        const written = over.write(id, index * 700, spare);
        expect(written.equals(expected)).toBe(true);
        expect(written === spare).toBe(spare?.length === expected.length);
        spare = written;
      }
    }));
  });

  const write = (writer: RequestWriter, now: number, id = 'R0oX_A-bIAMCJhA=') => parse(writer.write(id, now)).headers;
  const endpoint = parseEndpoint('https://abc.execute-api.eu-west-1.amazonaws.com/prod');
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'one', sessionToken: 'token' };
  const writerFor = (keys: SigningKeys, own: Credentials = credentials) => new RequestWriter(endpoint, keys, own, Buffer.from('hello'));

  test('send an id as %3D with a raw @', () => {
    const request = parse(writerFor(new SigningKeys('eu-west-1', 'execute-api')).write('R0oX/A+bIAMCJhA=', 0));
    expect(request.path).toBe('/prod/@connections/R0oX%2FA%2BbIAMCJhA%3D');
  });

  test('carry a date that changes every second, and not earlier', () => {
    const writer = writerFor(new SigningKeys('eu-west-1', 'execute-api'));
    const start = Date.UTC(2026, 10, 23, 10, 0, 0);
    expect(write(writer, start + 999)).toEqual(write(writer, start));
    expect(write(writer, start + 1000)['x-amz-date']).toBe('20261123T100001Z');
    expect(write(writer, start + 15 * 60_000)['x-amz-date']).toBe('20261123T101500Z');
    expect(write(writer, start)['x-amz-date']).toBe('20261123T100000Z');
  });

  test('change their key at midnight UTC', async () => {
    const writer = writerFor(new SigningKeys('eu-west-1', 'execute-api'));
    for (const now of [Date.UTC(2026, 11, 31, 23, 59, 59, 999), Date.UTC(2027, 0, 1), Date.UTC(2026, 11, 31, 23, 59, 59)]) {
      const request = writer.write('id=', now);
      const theirs = await smithyAuthorization(request, 'eu-west-1', credentials, now);
      expect(parse(request).headers.authorization).toBe(theirs.authorization);
    }
  });

  test('change their key with the credentials, also between two transmissions at once', async () => {
    const keys = new SigningKeys('eu-west-1', 'execute-api');
    const rotated = { accessKeyId: 'AKID2', secretAccessKey: 'two' };
    const [before, after] = [writerFor(keys), writerFor(keys, rotated)];
    for (const [writer, own] of [[before, credentials], [after, rotated], [before, credentials]] as const) {
      const request = writer.write('id=', 1_000_000);
      expect(parse(request).headers.authorization).toBe((await smithyAuthorization(request, 'eu-west-1', own, 1_000_000)).authorization);
    }
  });

  test('with a lone surrogate in the id are written nevertheless', () => {
    const request = parse(writerFor(new SigningKeys('eu-west-1', 'execute-api')).write('a\ud800b', 0));
    expect(request.path).toBe('/prod/@connections/a%EF%BF%BDb');
  });
});

describe('signing keys', () => {
  test('are derived once for each secret and day', () => {
    const keys = new SigningKeys('eu-west-1', 'execute-api');
    const first = keys.get('one', '20261123');
    expect(keys.get('one', '20261123')).toBe(first);
    expect(keys.get('one', '20261124').of('text')).not.toBe(first.of('text'));
    expect(keys.get('two', '20261123').of('text')).not.toBe(first.of('text'));
  });
});
