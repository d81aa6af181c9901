import { execFile } from 'node:child_process';

/* Public sources of advisories on npm packages. */

/** A package as it is installed. */
export interface Installed {
  /** Its folder, such as `node_modules/ws`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

export interface Advisory {
  readonly folder: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
}

/** Resolves with undefined if the source cannot be reached. */
export type Source = (packages: readonly Installed[]) => Promise<readonly Advisory[] | undefined>;

/** The packages of a lock file, without those of this repository. */
export function installedPackages(lock: string): Installed[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, { name?: string; version?: string; link?: boolean }> };
  return Object.entries(packages).flatMap(([folder, { name = folder.replace(/^.*node_modules\//, ''), version, link }]) =>
    folder.includes('node_modules/') && version !== undefined && !link ? [{ folder, name, version }] : []);
}

interface NpmReport {
  readonly vulnerabilities?: Record<string, {
    /** Names stand for packages that are listed themselves. */
    readonly via: readonly (string | { readonly title: string; readonly url: string; readonly severity: string })[];
    readonly nodes: readonly string[];
  }>;
}

/** The advisories that the registry serves. Not every registry does. */
export const npmAudit: Source = async () => {
  const options = { env: process.env, maxBuffer: 1 << 26 };
  // It also fails if there is an advisory.
  const output = await new Promise<string>((resolve) => execFile('npm', ['audit', '--json'], options, (_error, stdout) => resolve(stdout)));
  const { vulnerabilities } = parse(output) as NpmReport;
  return vulnerabilities && Object.values(vulnerabilities).flatMap(({ via, nodes }) => via.flatMap((advisory) => (
    typeof advisory === 'string' ? [] : nodes.map((folder) => ({ folder, severity: advisory.severity, title: advisory.title, url: advisory.url })))));
};

const OSV = 'https://api.osv.dev/v1';
/** Packages that OSV takes in one request. */
const OSV_BATCH = 1000;
const PATIENCE_MILLIS = 20_000;

interface Vulnerability {
  readonly id: string;
  readonly summary?: string;
  readonly database_specific?: { readonly severity?: string };
}

/** The advisories of osv.dev, which needs no account. */
export function osv(request: typeof fetch = fetch): Source {
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await request(`${OSV}/${path}`, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MILLIS) });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  };
  const advisoryOf = async (folder: string, id: string): Promise<Advisory> => {
    const { summary = id, database_specific: { severity = 'unknown' } = {} } = await ask(`vulns/${id}`) as Vulnerability;
    return { folder, severity: id.startsWith('MAL-') ? 'critical' : severity.toLowerCase(), title: summary, url: `https://osv.dev/vulnerability/${id}` };
  };
  return async (packages) => {
    const advisories: Advisory[] = [];
    for (let start = 0; start < packages.length; start += OSV_BATCH) {
      const batch = packages.slice(start, start + OSV_BATCH);
      const queries = batch.map(({ name, version }) => ({ package: { ecosystem: 'npm', name }, version }));
      const answer = await ask('querybatch', { queries }).catch(() => undefined) as { results: readonly { vulns?: readonly Vulnerability[] }[] } | undefined;
      if (!answer) return undefined;
      for (const [index, { vulns = [] }] of answer.results.entries()) {
        for (const { id } of vulns) advisories.push(await advisoryOf(batch[index].folder, id));
      }
    }
    return advisories;
  };
}

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
