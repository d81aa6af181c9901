import { type awscdk, type Task } from 'projen';
import { TS_NODE } from './commands';
import { packWorkspaces } from './release';
import { WORKSPACES } from './workspaces';

/* Compilation, and the packages of each language. */

const LANGUAGES = ['js', 'java', 'python', 'dotnet', 'go'];

/** All that the npm package holds, beside package.json: a list of what stays out would miss whatever is new, an earlier tarball first of all. */
const PACKED = ['/lib/**/*.js', '/lib/**/*.d.ts', '/assets/lambda-src/', '/assets/THIRD-PARTY-NOTICES.txt', '/API.md', '/.jsii', '/.jsii.tabl.json.gz', '/.warnings.jsii.js'];

/** Go packages are sources. A trial build would need the lowest awscdk itself from the module proxy. */
const SOURCES_ONLY = '--code-only';

/** jsii-pacmak runs `npm pack`: of what has been compiled and tested, not of yet another compilation. */
const OF_WHAT_IS_COMPILED = ['npm_config_ignore_scripts', 'true'] as const;

export function compileAndPackage(project: awscdk.AwsCdkConstructLibrary): void {
  // `npm pack` on a fresh clone builds what it packs.
  project.setScript('prepack', 'projen bundle && projen compile && projen compile:examples');
  const compileExamples = addCompilation(project);
  setUpPackaging(project);
  packWorkspaces(project);
  packageWhatTheMachineCan(project, compileExamples);
  project.package.addField('files', PACKED);
  // Files that are not listed are private, so that those of lib/private may move in a patch release. The two dot files are for jsii's tools.
  project.package.addField('exports', {
    '.': { types: './lib/index.d.ts', default: './lib/index.js' },
    ...Object.fromEntries(['./package.json', './.jsii', './.warnings.jsii.js'].map((file) => [file, file])),
  });
}

function addCompilation(project: awscdk.AwsCdkConstructLibrary): Task {
  // jsii warns of names that are reserved in one of the languages: the build fails on each warning.
  project.compileTask.reset('rm -rf lib'); // a file whose source is gone would be packed
  project.compileTask.exec('jsii --fail-on-warnings');
  project.compileTask.exec(`${TS_NODE} packaging/absolute-links.ts`);

  // The README's and the docstrings' examples compile; the tablet ships, so that each language's reference has them in it.
  const compileExamples = project.addTask('compile:examples', {
    description: 'Compile the examples of the README and the docstrings, and translate them into every language',
    // Rosetta would reuse an earlier tablet, with its old line numbers.
    steps: [{ exec: 'rm -f .jsii.tabl.json.gz' }, { exec: 'jsii-rosetta extract --strict --compress-tablet' }],
  });
  project.postCompileTask.spawn(compileExamples);
  project.tasks.tryFind('docgen')!.exec(`${TS_NODE} packaging/order-api.ts`);
  return compileExamples;
}

function packageTask(project: awscdk.AwsCdkConstructLibrary, language: string): Task {
  return project.tasks.tryFind(`package:${language}`)!;
}

function setUpPackaging(project: awscdk.AwsCdkConstructLibrary): void {
  // Otherwise a temporary one, with the same downloads each time.
  const maven = '--maven-local-repository node_modules/.cache/maven';
  const options: Record<string, string> = { java: ` ${maven}`, go: ` ${SOURCES_ONLY}` };
  for (const language of LANGUAGES) {
    packageTask(project, language).reset(pacmak(language) + (options[language] ?? ''));
    packageTask(project, language).env(...OF_WHAT_IS_COMPILED);
  }
  // For machines without .NET: the sources alone.
  project.addTask('package:dotnet-sources', {
    description: 'Create the sources of the dotnet language bindings',
    exec: `${pacmak('dotnet')} ${SOURCES_ONLY}`,
  }).env(...OF_WHAT_IS_COMPILED);
}

/** Without an .npmignore, which jsii-pacmak would write: package.json lists what is packed. */
function pacmak(language: string): string {
  return `jsii-pacmak -v --no-npmignore --target ${language}`;
}

function packageWhatTheMachineCan(project: awscdk.AwsCdkConstructLibrary, compileExamples: Task): void {
  const packageAvailable = project.addTask('package:available', {
    description: 'Package what has been compiled for each language that this machine has the tools for',
    exec: `${TS_NODE} packaging/package.ts`,
  });
  project.packageTask.reset();
  project.packageTask.description = 'Compile, and package for each language that this machine has the tools for';
  // A GitHub build has compiled before, and packages each language but npm's in a job of its own.
  const inGitHub = { condition: 'node -e "process.exit(process.env.GITHUB_ACTIONS ? 0 : 1)"' };
  const elsewhere = { condition: 'node -e "process.exit(process.env.GITHUB_ACTIONS ? 1 : 0)"' };
  project.packageTask.spawn(packageTask(project, 'js'), inGitHub);
  for (const { name } of WORKSPACES) project.packageTask.spawn(packageTask(project, name), inGitHub);
  project.packageTask.spawn(project.preCompileTask, elsewhere);
  project.packageTask.spawn(project.compileTask, elsewhere);
  project.packageTask.spawn(compileExamples, elsewhere);
  project.packageTask.spawn(packageAvailable, elsewhere);
}
