import { awscdk, javascript, JsonFile, release, type Task } from 'projen';

/*
 * Who publishes: these names belong to the publisher, not to the code. Set them here, and nowhere else,
 * before the first release: each is permanent once something has been published under it.
 */
const publisher = {
  name: 'cdk-broadcast-websocket-api authors',
  url: 'https://github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api',
  repository: 'https://github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api.git',
  mavenGroupId: 'io.github.cdkbroadcastwebsocketapi',
  nuGetNamespace: 'CdkBroadcastWebsocketApi',
  goModule: 'github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api-go',
};

/* What runs the synthesized handlers, on AWS and in the tests. */
const lambdaNode = '24.21.0';

/* Runs TypeScript without checking its types; the `typecheck` task does that. */
const tsNode = 'ts-node -T -P tsconfig.dev.json';

const checkedSources = [
  'src', 'lambda-src', 'local', 'test', 'examples/chat', 'examples/client', 'examples/dashboard', 'examples/typescript', 'bench', 'docs', 'packaging',
];

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-broadcast-websocket-api',
  description: 'AWS CDK construct for a serverless WebSocket endpoint on which every message is broadcast to every connected client',
  keywords: ['aws', 'cdk', 'websocket', 'broadcast', 'apigatewayv2', 'chat', 'realtime', 'serverless'],
  author: publisher.name,
  authorAddress: publisher.url,
  authorOrganization: true,
  repositoryUrl: publisher.repository,
  license: 'Apache-2.0',
  defaultReleaseBranch: 'main',
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  githubOptions: {
    mergify: false,
    pullRequestLintOptions: {
      semanticTitleOptions: { types: ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'style', 'build', 'ci', 'chore', 'revert'] },
    },
  },

  // --- versions -----------------------------------------------------------------------------------------------
  // 2.245.0: integ-tests-alpha ended there, and it is the newest floor that integ-runner can still read.
  cdkVersion: '2.245.0',
  constructsVersion: '10.5.0',
  // jsii 6.0 compiles with TypeScript 6.0; ts-jest and eslint cannot read TypeScript 7.
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  minNodeVersion: '20.16.0',
  workflowNodeVersion: '24',

  // --- releases -----------------------------------------------------------------------------------------------
  // What is published in five registries stays there: a person starts a release, and the environment can ask for a second.
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(),
  releaseEnvironment: 'release',
  // Registries that know this repository's workflow need no token that could leak. Maven Central and Go have no such thing.
  npmTrustedPublishing: true,
  // publib, which holds the registries' trust while it publishes: a version that has been looked at, not whichever is the latest.
  jsiiReleaseVersion: '0.2.1061',
  depsUpgradeOptions: {
    // Long enough for others to find what is malicious in a release.
    cooldown: 7,
    workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY },
  },

  // --- languages ----------------------------------------------------------------------------------------------
  publishToPypi: { distName: 'cdk-broadcast-websocket-api', module: 'cdk_broadcast_websocket_api', trustedPublishing: true },
  publishToMaven: {
    javaPackage: publisher.mavenGroupId,
    mavenGroupId: publisher.mavenGroupId,
    mavenArtifactId: 'cdk-broadcast-websocket-api',
  },
  publishToNuget: { dotNetNamespace: publisher.nuGetNamespace, packageId: publisher.nuGetNamespace, trustedPublishing: true },
  publishToGo: { moduleName: publisher.goModule },

  // --- dependencies -------------------------------------------------------------------------------------------
  devDeps: [
    // bundled into the handlers
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
    '@aws-sdk/client-apigatewaymanagementapi',
    '@aws-sdk/client-sqs',
    '@aws-lambda-powertools/logger',
    '@aws-lambda-powertools/metrics',
    'aws-jwt-verify',
    // bundled into the local runner
    'dynalite',
    'sirv',
    'ws',
    // tests
    'aws-cdk-lib-newest@npm:aws-cdk-lib@^2.276.0', // the other end of what users may have
    'constructs-newest@npm:constructs@^10.8.1',
    '@aws-cdk/integ-runner@2.197.10',
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
    '@smithy/signature-v4',
    '@types/aws-lambda',
    '@types/ws',
    'aws-sdk-client-mock',
    'cdk-nag@2.37.55',
    'fast-check',
    `node@${lambdaNode}`,
    'axe-core',
    'playwright-core',
    'yaml',
    // the examples' pages
    'partysocket',
    'esbuild',
  ],

  // --- checks -------------------------------------------------------------------------------------------------
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    // jest and ts-node only strip the types: the `typecheck` task is what checks them.
    compilerOptions: {
      isolatedModules: true,
      lib: ['es2023', 'dom', 'dom.iterable'], // dom: the tests' code that runs in a browser
      target: 'ES2022',
      skipLibCheck: true,
      types: ['node', 'jest'],
      // The examples import what users do.
      paths: { 'cdk-broadcast-websocket-api': ['./src'] },
    },
    include: ['.projenrc.ts', ...checkedSources.map((dir) => `${dir}/**/*.ts`)],
  },
  eslintOptions: {
    dirs: checkedSources,
    // The tests look, they do not mend: `npx projen eslint --fix` does.
    commandOptions: { fix: false },
    projectService: false,
    tsconfigPath: './tsconfig.dev.json',
  },
  jestOptions: {
    // A test run never rewrites a snapshot.
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    junitReporting: false,
    jestConfig: {
      collectCoverage: false,
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.+\\.snapshot/', '<rootDir>/.*cdk.out/'],
      testTimeout: 30_000,
      maxWorkers: 2,
    },
  },
  integrationTestAutoDiscover: false,
  lambdaAutoDiscover: false,

  gitignore: ['cdk.out/', '*.log', '/.jsii.tabl.json.gz', '/.metafiles/', 'test/integ.*.snapshot/asset.*', '/examples/*/web/vendor/'],
});

// It opens pull requests with a token of ours: a tag could be moved, so this is the commit of its v8.1.1. GitHub's own go by their release.
project.github?.actions.set('peter-evans/create-pull-request', 'peter-evans/create-pull-request@5f6978faf089d4d20b00c7766989d076bb2fc7f1');

// Bit arithmetic is the plain way to write a heap or a parser; `void` marks a promise that nobody has to wait for.
project.eslint?.addRules({ 'no-bitwise': 'off' });
// Everything but src/ is bundled or never shipped, so what it imports is a dependency of the build only.
for (const pattern of ['lambda-src/**', 'local/**', 'examples/**', 'bench/**', 'docs/**', 'packaging/**', 'test/**']) project.eslint?.allowDevDeps(pattern);

// unrs-resolver 1.13.0 (under jest) cannot be installed: its bindings are missing from the registry.
project.package.addPackageResolutions('unrs-resolver@1.12.2');
// classic-level (under dynalite) is a native module for tables on disk, which nothing here uses.
project.package.addPackageResolutions('classic-level@npm:memory-level@^3.1.0');
// The only install script that has to run fetches the Node.js that Lambda runs.
project.package.addField('allowScripts', { 'node': true, 'esbuild': false, 'unrs-resolver': false, '@parcel/watcher': false });

// --- handlers: bundled when this package is built, so that a user's synth needs neither esbuild nor Docker --------
for (const handler of ['connection-handler', 'message-handler', 'queued-message-handler', 'delivery-handler', 'jwt-authorizer']) {
  const bundlingOptions = {
    externals: [], // the SDK that was tested is the SDK that runs
    minify: true,
    esbuildArgs: {
      // Half the size and half the cold start, each again by a good part.
      '--main-fields': 'module,main',
      '--alias:@aws-sdk/credential-provider-node': './lambda-src/aws/sdk-credentials.ts',
      '--metafile': `.metafiles/${handler}.json`, // whose notices have to be shipped
    },
  };
  new awscdk.LambdaFunction(project, {
    entrypoint: `lambda-src/${handler}.lambda.ts`,
    constructFile: `src/private/${handler}-function.ts`,
    runtime: new awscdk.LambdaRuntime('nodejs24.x', 'node24', { defaultExternals: [] }),
    awsSdkConnectionReuse: false,
    cdkDeps: project.cdkDeps,
    bundlingOptions,
  });
}

// --- the local runner: one file, the package's only bin, and the test library -----------------------------------------------------------
const bundleRunner = project.addTask('bundle:local', {
  description: 'Bundle the local runner into one file',
  exec: `${tsNode} local/bundle.ts`,
});
project.tasks.tryFind('bundle')!.spawn(bundleRunner);
project.addBins({ 'broadcast-local': 'assets/local/broadcast-local.js' });
project.package.addField('exports', {
  '.': { types: './lib/index.d.ts', default: './lib/index.js' },
  './local': { types: './assets/local/index.d.ts', default: './assets/local/index.js' },
  './package.json': './package.json',
  // What jsii's tools read.
  './.jsii': './.jsii',
  './.warnings.jsii.js': './.warnings.jsii.js',
});
// For TypeScript with `moduleResolution: node10`, which knows nothing of `exports`.
project.package.addField('typesVersions', { '*': { local: ['assets/local/index.d.ts'] } });

// --- the examples' pages: their one dependency as a file that browsers load -----------------------------------------
/* Names of the examples, and how they are served: the dashboard's minute takes five seconds. */
const examples = { chat: '', dashboard: ' --time-scale 12' };
const bundlePages = project.addTask('bundle:pages', {
  description: 'Bundle the WebSocket client of the examples\' pages',
  exec: `${tsNode} examples/client/vendor.ts ${Object.keys(examples).map((example) => `examples/${example}/web`).join(' ')}`,
});

// The chat's page is in the package as well: who has installed it can talk at once.
project.tasks.tryFind('bundle')!.exec(`${tsNode} examples/chat/ship.ts`);

// Last: it reads what all bundles are made of.
project.tasks.tryFind('bundle')!.spawn(project.addTask('bundle:notices', {
  description: 'Write the licence notices of what is bundled',
  exec: `${tsNode} packaging/notices.ts`,
}));

// --- tasks --------------------------------------------------------------------------------------------------------
project.addTask('typecheck', {
  description: 'Type-check everything that runs, shipped or not',
  exec: 'tsc --noEmit -p tsconfig.dev.json',
});
project.testTask.reset();
project.testTask.description = 'Run every test';
project.testTask.exec(`${tsNode} test/run-all.ts`);

// The tests of the construct, again: what users may have is more than what is installed here, which is the lowest of it.
const jestConfig = project.jest!.config;
const constructTests = (displayName: string, peers: 'lowest' | 'newest', setupFiles: string[] = []): object => ({
  displayName,
  transform: jestConfig.transform,
  clearMocks: jestConfig.clearMocks,
  modulePathIgnorePatterns: jestConfig.modulePathIgnorePatterns,
  testMatch: ['<rootDir>/test/*.test.ts', '<rootDir>/test/private/**/*.test.ts'],
  // Bundles know no peers, and this cdk-nag fits the lowest without flags only.
  testPathIgnorePatterns: ['bundle-size', 'private/nag'],
  setupFiles,
  moduleNameMapper: peers === 'newest' ? { '^(aws-cdk-lib|constructs)($|/.*)': '$1-newest$2' } : {},
});
const recommendedFlags = ['<rootDir>/test/peers/recommended-flags.ts'];
new JsonFile(project, 'jest.peers.config.json', {
  obj: {
    maxWorkers: jestConfig.maxWorkers,
    testTimeout: jestConfig.testTimeout,
    projects: [
      constructTests('lowest aws-cdk-lib and constructs, recommended flags', 'lowest', recommendedFlags),
      constructTests('newest aws-cdk-lib and constructs', 'newest', ['<rootDir>/test/peers/without-validation.ts']),
      constructTests('newest aws-cdk-lib and constructs, recommended flags', 'newest', recommendedFlags),
    ],
  },
});
project.addTask('test:peers', {
  description: 'Test the construct with the ends of its peer range and with the recommended feature flags',
  exec: 'jest --ci --silent --config jest.peers.config.json',
  receiveArgs: true,
});

const integ = `integ-runner --directory test --language typescript --app "npx ${tsNode} {filePath}"`;
project.addTask('bench', {
  description: 'Measure delivery against a naive broadcaster and a floor',
  exec: `${tsNode} bench/run.ts`,
  receiveArgs: true,
});
project.addTask('simulate', {
  description: 'Run the simulation of the delivery engine at length (--runs N)',
  exec: `${tsNode} test/lambda-src/core/simulation/run.ts`,
  receiveArgs: true,
});
project.addTask('integ:verify', { description: 'Compare the integ apps with their snapshots', exec: integ });
project.addTask('integ:update', {
  description: 'Rewrite the snapshots of the integ apps without deploying',
  exec: `${integ} --dry-run --update-on-failed`,
});
project.addTask('integ:deploy', {
  description: 'Deploy the integ apps into your account, run their assertions, rewrite their snapshots',
  exec: `${integ} --update-on-failed --force`,
});

for (const [example, options] of Object.entries(examples)) {
  const run = project.addTask(example, { description: `Run the example ${example} on this machine` });
  run.spawn(project.tasks.tryFind('bundle')!);
  run.spawn(bundlePages);
  run.exec(
    `node assets/local/broadcast-local.js --app "${tsNode} examples/${example}/app.ts" --serve examples/${example}/web --port 8787${options}`,
    { receiveArgs: true }, // the runner's: of an option that stands twice, the last counts
  );
}
project.addTask('readme', { description: 'Write the parts of the README that are made from something else', exec: `${tsNode} docs/parts.ts` });
project.addTask('pictures', {
  description: 'Draw the pictures of the documentation: diagrams from their text, screenshots of the running examples (after compile and bundle)',
  exec: `${tsNode} docs/pictures/draw.ts`,
  receiveArgs: true,
});

// `npm pack` on a fresh clone packs what it should, not what happens to be there.
project.setScript('prepack', 'projen bundle && projen compile && projen compile:examples');

// --- compilation --------------------------------------------------------------------------------------------------
// jsii warns of names that are reserved in one of the languages: nothing of that is let through.
project.compileTask.reset('jsii --fail-on-warnings');
project.compileTask.exec(`${tsNode} packaging/hide-bin.ts`);
project.compileTask.exec(`${tsNode} packaging/absolute-links.ts`);

// The README's and the docstrings' examples compile; the tablet ships, so that each language's reference has them in it.
const compileExamples = project.addTask('compile:examples', {
  description: 'Compile the examples of the README and the docstrings, and translate them into every language',
  // What an earlier tablet has is taken from there, with the lines where it stood then.
  steps: [{ exec: 'rm -f .jsii.tabl.json.gz' }, { exec: 'jsii-rosetta extract --strict --compress-tablet' }],
});
project.postCompileTask.spawn(compileExamples);

// --- packages -----------------------------------------------------------------------------------------------------
const packageTask = (language: string): Task => project.tasks.tryFind(`package:${language}`)!;
for (const language of ['js', 'java', 'python', 'dotnet', 'go']) {
  // jsii-pacmak runs `npm pack`: of what has been compiled and tested, not of yet another compilation.
  packageTask(language).env('npm_config_ignore_scripts', 'true');
}
// Otherwise a temporary one, with the same downloads each time.
packageTask('java').reset('jsii-pacmak -v --target java --maven-local-repository node_modules/.cache/maven');
// Go packages are sources. What is left out is a trial build, for which the module proxy must have the very floor of awscdk.
packageTask('go').reset('jsii-pacmak -v --target go --code-only');
// Where the tools of a language are missing: what can be had without them.
project.addTask('package:dotnet-sources', {
  description: 'Create the sources of the dotnet language bindings',
  env: { npm_config_ignore_scripts: 'true' },
  exec: 'jsii-pacmak -v --target dotnet --code-only',
});
const packageAvailable = project.addTask('package:available', {
  description: 'Package what has been compiled for each language that this machine has the tools for',
  exec: `${tsNode} packaging/package.ts`,
});
project.packageTask.reset();
project.packageTask.description = 'Compile, and package for each language that this machine has the tools for';
// A GitHub build has compiled before, and packages each language but npm's in a job of its own.
const inGitHub = { condition: 'node -e "process.exit(process.env.GITHUB_ACTIONS ? 0 : 1)"' };
const elsewhere = { condition: 'node -e "process.exit(process.env.GITHUB_ACTIONS ? 1 : 0)"' };
project.packageTask.spawn(packageTask('js'), inGitHub);
project.packageTask.spawn(project.preCompileTask, elsewhere);
project.packageTask.spawn(project.compileTask, elsewhere);
project.packageTask.spawn(compileExamples, elsewhere);
project.packageTask.spawn(packageAvailable, elsewhere);

// --- what the npm package leaves out ------------------------------------------------------------------------------
for (const path of [
  '/.ci/', '/.jsii.tabl.json', '/.metafiles/', '/bench/', '/cdk.out/', '/docs/', '/examples/', '/jest.config.json', '/jest.peers.config.json', '/lambda-src/', '/local/', '/packaging/', '/test/',
  '/tsconfig.dev.json', '/.eslintrc.json', '/.projenrc.ts', '/CONTRIBUTING.md',
]) {
  project.addPackageIgnore(path);
}

project.synth();
