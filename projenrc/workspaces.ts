import { readFileSync } from 'node:fs';
import { JsonFile, TextFile, type awscdk } from 'projen';
import { TS_NODE } from './commands';
import { MIN_NODE } from './dependencies';
import { publisher } from './publisher';

/* The two packages beside the construct, as npm workspaces: one lock file, one `npm ci`. */

export interface Workspace {
  readonly folder: string;
  readonly name: string;
}

interface Manifest extends Record<string, unknown> {
  readonly description: string;
  readonly keywords: string[];
  /** All that the package holds, beside package.json, README.md and LICENSE. */
  readonly files: string[];
}

const MANIFESTS: Record<string, Manifest> = {
  local: {
    description: 'Serves the WebSocket APIs of an AWS CDK app on this machine, with its Lambda functions, tables and queues',
    keywords: ['apigatewayv2', 'aws', 'cdk', 'lambda', 'local', 'websocket'],
    // In the repository, so that `npm ci` links it before anything is bundled.
    bin: { [publisher.runnerPackage]: 'broadcast-local.js' },
    main: 'dist/index.js',
    types: 'dist/index.d.ts',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    files: ['/broadcast-local.js', '/dist/'],
    // Nothing can be started from the archive in which Yarn would keep it.
    preferUnplugged: true,
  },
  client: {
    description: 'WebSocket client that reconnects and misses nothing: order, acknowledgements, recovery; for browsers and Node.js',
    keywords: ['apigatewayv2', 'aws', 'broadcast', 'browser', 'reconnecting', 'websocket'],
    type: 'module',
    main: 'dist/broadcast-client.js',
    types: 'dist/broadcast-client.d.ts',
    exports: {
      '.': { types: './dist/broadcast-client.d.ts', default: './dist/broadcast-client.js' },
      './react': { types: './dist/react.d.ts', default: './dist/react.js' },
      // For pages without a build step, which name the file.
      './dist/broadcast-client.js': { types: './dist/broadcast-client.d.ts', default: './dist/broadcast-client.js' },
      './package.json': './package.json',
    },
    files: ['/dist/'],
    sideEffects: false,
    // Its hooks alone need it.
    peerDependencies: { react: '>=18' },
    peerDependenciesMeta: { react: { optional: true } },
  },
};

export const WORKSPACES: readonly Workspace[] = [
  { folder: 'local', name: publisher.runnerPackage },
  { folder: 'client', name: publisher.clientPackage },
];

export function addWorkspaces(project: awscdk.AwsCdkConstructLibrary): void {
  project.package.addField('workspaces', WORKSPACES.map(({ folder }) => folder));
  for (const workspace of WORKSPACES) writeWorkspace(project, workspace);
  // The three have one version. Outside a release it is 0.0.0.
  for (const task of ['bump', 'unbump']) project.tasks.tryFind(task)!.exec(`${TS_NODE} packaging/versions.ts`);
}

function writeWorkspace(project: awscdk.AwsCdkConstructLibrary, { folder, name }: Workspace): void {
  new JsonFile(project, `${folder}/package.json`, {
    readonly: false, // a release writes its version
    obj: {
      name,
      version: '0.0.0',
      ...MANIFESTS[folder],
      // `npm pack` on a fresh clone builds what it packs.
      scripts: { prepack: 'cd .. && projen bundle' },
      engines: { node: `>= ${MIN_NODE}` },
      repository: { type: 'git', url: publisher.repository, directory: folder },
      author: { name: publisher.name, url: publisher.url },
      license: 'Apache-2.0',
      publishConfig: { access: 'public' },
    },
  });
  new TextFile(project, `${folder}/LICENSE`, { lines: readFileSync('LICENSE', 'utf8').trimEnd().split('\n').concat(''), marker: false });
}
