import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { DIST, ROOT } from './support/apps';

/*
 * The lines of the npm publishing jobs, run like on GitHub in a dry run, each in its own folder with the release artefact in dist/. Needs
 * `npx projen package:available` first. npm downloads the publishing tools.
 */

jest.setTimeout(300_000);

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: { readonly path?: string };
  readonly env?: Record<string, string>;
}

const { jobs } = parse(readFileSync(join(ROOT, '.github', 'workflows', 'release.yml'), 'utf8')) as { jobs: Record<string, { steps: Step[] }> };
const scratch = mkdtempSync(join(tmpdir(), 'release-jobs-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Simulates the result of a GitHub action. */
function act({ uses = '', with: { path = '' } = {} }: Step, folder: string): void {
  if (uses.startsWith('actions/download-artifact')) {
    for (const name of readdirSync(DIST).filter((each) => /^(js|npm-)/.test(each))) cpSync(join(DIST, name), join(folder, path, name), { recursive: true });
  }
  if (uses.startsWith('actions/checkout')) checkOut(join(folder, path));
}

function checkOut(folder: string): void {
  const files = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n').filter((file) => !file.startsWith('test/'));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
}

/** Runs a job; returns its announced packages. */
function perform(name: string): string[] {
  const folder = join(scratch, name);
  mkdirSync(folder);
  let said = '';
  for (const step of jobs[name].steps) {
    act(step, folder);
    if (step.run === undefined || /setfacl/.test(step.run)) continue; // A copy keeps permissions.
    if (/\bnpm ci$/.test(step.run)) {
      symlinkSync(join(ROOT, 'node_modules'), join(folder, '.repo', 'node_modules')); // Including those of the lock file.
      continue;
    }
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([key, value]) => [key, value.replace(/^\$\{\{ inputs\.dry_run \}\}$/, 'true')]));
    expect(JSON.stringify(env)).not.toContain('${{');
    // As on GitHub, npx does not ask, whatever this machine's npm settings are.
    const options = { cwd: folder, env: { ...process.env, npm_config_yes: 'true', ...env }, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
    said += execFileSync('bash', ['-e', '-c', step.run], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  expect(said).toContain('SUCCESS (dry run)');
  return [...said.matchAll(/would publish (\S+)\)/g)].map(([, file]) => join(folder, file));
}

test.each([
  ['release_npm', 'js'],
  ['release_npm_local', 'npm-broadcast-local'],
  ['release_npm_client', 'npm-broadcast-websocket-client'],
])('%s publishes one package, the one that was tested', (name, folder) => {
  const [tarball, ...others] = perform(name);
  expect(others).toEqual([]);
  const [tested] = readdirSync(join(DIST, folder)).filter((file) => file.endsWith('.tgz'));
  expect(readFileSync(tarball).equals(readFileSync(join(DIST, folder, tested)))).toBe(true);
  // npm warns about corrections that it would make; that nobody is logged in is expected here.
  const said = execFileSync('bash', ['-e', '-c', 'npm publish --dry-run --tag dry-run "$0" 2>&1', tarball], { cwd: scratch, encoding: 'utf8' });
  expect(said).toContain((JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })) as { name: string }).name);
  expect(said).not.toMatch(/npm (warn publish (?!This command requires you to be logged in)|error)/i);
});
