import { readFileSync } from 'node:fs';
import { type Advisory, installedPackages, npmAudit, osv, type Source } from './advisories';
import { bundledFolders, NOTICES, readMetafiles } from './notices';

/*
 * Compares what is installed with public advisories: `npx projen audit`, after `npx projen bundle`. A bundled package ships, so any advisory
 * on it is a failure. Another one runs on the machines of developers only: there, a critical advisory is.
 */

const SKIPPED = 'advisories on packages: this registry answers no `npm audit`, and osv.dev cannot be reached';

/** Lines that tell the result. The last one counts, as that of all tests does. */
export async function audit(lock: string, bundled: readonly string[], sources: readonly Source[]): Promise<string[]> {
  const packages = installedPackages(lock);
  const advisories = await firstAnswer(sources, packages);
  if (!advisories) return [`skipped: ${SKIPPED}`, '0 passed, 0 failed, 2 skipped'];
  const isBundled = ({ folder }: Advisory) => bundled.includes(folder);
  const describe = (advisory: Advisory) => {
    const version = packages.find(({ folder }) => folder === advisory.folder)?.version ?? '';
    return `${isBundled(advisory) ? 'bundled' : 'installed'}: ${advisory.folder} ${version}: ${advisory.severity}: ${advisory.title} (${advisory.url})`;
  };
  const failures = [advisories.some(isBundled), advisories.some((advisory) => !isBundled(advisory) && advisory.severity === 'critical')].filter(Boolean).length;
  return [...advisories.map(describe).sort(), `${2 - failures} passed, ${failures} failed, 0 skipped`];
}

async function firstAnswer(sources: readonly Source[], packages: Parameters<Source>[0]): Promise<readonly Advisory[] | undefined> {
  for (const source of sources) {
    const advisories = await source(packages);
    if (advisories) return advisories;
  }
  return undefined;
}

async function main(): Promise<void> {
  const bundled = Object.keys(NOTICES).flatMap((npmPackage) => bundledFolders(readMetafiles(npmPackage)));
  const lines = await audit(readFileSync('package-lock.json', 'utf8'), bundled, [npmAudit, osv()]);
  for (const line of lines) console.log(line);
  if (!lines.at(-1)!.includes(' 0 failed')) process.exitCode = 1;
}

if (require.main === module) void main();
