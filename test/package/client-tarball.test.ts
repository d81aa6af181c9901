import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preProcessFile } from 'typescript';
import { ROOT } from './support/apps';
import { EmptyFolder } from './support/empty-folder';
import { synthesizeExample } from '../../harness/example';
import { NODES, nodeProgram } from '../../harness/nodes';
import { startLocal, type Local } from '../../local';

/* What npm would publish of the client, in an empty folder: it talks to an API. Needs `npx projen bundle` to have run, as `npm test` does. */

const NAME = (JSON.parse(readFileSync(join(ROOT, 'client', 'package.json'), 'utf8')) as { name: string }).name;
const folder = new EmptyFolder();
let files: string[];
let local: Local;

beforeAll(async () => {
  files = folder.install('client');
  await synthesizeExample('chat', join(folder.path, 'cdk.out'));
  local = await startLocal({ assembly: join(folder.path, 'cdk.out') });
}, 240_000);

afterAll(async () => {
  await local.stop();
  folder.remove();
});

test('the tarball holds the client, its types and its bundle, and nothing else', () => {
  expect(files).toEqual([
    'LICENSE', 'README.md', 'broadcast-client.js', 'dist/THIRD-PARTY-NOTICES.txt', 'dist/broadcast-client.d.ts', 'dist/broadcast-client.js', 'package.json',
  ]);
});

test('it brings partysocket, and nothing of the CDK', () => {
  const { dependencies, ...manifest } = folder.manifest(NAME);
  expect(Object.keys(dependencies as object)).toEqual(['partysocket']);
  for (const kind of ['peerDependencies', 'optionalDependencies']) expect(manifest).not.toHaveProperty(kind);
  expect(folder.packages()).toEqual(expect.arrayContaining([NAME, 'partysocket']));
  expect(folder.packages().filter((name) => /aws|cdk|constructs/.test(name.replace(NAME, '')))).toEqual([]);
});

const session = (module: string): string => `
  import { connectBroadcast } from ${JSON.stringify(module)};
  import { createRequire } from 'node:module';
  const WebSocket = globalThis.WebSocket ?? createRequire(${JSON.stringify(join(ROOT, 'package.json'))})('ws');
  const client = connectBroadcast({
    url: process.argv[2],
    WebSocket,
    onState: (state) => { if (state === 'open') client.send('hello'); },
    onMessage: ({ message }) => {
      console.log(message);
      client.close();
    },
  });
`;

for (const version of NODES) {
  const node = nodeProgram(version);
  const testHere = node ? test : test.skip;
  testHere.each([NAME, `${NAME}/dist/broadcast-client.js`])(`%s sends and receives on Node.js ${version}${node ? '' : ' (npm does not bring it)'}`, async (module) => {
    folder.write('session.mjs', session(module));
    // It ends by itself: no timer is left.
    expect(await folder.run(node!, 'session.mjs', local.url)).toBe('hello\n');
  }, 60_000);
}

test('its bundle is one file for a page: it imports nothing', () => {
  const bundle = readFileSync(join(folder.path, 'node_modules', NAME, 'dist', 'broadcast-client.js'), 'utf8');
  expect(preProcessFile(bundle, true, true).importedFiles).toEqual([]);
  expect(bundle).not.toContain(ROOT);
});

test.each([['bundler', ['--module', 'esnext']], ['node16', ['--module', 'node16']]])('TypeScript finds the types with moduleResolution %s', async (resolution, options) => {
  folder.write('types.mts', `
    import { bySentAt, connectBroadcast, TIMING, type BroadcastClient, type Envelope, type Options } from ${JSON.stringify(NAME)};
    const messages: Envelope[] = [];
    const options: Options = {
      url: async () => 'wss://example.com/prod',
      protocols: ['chat'],
      onMessage: (envelope) => messages.push(envelope),
      timing: { heartbeat: TIMING.heartbeat / 2 },
      WebSocket,
    };
    const client: BroadcastClient = connectBroadcast(options);
    export const sent: boolean = client.send('hello');
    messages.sort(bySentAt);
    // @ts-expect-error: a message is text
    client.send(5);
    // @ts-expect-error: without an address there is no connection
    connectBroadcast({ onMessage: () => undefined });
  `);
  expect(await folder.typeErrors('types.mts', '--target', 'es2022', '--moduleResolution', resolution, ...options)).toBe('');
}, 120_000);
