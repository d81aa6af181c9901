import { LANGUAGES, missing } from '../../../packaging/languages';

type Need = 'to package' | 'to run an app';

/**
 * `test` where this machine has the tools of a language; elsewhere tests are skipped, with what is missing in their names.
 * In CI, only .NET may be missing: there, a tool that is not found makes tests fail.
 */
export function testWith(language: string, need: Need = 'to package'): (name: string, run: () => unknown) => void {
  const { tools, appTools = [] } = LANGUAGES.find(({ name }) => name === language)!;
  const lacking = missing(need === 'to package' ? tools : [...tools, ...appTools]);
  if (lacking.length === 0 || (process.env.CI && language !== 'dotnet')) return (name, run) => test(name, async () => { await run(); });
  return (name, run) => test.skip(`${name} (no ${lacking.join(', no ')} that works)`, async () => { await run(); });
}
