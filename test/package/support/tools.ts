import { spawnSync } from 'node:child_process';
import { LANGUAGES, missing } from '../../../packaging/languages';

type Need = 'to package' | 'to run an app';

/**
 * Returns `test` where this machine has the tools of a language; otherwise tests are skipped, with the missing tool in their names.
 * In CI, only .NET may be missing: any other missing tool makes tests fail.
 */
export function testWith(language: string, need: Need = 'to package'): (name: string, run: () => unknown) => void {
  const { tools, appTools = [] } = LANGUAGES.find(({ name }) => name === language)!;
  const lacking = missing(need === 'to package' ? tools : [...tools, ...appTools]);
  if (lacking.length === 0 || (process.env.CI && language !== 'dotnet')) return (name, run) => test(name, async () => { await run(); });
  return (name, run) => test.skip(`${name} (no ${lacking.join(', no ')} that works)`, async () => { await run(); });
}

/**
 * Returns `test` where the registry serves these npm packages, each `name@version`; otherwise tests are skipped, with the missing package
 * in their names.
 */
export function testWithPackages(...packages: string[]): typeof test {
  const lacking = packages.filter((each) => !isServed(each));
  if (lacking.length === 0) return test;
  return ((name, run, timeout) => test.skip(`${name} (the registry does not serve ${lacking.join(', ')})`, run, timeout)) as typeof test;
}

function isServed(packageWithVersion: string): boolean {
  const { status, stdout } = spawnSync('npm', ['view', packageWithVersion, 'version'], { encoding: 'utf8', timeout: 60_000 });
  return status === 0 && stdout.trim() !== '';
}
