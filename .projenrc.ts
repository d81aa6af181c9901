import { awscdk, javascript, release } from 'projen';
import { bundleExamples, bundleHandlers, bundleWorkspaces, writeNotices } from './projenrc/bundles';
import { addChecks, addLintRules, checkOptions } from './projenrc/checks';
import { devDependencies, mendDependencies, MIN_NODE } from './projenrc/dependencies';
import { addDialectRules } from './projenrc/dialect';
import { compileAndPackage } from './projenrc/packages';
import { publisher } from './projenrc/publisher';
import { releaseWorkspaces } from './projenrc/release';
import { addRingRules } from './projenrc/rings';
import { addDeveloperTasks } from './projenrc/tasks';
import { addWorkspaces } from './projenrc/workspaces';

// It holds the registries' trust while it publishes: this version was reviewed, the latest was not.
const PUBLIB = '0.2.1061';

const project = new awscdk.AwsCdkConstructLibrary({
  name: publisher.npmPackage,
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
  // jsii 6.0 compiles with TypeScript 6.0; typescript-eslint cannot read TypeScript 7.
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  minNodeVersion: MIN_NODE,
  workflowNodeVersion: '24',
  devDeps: devDependencies,

  // --- releases -----------------------------------------------------------------------------------------------
  // A published version cannot be taken back: a person starts each release, and the environment can ask for a second person.
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(),
  releaseEnvironment: 'release',
  // Registries that know this repository's workflow need no token that could leak. Maven Central and Go have no such thing.
  npmTrustedPublishing: true,
  jsiiReleaseVersion: PUBLIB,
  depsUpgradeOptions: {
    // Long enough for others to find what is malicious in a release.
    cooldown: 7,
    workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY },
  },

  // --- languages ----------------------------------------------------------------------------------------------
  publishToPypi: { distName: publisher.pypiPackage, module: publisher.pythonModule, trustedPublishing: true },
  publishToMaven: {
    javaPackage: publisher.mavenGroupId,
    mavenGroupId: publisher.mavenGroupId,
    mavenArtifactId: publisher.mavenArtifactId,
  },
  publishToNuget: { dotNetNamespace: publisher.nuGetNamespace, packageId: publisher.nuGetNamespace, trustedPublishing: true },
  publishToGo: { moduleName: publisher.goModule },

  // --- checks -------------------------------------------------------------------------------------------------
  ...checkOptions,
  integrationTestAutoDiscover: false,
  lambdaAutoDiscover: false,

  npmignoreEnabled: false, // package.json lists what is packed
  gitignore: ['cdk.out/', '*.log', '/.jsii.tabl.json.gz', '/.metafiles/', 'test/integ.*.snapshot/asset.*', '/examples/*/web/vendor/', '/client/dist/', '/local/dist/'],
});

// It opens pull requests with a token of ours: a tag could be moved, so this is the commit of its v8.1.1. GitHub's own go by their release.
project.github?.actions.set('peter-evans/create-pull-request', 'peter-evans/create-pull-request@5f6978faf089d4d20b00c7766989d076bb2fc7f1');

addLintRules(project);
addRingRules(project);
addDialectRules(project);
mendDependencies(project);

addWorkspaces(project);

bundleHandlers(project);
bundleWorkspaces(project);
bundleExamples(project);
writeNotices(project);

addChecks(project);
addDeveloperTasks(project);
compileAndPackage(project);
releaseWorkspaces(project, PUBLIB);

project.synth();
