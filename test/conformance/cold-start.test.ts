import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Children } from '../../harness/children';
import { ids, rowsOf } from '../../harness/conformance/cases/build';
import { CREDENTIALS, REGION } from '../../harness/credentials';
import { Endpoint } from '../../harness/endpoint/endpoint';
import { messageEvent } from '../../harness/events';
import { ROOT } from '../../harness/root';
import { selfSigned } from '../../harness/self-signed';
import { shippedBundle } from '../../harness/shipped-bundle';
import { Tables } from '../../harness/table/table';
import { readMetafiles } from '../../packaging/notices';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';

/* A cold start loads the modules that a bundle needs, and no others. Each of these once came in by an innocent line, and cost 2 to 12 % of it. */
const UNWANTED = ['perf_hooks', 'fs/promises', 'zlib', 'http2', 'internal/deps/undici/undici', 'internal/webstreams/readablestream'];

/** Prints which parts of Node.js are loaded after the handler is loaded, and after it has run. */
const PROBE = `
  const loaded = () => process.moduleLoadList.filter((name) => name.startsWith('NativeModule ')).map((name) => name.slice(13));
  const { handler } = require(process.argv[2]);
  process.send(loaded());
  process.once('message', async (event) => {
    await handler(event, { getRemainingTimeInMillis: () => 20_000 });
    process.send(loaded());
  });
`;

const children = new Children();
afterAll(() => children.stop());

/** Variables that every handler needs. */
const ENVIRONMENT = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
  [ENV.tableName]: 'connections',
  [ENV.callbackUrl]: 'https://localhost/prod',
  [ENV.connectionTtlSeconds]: '10800',
  [ENV.messageFormat]: 'ATTRIBUTED',
  [ENV.maxAgeSeconds]: '300',
  [ENV.broadcastQueueUrl]: 'https://localhost/broadcasts',
  [ENV.chunkQueueUrl]: 'https://localhost/chunks',
  [ENV.chunkQueueArn]: 'arn:aws:sqs:eu-west-1:111122223333:chunks',
  [ENV.jwtIssuer]: 'https://localhost/issuer',
  [ENV.jwtAudience]: 'chat',
  [LAYER_ENV.membersTableName]: 'members',
  [LAYER_ENV.presenceQueueUrl]: 'https://localhost/presence',
  [LAYER_ENV.channelRules]: '[]',
};

function start(bundle: string, env: Readonly<Record<string, string>> = {}) {
  return children.start(children.write('probe.js', PROBE), { args: [bundle], cwd: dirname(bundle), env: { ...ENVIRONMENT, ...env } });
}

const HANDLERS = readdirSync(join(ROOT, 'assets', 'lambda-src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

test.each(HANDLERS)('%s loads no part of Node.js that it has no use for', async (handler) => {
  const [loaded] = await once(start(join(ROOT, 'assets', 'lambda-src', handler, 'index.js')), 'message') as [string[]];
  expect(loaded).toContain('crypto');
  expect(loaded.filter((name) => UNWANTED.includes(name))).toEqual([]);
});

test('nor does the first broadcast, over TLS', async () => {
  const identity = await selfSigned();
  const tls = { key: children.write('key.pem', identity.key), cert: children.write('cert.pem', identity.cert) };
  const [endpoint, tables] = await Promise.all([Endpoint.start(children, { region: REGION, stage: '/prod', tls }), Tables.start(identity)]);
  try {
    const child = start(shippedBundle('message-handler'), {
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
      AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      NODE_EXTRA_CA_CERTS: tls.cert,
      [ENV.callbackUrl]: endpoint.url,
      // More than the free sends, so that an update of the shared rate is measured, too.
      [ENV.tableName]: await tables.create(rowsOf(ids(100))),
    });
    await once(child, 'message');
    child.send(messageEvent({ connectionId: 'sender', messageId: 'first', text: 'hello' }) as object);
    const [loaded] = await once(child, 'message') as [string[]];
    expect((await endpoint.report('times')).accepted).toBe(100);
    expect(tables.proxy.callsOf('UpdateItem')).toBeGreaterThan(0);
    expect(loaded.filter((name) => UNWANTED.includes(name))).toEqual([]);
  } finally {
    await tables.stop();
  }
});

test('no bundle loads a part of itself on demand: what that part shares with the rest is read twice by every cold start', () => {
  const onDemand = readMetafiles('construct').flatMap(({ inputs, outputs }) => {
    const [[output, { inputs: kept }]] = Object.entries(outputs);
    const isKept = (path: string) => (kept[path]?.bytesInOutput ?? 0) > 0;
    return Object.entries(inputs).flatMap(([path, { imports, format }]) => imports
      .filter((each) => each.kind === 'dynamic-import' || (each.kind === 'require-call' && format === 'esm'))
      .filter((each) => !each.external && isKept(path) && isKept(each.path) && !each.path.endsWith('/sdk-event-streams.ts'))
      .map((each) => `${basename(dirname(output))}: ${each.path}`));
  });
  expect(onDemand).toEqual([]);
});
