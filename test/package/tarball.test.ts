import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/*
 * What npm would publish, installed into an empty CDK app as a user does. Needs `npx projen compile` and `npx projen
 * bundle` to have run, as `npm test` does.
 */

const root = resolve(__dirname, '../..');
const { devDependencies, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
  bin: Record<string, string>;
};
const app = mkdtempSync(join(tmpdir(), 'empty-cdk-app-'));
let files: string[];

/** Nothing of this checkout, esbuild and Docker among it, is on the path of the empty app. */
const env = {
  HOME: process.env.HOME,
  PATH: [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter).filter((dir) => !dir.includes('node_modules') && !existsSync(join(dir, 'docker')))]
    .join(delimiter),
};

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_config_prefer_offline: 'true' } });
}

beforeAll(() => {
  if (!existsSync(join(root, 'lib/index.js'))) throw new Error('lib/index.js is missing: run `npx projen compile` first');
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', app)) as { filename: string; files: { path: string }[] }[];
  files = packed.files.map(({ path }) => path);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'empty-cdk-app', private: true }));
  npm(app, 'install', '--no-audit', '--no-fund', `./${packed.filename}`,
    `aws-cdk-lib@${devDependencies['aws-cdk-lib']}`, `constructs@${devDependencies.constructs}`);
}, 240_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

test('the tarball holds what runs and nothing of how it is made', () => {
  expect(files).toEqual(expect.arrayContaining([
    '.jsii', 'LICENSE', 'README.md', 'API.md', 'lib/index.js', 'lib/index.d.ts',
    'assets/lambda-src/connection-handler.lambda/index.js', 'assets/lambda-src/message-handler.lambda/index.js', bin['broadcast-local'],
    'assets/chat/index.html', 'assets/chat/vendor/broadcast-client.js',
    'assets/local/index.js', 'assets/local/index.d.ts',
  ]));
  expect(files.filter((path) => !/^(lib|assets)\/|^(\.jsii|\.jsii\.tabl\.json\.gz|\.warnings\.jsii\.js|API\.md|LICENSE|README\.md|package\.json)$/.test(path))).toEqual([]);
});

test('an empty CDK app synthesises with it, with neither esbuild nor Docker there', () => {
  for (const tool of ['esbuild', 'docker']) {
    expect(() => execFileSync(tool, ['--version'], { cwd: app, env, stdio: 'ignore' })).toThrow('ENOENT');
    expect(existsSync(join(app, 'node_modules', tool))).toBe(false);
  }
  writeFileSync(join(app, 'app.js'), `
    const { App, Stack } = require('aws-cdk-lib');
    const { BroadcastWebSocketApi } = require('cdk-broadcast-websocket-api');
    const app = new App({ outdir: 'cdk.out' });
    new BroadcastWebSocketApi(new Stack(app, 'Empty'), 'Chat');
    app.synth();
  `);
  execFileSync('node', ['app.js'], { cwd: app, env });
  const template = JSON.parse(readFileSync(join(app, 'cdk.out/Empty.template.json'), 'utf8')) as { Resources: Record<string, { Type: string }> };
  const types = Object.values(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(2);
  expect(types).toContain('AWS::ApiGatewayV2::Api');
});

test('a Jest test of that app runs it in three lines', () => {
  writeFileSync(join(app, 'chat.test.js'), `
    const { startLocal } = require('cdk-broadcast-websocket-api/local');
    let local;
    beforeAll(async () => { local = await startLocal({ assembly: 'cdk.out' }); });
    afterAll(() => local.stop());

    test('everybody receives what one says', async () => {
      const WebSocket = globalThis.WebSocket ?? require(${JSON.stringify(require.resolve('ws'))});
      const clients = [new WebSocket(local.url), new WebSocket(local.url)];
      await Promise.all(clients.map((client) => new Promise((resolve) => client.addEventListener('open', resolve))));
      const received = clients.map((client) => new Promise((resolve) => client.addEventListener('message', resolve)));
      clients[0].send('hello');
      const messages = await Promise.all(received);
      expect(messages.map(({ data }) => JSON.parse(data).message)).toEqual([expect.stringMatching(/says: hello$/), messages[0] && JSON.parse(messages[0].data).message]);
    });
  `);
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  // It ends by itself: nothing holds Jest once the runner is stopped.
  const { status, stderr } = spawnSync('node', [jest, '--rootDir', app, '--watchman=false', 'chat.test.js'], { cwd: app, env, encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toContain('1 passed, 1 total');
  expect(stderr).not.toContain('did not exit');
  expect(status).toBe(0);
});

test.each(['node10', 'node16'])('TypeScript finds the types with moduleResolution %s', (moduleResolution) => {
  writeFileSync(join(app, 'types.ts'), `
    import { startLocal, type Local, type LocalEvent, type LocalOptions } from 'cdk-broadcast-websocket-api/local';
    ${moduleResolution === 'node16' ? "export type { BroadcastWebSocketApi } from 'cdk-broadcast-websocket-api';" : ''}
    const options: LocalOptions = { assembly: 'cdk.out', log: (line: string, event: LocalEvent) => [line, event.connectionId] };
    export const url = startLocal(options).then((local: Local) => local.url.toUpperCase());
    // @ts-expect-error: there is no such option
    void startLocal({ assembley: 'cdk.out' });
  `);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const module = moduleResolution === 'node10' ? ['--module', 'commonjs', '--ignoreDeprecations', '6.0'] : ['--module', 'node16'];
  const { stdout } = spawnSync('node', [tsc, '--noEmit', '--strict', '--skipLibCheck', '--moduleResolution', moduleResolution, ...module, 'types.ts'], { cwd: app, env, encoding: 'utf8' });
  expect(stdout).toBe('');
});

test('its local runner serves that app, with the page of the chat as the README has it', async () => {
  const page = 'node_modules/cdk-broadcast-websocket-api/assets/chat';
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`npx broadcast-local --serve ${page}\n`);
  const args = ['--no-install', 'broadcast-local', 'cdk.out', '--port', '0', '--serve', page];
  const runner = spawn('npx', args, { cwd: app, env, detached: true });
  let said = '';
  runner.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    for await (const line of createInterface({ input: runner.stdout })) {
      said += `${line}\n`;
      if (line.startsWith('Ready')) break;
    }
    const [url] = /ws:\/\/\S+/.exec(said) ?? [];
    if (!url) throw new Error(`the runner named no WebSocket address; it said:\n${said}`);
    expect(await (await fetch(/^Page: (\S+)/m.exec(said)![1])).text()).toContain('<title>Broadcast chat</title>');
    const socket = new WebSocket(url);
    await once(socket, 'open');
    const answer = once(socket, 'message') as Promise<[MessageEvent]>;
    socket.send('hello');
    expect((await answer)[0].data as string).toContain('says: hello');
    socket.close();
  } finally {
    process.kill(-runner.pid!, 'SIGINT');
    await once(runner, 'exit');
  }
});
