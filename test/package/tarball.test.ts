import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './support/apps';
import { EmptyFolder, environment } from './support/empty-folder';
import { NODES, nodeProgram } from '../../harness/nodes';

/*
 * The construct as npm would publish it, installed into an empty CDK app like a user does. Needs `npx projen compile` and `npx projen bundle`
 * first, as in `npm test`.
 */

const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
const app = new EmptyFolder();
let files: string[];

beforeAll(() => {
  if (!existsSync(join(ROOT, 'lib/index.js'))) throw new Error('lib/index.js is missing: run `npx projen compile` first');
  files = app.install(undefined, `aws-cdk-lib@${devDependencies['aws-cdk-lib']}`, `constructs@${devDependencies.constructs}`);
}, 240_000);

afterAll(() => app.remove());

test('the tarball holds what runs and nothing of how it is made, or of the packages beside it', () => {
  expect(files).toEqual(expect.arrayContaining(['assets/lambda-src/connection-handler.lambda/index.js', 'assets/lambda-src/message-handler.lambda/index.js', 'lib/index.d.ts']));
  const entries = new Set(files.map((path) => path.replace(/^lib\/.+\.(js|d\.ts)$/, 'lib').replace(/^assets\/lambda-src\/[\w-]+\.lambda\/index\.js$/, 'assets/lambda-src')));
  expect([...entries].sort()).toEqual([
    '.jsii', '.jsii.tabl.json.gz', 'API.md', 'LICENSE', 'README.md', 'assets/THIRD-PARTY-NOTICES.txt', 'assets/lambda-src', 'lib', 'package.json',
  ]);
});

test('installing it runs nothing, and brings nothing but its peers', () => {
  const { scripts, dependencies } = app.manifest('cdk-broadcast-websocket-api') as { scripts: Record<string, string>; dependencies?: object };
  expect(Object.keys(scripts).filter((name) => /install/.test(name))).toEqual([]);
  expect(dependencies).toBeUndefined();
  expect(app.packages()).toEqual(['aws-cdk-lib', 'cdk-broadcast-websocket-api', 'constructs', ...app.packages().filter((name) => name === '@aws-cdk')].sort());
});

test('an empty CDK app has neither esbuild nor Docker', () => {
  for (const tool of ['esbuild', 'docker']) {
    expect(() => execFileSync(tool, ['--version'], { cwd: app.path, env: environment(process.execPath), stdio: 'ignore' })).toThrow('ENOENT');
    expect(existsSync(join(app.path, 'node_modules', tool))).toBe(false);
  }
});

for (const version of NODES) {
  const node = nodeProgram(version);
  (node ? test : test.skip)(`it synthesises there on Node.js ${version}${node ? '' : ' (npm does not bring it)'}`, async () => {
    app.write('app.js', `
      const { App, Stack } = require('aws-cdk-lib');
      const { BroadcastWebSocketApi } = require('cdk-broadcast-websocket-api');
      const app = new App({ outdir: 'cdk.out' });
      new BroadcastWebSocketApi(new Stack(app, 'Empty'), 'Chat');
      app.synth();
    `);
    await app.run(node!, 'app.js');
    const template = JSON.parse(readFileSync(join(app.path, 'cdk.out/Empty.template.json'), 'utf8')) as { Resources: Record<string, { Type: string }> };
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(2);
    expect(types).toContain('AWS::ApiGatewayV2::Api');
  }, 60_000);
}

test.each([['node10', ['--module', 'commonjs', '--ignoreDeprecations', '6.0']], ['node16', ['--module', 'node16']]])('TypeScript finds the types with moduleResolution %s', async (resolution, options) => {
  app.write('types.ts', `
    import type { BroadcastWebSocketApi } from 'cdk-broadcast-websocket-api';
    export const url = (api: BroadcastWebSocketApi): string => api.url;
    // @ts-expect-error: there is no such member
    export const none = (api: BroadcastWebSocketApi): string => api.earl;
  `);
  expect(await app.typeErrors('types.ts', '--moduleResolution', resolution, ...options)).toBe('');
}, 120_000);
