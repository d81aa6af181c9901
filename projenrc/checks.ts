import { type awscdk, javascript, JsonFile } from 'projen';
import { TS_NODE } from './commands';
import { publisher } from './publisher';
import { checkScripts } from './scripts';

/* Types, lint and tests. */

const CHECKED_SOURCES = [
  'src', 'lambda-src', 'local', 'client/src', 'harness', 'test', 'examples/chat', 'examples/dashboard', 'examples/typescript', 'bench', 'docs', 'packaging',
];

/** Paths of the tests that take a minute on two cores, and what of them takes too long for that. */
const UNIT_TESTS = '"test/[^/]+.test.ts" test/private test/lambda-src test/client test/examples "test/local/(assembly|events|faults|gateway|model|queues|tables|template)"';
const NOT_QUICK = 'simulation odd-templates interleavings at-scale failures lanes stalls log-processes nag-suppressions response-parser signed-sender bundle-size handler-environment';

export const checkOptions = {
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    // jest and ts-node only strip the types: the `typecheck` task is what checks them.
    compilerOptions: {
      isolatedModules: true,
      lib: ['es2023', 'dom', 'dom.iterable'], // dom: the tests' code that runs in a browser
      target: 'ES2022',
      skipLibCheck: true,
      types: ['node', 'jest'],
      // Examples and tests import what users do, here from its sources.
      paths: {
        [publisher.npmPackage]: ['./src'],
        [publisher.runnerPackage]: ['./local'],
        [publisher.clientPackage]: ['./client/src/broadcast-client.ts'],
        [`${publisher.clientPackage}/react`]: ['./client/src/react.ts'],
      },
    },
    include: ['.projenrc.ts', ...CHECKED_SOURCES.map((dir) => `${dir}/**/*.ts`)],
  },
  eslintOptions: {
    dirs: CHECKED_SOURCES,
    // The tests report faults and leave the files alone: `npx projen eslint --fix` changes them.
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
      // Imports of users lead to the source here.
      moduleNameMapper: { '^cdk-broadcast-websocket-api$': '<rootDir>/src' },
      modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.+\\.snapshot/', '<rootDir>/.*cdk.out/'],
      testTimeout: 30_000,
      maxWorkers: 2,
      globalSetup: '<rootDir>/harness/jest-setup.ts',
    },
  },
};

export function addLintRules(project: awscdk.AwsCdkConstructLibrary): void {
  // Bit arithmetic is the plain way to write a heap or a parser; `void` marks a promise that nobody has to wait for.
  project.eslint?.addRules({ 'no-bitwise': 'off' });
  // Everything but src/ is bundled or never shipped, so what it imports is a dependency of the build only: of the package at the top, in
  // the workspaces as well.
  const devDependencies = ['lambda-src/**', 'local/**', 'client/**', 'examples/**', 'bench/**', 'docs/**', 'packaging/**', 'harness/**', 'test/**', 'projenrc/**', '.projenrc.ts'];
  project.eslint?.addRules({
    'import/no-extraneous-dependencies': ['error', { devDependencies, optionalDependencies: false, peerDependencies: true, packageDir: '.' }],
  });
  // An app of its own, as a user's is.
  project.eslint?.addOverride({ files: ['examples/typescript/**'], rules: { 'import/no-extraneous-dependencies': ['error', { packageDir: 'examples/typescript' }] } });
}

export function addChecks(project: awscdk.AwsCdkConstructLibrary): void {
  project.jest!.config.transform = { '^.+\\.tsx?$': '<rootDir>/harness/jest-transform.js' };
  project.addTask('typecheck', {
    description: 'Type-check everything that runs, shipped or not',
    exec: 'tsc --noEmit -p tsconfig.dev.json',
  });
  checkScripts(project);
  project.testTask.reset();
  project.testTask.description = 'Run every test';
  project.testTask.exec(`${TS_NODE} test/run-all.ts`);
  project.addTask('test:unit', {
    description: 'Run the quick tests: the construct, the handlers without their simulation, and parts of the local runner',
    exec: `jest --ci ${UNIT_TESTS} --testPathIgnorePatterns ${NOT_QUICK}`,
    receiveArgs: true,
  });
  project.addTask('audit', {
    description: 'Compare the bundled and the other installed packages with public advisories (after bundle)',
    exec: `${TS_NODE} packaging/audit.ts`,
  });
  project.addTask('baseline', {
    description: 'Write what users get without the opt-in layers: two templates, and the sizes of the bundles (after bundle and compile)',
    exec: `${TS_NODE} test/baseline/write.ts`,
  });
  addPeerTests(project);
}

/** Runs the construct's tests with the other versions that users may have: the versions installed here are the lowest. */
function addPeerTests(project: awscdk.AwsCdkConstructLibrary): void {
  const jestConfig = project.jest!.config;
  const constructTests = (displayName: string, peers: 'lowest' | 'newest', setupFiles: string[] = []): object => ({
    displayName,
    transform: jestConfig.transform,
    clearMocks: jestConfig.clearMocks,
    modulePathIgnorePatterns: jestConfig.modulePathIgnorePatterns,
    testMatch: ['<rootDir>/test/*.test.ts', '<rootDir>/test/private/**/*.test.ts'],
    // Bundles know no peers, and this cdk-nag fits the lowest without flags only.
    testPathIgnorePatterns: ['bundle-size', 'handler-environment', 'nag-suppressions'],
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
  project.addTask('test:versions', {
    description: 'Synthesise with every version of aws-cdk-lib and constructs that users may have, or with some (--choice)',
    exec: `${TS_NODE} test/peers/all-versions.ts`,
    receiveArgs: true,
  });
  const refreshVersions = project.addTask('versions', {
    description: 'Write the list of the versions that test:versions takes, from the registry',
    exec: `${TS_NODE} test/peers/refresh-versions.ts`,
  });
  project.upgradeWorkflow?.postUpgradeTask.spawn(refreshVersions);
}
