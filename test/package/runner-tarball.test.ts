import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './support/apps';
import { EmptyFolder, end, environment, readiness } from './support/empty-folder';
import { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { synthesizePlainApi } from '../../harness/example';
import { NODES, nodeProgram } from '../../harness/nodes';
import { writeAssembly } from '../local/fixtures/small-app';

/*
 * The local runner as npm would publish it, in an otherwise empty folder. It serves a cloud assembly that another process made, like the apps of
 * all languages. Needs `npx projen bundle` first, as in `npm test`.
 */

const NAME = (JSON.parse(readFileSync(join(ROOT, 'local', 'package.json'), 'utf8')) as { name: string }).name;
const folder = new EmptyFolder();
let files: string[];

beforeAll(async () => {
  files = folder.install('local');
  synthesizePlainApi(join(folder.path, 'cdk.out'));
}, 240_000);

afterAll(() => folder.remove());

test('the tarball holds the command, its bundle, scripts, pages and types, and nothing else', () => {
  expect(files.map((file) => file.replace(/^dist\/(child|page|chat|examples)\/.*/, 'dist/$1').replace(/^dist\/\w+\.d\.ts$/, 'dist/*.d.ts')).filter((file, i, all) => all.indexOf(file) === i)).toEqual([
    'LICENSE', 'README.md', 'broadcast-local.js', 'dist/THIRD-PARTY-NOTICES.txt', 'dist/chat', 'dist/child', 'dist/*.d.ts', 'dist/examples', 'dist/index.js', 'dist/page', 'package.json',
  ]);
  expect(files).toEqual(expect.arrayContaining(['dist/chat/index.html', 'dist/chat/vendor/broadcast-client.js', 'dist/child/bootstrap.js', 'dist/page/index.html', 'dist/examples/chat/manifest.json']));
});

test('the example takes at most 320 KB of it: no code is there twice, and no map of sources', () => {
  const ofExample = files.filter((file) => file.startsWith('dist/examples/'));
  const texts = ofExample.filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(folder.path, 'node_modules', NAME, file)));
  expect(new Set(texts.map(String)).size).toBe(texts.length);
  expect(ofExample.filter((file) => !/\.js(on)?$/.test(file))).toEqual([]);
  expect(ofExample.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder.path, 'node_modules', NAME, file))).length, 0)).toBeLessThanOrEqual(320_000);
});

test('an example that is not there is refused, with those that are', () => {
  const { status, stderr } = spawnSync('npx', ['--no-install', NAME, '--example', 'chess'], { cwd: folder.path, env: environment(process.execPath), encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, `${NAME}: '--example' must be an example of this package (chat), got 'chess'\n`]);
});

test('it needs Node.js and nothing else', () => {
  expect(folder.packages()).toEqual([NAME]);
  const manifest = folder.manifest(NAME);
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) expect(manifest).not.toHaveProperty(kind);
  expect(Object.keys(manifest.scripts as object).filter((name) => /install/.test(name))).toEqual([]);
});

test('Yarn unpacks it: its processes cannot be started from an archive', () => {
  expect(folder.manifest(NAME).preferUnplugged).toBe(true);
});

test('`npx` finds the command', () => {
  const { version } = folder.manifest(NAME);
  const { stdout } = spawnSync('npx', ['--no-install', NAME, '--version'], { cwd: folder.path, env: environment(process.execPath), encoding: 'utf8' });
  expect(stdout).toBe(`${String(version)}\n`);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('`npx` that gets %s leaves nothing of it', async (signal) => {
  const npx = spawn('npx', ['--no-install', NAME, 'cdk.out', '--port', '0'], { cwd: folder.path, env: environment(process.execPath) });
  await readiness(npx);
  const left = () => execFileSync('ps', ['-eo', 'stat=,args=']).toString().split('\n').filter((line) => !line.startsWith('Z') && line.includes(folder.path));
  expect(left()).not.toEqual([]);
  npx.kill(signal);
  await eventually(() => left().length === 0);
}, 60_000);

for (const version of NODES) {
  const node = nodeProgram(version);
  const testHere = node ? test : test.skip;
  const title = `on Node.js ${version}${node ? '' : ' (npm does not bring it)'}`;

  testHere(`the command serves the app, with the page of the chat as the README has it, ${title}`, async () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`\nnpx ${NAME} --chat\n`);
    const runner = folder.start(node!, join('node_modules', '.bin', NAME), 'cdk.out', '--port', '0', '--chat');
    try {
      const said = await readiness(runner);
      const [, page] = /^Page: (\S+)/m.exec(said)!;
      expect(await (await fetch(page)).text()).toContain('<title>Broadcast chat</title>');
      expect((await fetch(new URL('vendor/broadcast-client.js', page))).status).toBe(200);
      const socket = new WebSocket(/ws:\/\/\S+/.exec(said)![0]);
      await once(socket, 'open');
      const answer = once(socket, 'message') as Promise<[MessageEvent]>;
      socket.send('hello');
      expect(JSON.parse((await answer)[0].data as string)).toMatchObject({ type: 'message', message: 'hello' });
      socket.close();
    } finally {
      await end(runner);
    }
  }, 60_000);

  testHere(`an example is served where there is no project, ${title}`, async () => {
    const runner = folder.start(node!, join('node_modules', '.bin', NAME), '--example', 'chat', '--port', '0', '--no-inspector');
    try {
      const said = await readiness(runner);
      // Addresses, and no notice of missing features.
      expect(said.split('\n').filter((line) => !/^(WebSocket|DynamoDB|Queue|Output|Page): |^Ready|^$/.test(line))).toEqual([]);
      expect(await (await fetch(/^Page: (\S+)/m.exec(said)![1])).text()).toContain('<title>Broadcast chat</title>');
      const [, url] = /^WebSocket: (\S+)/m.exec(said)!;
      const clients = await Promise.all(['Ann', 'Bob'].map((name) => Client.open(`${url}?name=${name}&channel=room:lobby`)));
      clients[0].send('{"action":"publish","ref":"1","channel":"room:lobby","message":"hello"}');
      for (const client of clients) {
        expect(JSON.parse(await client.frame((frame) => frame.startsWith('{"type":"message"')))).toMatchObject({ from: 'Ann', message: 'hello', channel: 'room:lobby' });
      }
      await Promise.all(clients.map((client) => client.close()));
    } finally {
      await end(runner);
    }
  }, 60_000);

  testHere(`an ES module of a function finds the AWS SDK of the project, ${title}`, async () => {
    writeAssembly(join(folder.path, 'module.out'), {
      functions: { All: 'import { name } from "@aws-sdk/client-nothing"; export const handler = async () => ({ statusCode: 200, body: name });' },
      routes: { $default: 'All' },
    });
    const sdk = join(folder.path, 'node_modules', '@aws-sdk', 'client-nothing');
    mkdirSync(sdk, { recursive: true });
    writeFileSync(join(sdk, 'index.js'), 'exports.name = "of the project";');
    const runner = folder.start(node!, join('node_modules', '.bin', NAME), 'module.out', '--port', '0', '--no-inspector');
    try {
      const client = await Client.open(/ws:\/\/\S+/.exec(await readiness(runner))![0]);
      client.send('hello');
      expect(await client.frame(() => true)).toBe('of the project');
      await client.close();
    } finally {
      await end(runner);
    }
  }, 60_000);

  testHere(`the library serves it in three lines, and nothing is left, ${title}`, async () => {
    folder.write('library.js', `
      const { startLocal } = require(${JSON.stringify(NAME)});
      const WebSocket = globalThis.WebSocket ?? require(${JSON.stringify(require.resolve('ws'))});
      (async () => {
        const local = await startLocal({ assembly: 'cdk.out' });
        const clients = [new WebSocket(local.url), new WebSocket(local.url)];
        await Promise.all(clients.map((client) => new Promise((resolve) => client.addEventListener('open', resolve))));
        const received = clients.map((client) => new Promise((resolve) => client.addEventListener('message', resolve)));
        clients[0].send('hello');
        for (const { data } of await Promise.all(received)) console.log(JSON.parse(data).message);
        clients.forEach((client) => client.close());
        await local.stop();
      })();
    `);
    // It ends by itself.
    expect(await folder.run(node!, 'library.js')).toBe('hello\nhello\n');
  }, 60_000);
}

test('an ES module imports it', async () => {
  folder.write('library.mjs', `import { startLocal } from ${JSON.stringify(NAME)};\nconsole.log(typeof startLocal);`);
  expect(await folder.run(process.execPath, 'library.mjs')).toBe('function\n');
});

test('a Jest test runs it', () => {
  folder.write('chat.test.js', `
    const { startLocal } = require(${JSON.stringify(NAME)});
    let local;
    beforeAll(async () => { local = await startLocal({ assembly: 'cdk.out' }); });
    afterAll(() => local.stop());

    test('somebody can connect', async () => {
      const WebSocket = globalThis.WebSocket ?? require(${JSON.stringify(require.resolve('ws'))});
      const client = new WebSocket(local.url);
      await new Promise((resolve, reject) => { client.addEventListener('open', resolve); client.addEventListener('error', reject); });
      client.close();
    });
  `);
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  // It ends by itself: nothing keeps Jest alive once the runner is stopped.
  const args = [jest, '--rootDir', folder.path, '--watchman=false', 'chat.test.js'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder.path, env: environment(process.execPath), encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toContain('1 passed, 1 total');
  expect(stderr).not.toContain('did not exit');
  expect(status).toBe(0);
}, 90_000);

test.each([['node10', ['--module', 'commonjs', '--ignoreDeprecations', '6.0']], ['node16', ['--module', 'node16']]])('TypeScript finds the types with moduleResolution %s', async (resolution, options) => {
  folder.write('types.ts', `
    import { startLocal, type Local, type LocalEvent, type LocalOptions } from ${JSON.stringify(NAME)};
    const options: LocalOptions = { assembly: 'cdk.out', log: (line: string, event: LocalEvent) => [line, event.connectionId] };
    export const url = startLocal(options).then((local: Local) => local.url.toUpperCase());
    // @ts-expect-error: there is no such option
    void startLocal({ assembley: 'cdk.out' });
  `);
  expect(await folder.typeErrors('types.ts', '--moduleResolution', resolution, ...options)).toBe('');
}, 120_000);
