import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { transpileModule } from 'typescript';

const run = promisify(execFile);

export const ROOT = resolve(__dirname, '../../..');
export const DIST = join(ROOT, 'dist');
/** Emptied by `npm ci`. Maven's part of it is shared with packaging. */
export const CACHE = join(ROOT, 'node_modules', '.cache');
export const PACKAGE = 'cdk-broadcast-websocket-api';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** A copy of a language's example with the package from dist/ installed. */
export interface App {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

type Install = (folder: string) => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>;

/** Installation commands for users of each language, without a trace outside the folder and the cache. */
const INSTALL: Record<string, Install> = {
  async python(folder) {
    const venv = join(CACHE, 'python');
    const wheel = distFile('python', /\.whl$/);
    const pip = join(venv, 'bin', 'pip');
    if (!existsSync(pip)) await run('python3', ['-m', 'venv', venv]);
    await run(pip, ['install', '--quiet', '-r', join(folder, 'requirements.txt'), wheel]);
    // pip keeps an installed package of the same version.
    await run(pip, ['install', '--quiet', '--force-reinstall', '--no-deps', wheel]);
    return { PATH: `${join(venv, 'bin')}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' };
  },
  java(folder) {
    useVersion(join(folder, 'pom.xml'));
    const repository = join(CACHE, 'maven');
    const jar = distFile('java', new RegExp(`${PACKAGE}-${version}\\.jar$`));
    const installed = join(repository, jar.slice(join(DIST, 'java').length));
    mkdirSync(dirname(installed), { recursive: true });
    for (const suffix of ['.jar', '.pom']) cpSync(jar.replace(/\.jar$/, suffix), installed.replace(/\.jar$/, suffix));
    return { MAVEN_OPTS: `-Dmaven.repo.local=${repository}` };
  },
  async go(folder) {
    useVersion(join(folder, 'go.mod'));
    const source = dirname(distFile('go', /go\.mod$/));
    const [, module] = /^module (\S+)/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'))!;
    await run('go', ['mod', 'edit', '-replace', `${module}=${source}`], { cwd: folder });
    return {};
  },
  dotnet(folder) {
    for (const project of ['Broadcast.csproj', 'start/Start.csproj']) useVersion(join(folder, project));
    // The user's own package folder might have an older build of the same version.
    return { RestoreAdditionalProjectSources: join(DIST, 'dotnet'), NUGET_PACKAGES: join(folder, 'packages') };
  },
};

export async function installApp(language: string, example: string, folder: string): Promise<App> {
  cpSync(join(ROOT, 'examples', example), folder, { recursive: true });
  return { folder, env: { ...process.env, ...await INSTALL[language](folder) } };
}

/** Installs a TypeScript example, with the package from dist/js beside a given aws-cdk-lib of this checkout. */
export function installTypeScriptApp(folder: string, awsCdkLib: string, source = 'app.ts'): App {
  const modules = join(folder, 'node_modules');
  const target = join(modules, PACKAGE);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', distFile('js', /\.tgz$/), '--strip-components=1', '-C', target]);
  symlinkSync(join(ROOT, 'node_modules', awsCdkLib), join(modules, 'aws-cdk-lib'));
  symlinkSync(join(ROOT, 'node_modules', 'constructs'), join(modules, 'constructs'));
  const { outputText } = transpileModule(readFileSync(join(ROOT, 'examples', 'typescript', source), 'utf8'), {});
  writeFileSync(join(folder, 'app.js'), outputText);
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'node app.js' }));
  return { folder, env: process.env };
}

/** Runs the app with the command of its cdk.json, like the CDK CLI, or with another one; returns the cloud assembly. */
export async function synthesize({ folder, env }: App, outdir = join(folder, 'cdk.out'), command?: string): Promise<string> {
  const { app } = JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8')) as { app: string };
  await run('sh', ['-c', command ?? app], { cwd: folder, env: { ...env, CDK_OUTDIR: outdir }, maxBuffer: 1 << 26 });
  return outdir;
}

/** Returns the only file of a language in dist/ whose path matches. */
export function distFile(language: string, pattern: RegExp): string {
  const folder = join(DIST, language);
  const found = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => pattern.test(path)) : [];
  if (found.length !== 1) {
    throw new Error(`dist/${language} must have one file like ${pattern.source}, has ${found.length}; run \`npm run package\`${found.length > 1 ? ' after removing dist' : ''}`);
  }
  return join(folder, found[0]);
}

/** Sets the version of the package: the examples name 0.0.0, a release has another. */
function useVersion(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\b0\.0\.0\b/, version));
}
