import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE, ROOT } from './support/apps';
import { EmptyFolder, environment, readiness } from './support/empty-folder';
import { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { npmProgram } from '../../harness/nodes';

/*
 * Apps that pnpm and Bun installed from the tarballs: what stands for a package in node_modules may be a link into a store, and a package
 * sees those that it names, and no other. Yarn's archives are in test/local/lambda/function.test.ts.
 */

jest.setTimeout(180_000);

const run = promisify(execFile);
const BUN = `bun-${process.platform}-${process.arch}`;

/** Each with the program that npm brings, how it installs, and how its users start the command of a package. */
const MANAGERS = [
  {
    name: 'pnpm',
    program: npmProgram(join('managers', 'pnpm'), 'pnpm@12.21.0', join('pnpm', 'pnpm')),
    install: ['install', '--prefer-offline', '--ignore-scripts', '--store-dir', join(CACHE, 'managers', 'pnpm-store')],
    commands: [['exec', 'broadcast-local'], ['run', 'local']],
  },
  {
    name: 'bun',
    program: npmProgram(join('managers', 'bun'), `@oven/${BUN}@1.4.5`, join('@oven', BUN, 'bin', 'bun')),
    install: ['install', '--ignore-scripts'],
    commands: [['x', 'broadcast-local'], ['run', 'local']],
  },
];

/** A function that is bundled, one that leaves the AWS SDK to Lambda, and those of the construct. */
const APP = `
  const { App, Stack } = require('aws-cdk-lib');
  const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
  const { NodejsFunction } = require('aws-cdk-lib/aws-lambda-nodejs');
  const { WebSocketLambdaIntegration } = require('aws-cdk-lib/aws-apigatewayv2-integrations');
  const { BroadcastWebSocketApi, MessageFormat } = require('cdk-broadcast-websocket-api');
  const stack = new Stack(new App(), 'Linked');
  const chat = new BroadcastWebSocketApi(stack, 'Chat', { messageFormat: MessageFormat.ENVELOPE });
  const add = (key, handler) => chat.webSocketApi.addRoute(key, { integration: new WebSocketLambdaIntegration(key, handler), returnResponse: true });
  add('bundled', new NodejsFunction(stack, 'Bundled', { runtime: Runtime.NODEJS_22_X, entry: 'bundled.js' }));
  add('sdk', new Function(stack, 'Sdk', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromAsset('sdk') }));
`;
const BUNDLED = "const ms = require('ms'); exports.handler = async () => ({ statusCode: 200, body: `bundled ${ms('1m')}` });";
const SDK = "import { toHex } from '@smithy/util-hex-encoding'; export const handler = async () => ({ statusCode: 200, body: `sdk ${toHex(new Uint8Array([1, 255]))}` });";

const versionOf = (name: string): string => (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

describe.each(MANAGERS)('$name', ({ name, program, install, commands }) => {
  const testHere = program ? test : test.skip;
  const title = program ? '' : ' (npm does not bring it)';
  const folder = new EmptyFolder();
  const own = environment(process.execPath);
  const env = {
    ...own,
    PATH: [dirname(program ?? '.'), own.PATH].join(delimiter),
    BUN_INSTALL_CACHE_DIR: join(CACHE, 'managers', 'bun-cache'),
    npm_config_registry: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim(),
  };
  let runner: ChildProcess | undefined;

  beforeAll(async () => {
    if (!program) return;
    const pack = ['pack', '--json', '--ignore-scripts', '--workspace', 'local', '--include-workspace-root', '--pack-destination', folder.path];
    const packed = JSON.parse(execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })) as { name: string; filename: string }[];
    const asHere = Object.fromEntries(['aws-cdk-lib', 'constructs', 'esbuild'].map((each) => [each, versionOf(each)]));
    const fromTarballs = Object.fromEntries(packed.map((each) => [each.name, `file:./${each.filename}`]));
    const dependencies = { ...asHere, ...fromTarballs, 'ms': '2.1.3', '@smithy/util-hex-encoding': '4.2.2' };
    folder.write('package.json', JSON.stringify({ name: 'app', private: true, scripts: { local: 'broadcast-local' }, dependencies }));
    mkdirSync(join(folder.path, 'sdk'));
    for (const [file, text] of [['app.js', APP], ['bundled.js', BUNDLED], [join('sdk', 'index.mjs'), SDK], ['cdk.json', '{"app":"node app.js"}']]) folder.write(file, text);
    await run(program, install, { cwd: folder.path, env, timeout: 150_000 });
  });

  /** Lines of processes that are of this folder: state, id, command line. */
  const left = () => execFileSync('ps', ['-eo', 'stat=,pid=,args=']).toString().split('\n').filter((line) => !line.startsWith('Z') && line.includes(folder.path));

  afterEach(() => {
    runner?.kill('SIGKILL');
    for (const line of left()) process.kill(Number(line.trim().split(/\s+/)[1]), 'SIGKILL');
  });
  afterAll(() => folder.remove());

  for (const command of commands) {
    testHere(`\`${name} ${command.join(' ')}\` serves an app and its functions, and leaves nothing when it is killed${title}`, async () => {
      runner = spawn(program!, [...command, '--port', '0', '--no-inspector'], { cwd: folder.path, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const [, url] = /^WebSocket: (\S+)/m.exec(await readiness(runner))!;
      const client = await Client.open(url);
      for (const text of ['{"action":"bundled"}', '{"action":"sdk"}', 'hello']) client.send(text);
      for (const answer of ['bundled 60000', 'sdk 01ff']) await client.frame((frame) => frame === answer);
      expect(JSON.parse(await client.frame((frame) => frame.startsWith('{')))).toMatchObject({ type: 'message', message: 'hello' });
      await client.close();
      expect(left()).not.toEqual([]);
      runner.kill('SIGKILL');
      await eventually(() => left().length === 0);
    });
  }
});

const [, { program: bun }] = MANAGERS;
(bun ? test : test.skip)('Bun itself does not run it: what leads calls of AWS here is made for Node.js', async () => {
  const failed = run(bun!, [join(ROOT, 'local', 'broadcast-local.js'), '--example', 'chat'], { env: environment(process.execPath) });
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^broadcast-local: the local runner needs Node\.js, and is run by bun: .*\n$/) });
});
