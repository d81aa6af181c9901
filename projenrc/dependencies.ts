import { type awscdk } from 'projen';

/* Node.js of the handlers, on AWS and in the tests. */
const LAMBDA_NODE = '24.21.0';

/** The lowest version that works, of each of the three packages. */
export const MIN_NODE = '20.16.0';

export const devDependencies = [
  // bundled into the handlers
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/client-apigatewaymanagementapi',
  '@aws-sdk/client-sqs',
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  'aws-jwt-verify',
  // bundled into the local runner
  '@smithy/core',
  '@smithy/signature-v4',
  'chokidar@^4', // 5 and later need a newer Node.js than users may have
  'dynalite',
  'picomatch',
  'sirv',
  'ws',
  'yauzl',
  // patches dynalite
  'patch-package',
  // tests
  'aws-cdk-lib-newest@npm:aws-cdk-lib@^2.276.0', // the newest end of the peer range
  'constructs-newest@npm:constructs@^10.8.1',
  '@aws-cdk/integ-runner@2.197.10',
  '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
  '@types/aws-lambda',
  '@types/picomatch',
  '@types/ws',
  '@types/yauzl',
  'aws-sdk-client-mock',
  'awslint@2.72.1',
  'cdk-nag@2.37.55',
  'fast-check',
  `node@${LAMBDA_NODE}`,
  'axe-core',
  'playwright-core',
  // the client's hooks, in a page
  ...['react', 'react-dom'].map((name) => `${name}@19.3.1`),
  '@types/react@19.3.3',
  '@types/react-dom@19.3.0',
  // the client in the engine of React Native
  '@react-native/babel-preset@0.87.1',
  '@babel/core',
  'selfsigned',
  'yaml',
  'esbuild',
  // documentation
  '@mermaid-js/tiny', // mermaid for the diagrams that we have: one package instead of 116
];

export function mendDependencies(project: awscdk.AwsCdkConstructLibrary): void {
  // Tests are transformed by esbuild (harness/jest-transform.js).
  project.deps.removeDependency('ts-jest');
  // unrs-resolver 1.13.0 (under jest) cannot be installed: its bindings are missing from the registry.
  project.package.addPackageResolutions('unrs-resolver@1.12.2');
  // classic-level (under dynalite) is a native module for tables on disk, which nothing here uses.
  project.package.addPackageResolutions('classic-level@npm:memory-level@^3.1.0');
  // The only install script that has to run downloads the Node.js that Lambda runs.
  project.package.addField('allowScripts', { 'node': true, 'esbuild': false, 'unrs-resolver': false, '@parcel/watcher': false });
}
