import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preProcessFile } from 'typescript';
import { ROOT } from './support/apps';
import { EmptyFolder } from './support/empty-folder';
import { synthesizePlainApi } from '../../harness/example';
import { NODES, nodeProgram } from '../../harness/nodes';
import { startLocal, type Local } from '../../local';

/* The client as npm would publish it, in an empty folder, connected to an API. Needs `npx projen bundle` first, as in `npm test`. */

const NAME = (JSON.parse(readFileSync(join(ROOT, 'client', 'package.json'), 'utf8')) as { name: string }).name;
const folder = new EmptyFolder();
let files: string[];
let local: Local;

beforeAll(async () => {
  files = folder.install('client');
  synthesizePlainApi(join(folder.path, 'cdk.out'));
  local = await startLocal({ assembly: join(folder.path, 'cdk.out') });
}, 240_000);

afterAll(async () => {
  await local.stop();
  folder.remove();
});

test('the tarball holds the client, its hooks for React, their types, and nothing else', () => {
  expect(files).toEqual([
    'LICENSE', 'README.md', 'dist/api.d.ts', 'dist/broadcast-client.d.ts', 'dist/broadcast-client.js', 'dist/react.d.ts', 'dist/react.js', 'dist/store.d.ts',
    'dist/timing.d.ts', 'package.json',
  ]);
});

test('it brings nothing else, not even React, which its hooks alone need', () => {
  for (const kind of ['dependencies', 'optionalDependencies']) expect(folder.manifest(NAME)).not.toHaveProperty(kind);
  expect(folder.manifest(NAME)).toMatchObject({ peerDependencies: { react: '>=18' }, peerDependenciesMeta: { react: { optional: true } } });
  expect(folder.packages()).toEqual([NAME]);
});

const session = (module: string): string => `
  import { connect } from ${JSON.stringify(module)};
  import { createRequire } from 'node:module';
  const WebSocket = globalThis.WebSocket ?? createRequire(${JSON.stringify(join(ROOT, 'package.json'))})('ws');
  const client = connect({ url: process.argv[2], WebSocket });
  const received = new Promise((resolve) => client.on('message', ({ message }) => resolve(message)));
  const { position } = await client.send('hello');
  console.log(await received, typeof position);
  client.close();
`;

for (const version of NODES) {
  const node = nodeProgram(version);
  const testHere = node ? test : test.skip;
  testHere.each([NAME, `${NAME}/dist/broadcast-client.js`])(`%s sends and receives on Node.js ${version}${node ? '' : ' (npm does not bring it)'}`, async (module) => {
    folder.write('session.mjs', session(module));
    // It ends by itself: no timer is left.
    expect(await folder.run(node!, 'session.mjs', local.url)).toBe('hello number\n');
  }, 60_000);
}

test.each([['broadcast-client', []], ['react', ['react', './broadcast-client.js']]])('%s.js imports %j', (name, imported) => {
  const bundle = readFileSync(join(folder.path, 'node_modules', NAME, 'dist', `${name}.js`), 'utf8');
  expect(preProcessFile(bundle, true, true).importedFiles.map(({ fileName }) => fileName)).toEqual(imported);
  expect(bundle).not.toContain(ROOT);
});

test.each([['bundler', ['--module', 'esnext']], ['node16', ['--module', 'node16']]])('TypeScript finds the types with moduleResolution %s', async (resolution, options) => {
  folder.write('types.mts', `
    import { bySentAt, connect, BroadcastError, TIMING, type Ack, type BroadcastClient, type ConnectOptions, type Message } from ${JSON.stringify(NAME)};
    import { useBroadcast, useChannel, type BroadcastView, type ChannelView } from '${NAME}/react';
    const messages: Message[] = [];
    const options: ConnectOptions = {
      url: async () => 'wss://example.com/prod',
      token: async () => 'secret',
      timing: { heartbeat: TIMING.heartbeat / 2 },
      WebSocket,
    };
    const client: BroadcastClient = connect(options);
    client.on('message', (message) => messages.push(message));
    client.on('state', ({ state, retryAt }) => console.log(state === 'refused', retryAt?.toFixed()));
    export const sent: Promise<Ack> = client.send('hello').catch((error: BroadcastError) => {
      throw error.code === 'forbidden' ? error : new Error('else');
    });
    messages.sort(bySentAt);
    export const view: BroadcastView = useBroadcast({ ...options, keep: 50 });
    export const room: ChannelView = useChannel(view.client, 'room:1', { last: 20 });
    for await (const { message } of client.channel('room:1')) console.log(message.length, room.presence?.count, room.messages.length);
    // @ts-expect-error: a message is text
    void client.send(5);
    // @ts-expect-error: without an address there is no connection
    connect({ last: 5 });
    // @ts-expect-error: no such event
    client.on('open', () => undefined);
  `);
  expect(await folder.typeErrors('types.mts', '--target', 'es2022', '--moduleResolution', resolution, ...options)).toBe('');
}, 120_000);
