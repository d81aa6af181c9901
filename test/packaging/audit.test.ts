import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPackages, npmAudit, osv, type Advisory } from '../../packaging/advisories';
import { audit } from '../../packaging/audit';

const LOCK = JSON.stringify({
  packages: {
    '': { name: 'root', version: '0.0.0' },
    'local': { name: 'broadcast-local', version: '0.0.0' },
    'node_modules/broadcast-local': { resolved: 'local', link: true },
    'node_modules/ws': { version: '8.0.0' },
    'node_modules/newest': { name: 'aws-cdk-lib', version: '2.276.0' },
    'node_modules/jest/node_modules/chalk': { version: '4.0.0' },
  },
});

const BUNDLED = ['node_modules/ws'];

const advisory = (folder: string, severity: string): Advisory => ({ folder, severity, title: 'Hangs', url: 'https://example.com/1' });

describe('the audit', () => {
  test.each<[string, Advisory[], string[]]>([
    ['passes without advisories', [], ['2 passed, 0 failed, 0 skipped']],
    ['fails for any advisory on what is bundled', [advisory('node_modules/ws', 'low')],
      ['bundled: node_modules/ws 8.0.0: low: Hangs (https://example.com/1)', '1 passed, 1 failed, 0 skipped']],
    ['fails for a critical one on what is installed', [advisory('node_modules/newest', 'critical')],
      ['installed: node_modules/newest 2.276.0: critical: Hangs (https://example.com/1)', '1 passed, 1 failed, 0 skipped']],
    ['names another one on what is installed', [advisory('node_modules/newest', 'high')],
      ['installed: node_modules/newest 2.276.0: high: Hangs (https://example.com/1)', '2 passed, 0 failed, 0 skipped']],
  ])('%s', async (_what, advisories, lines) => {
    expect(await audit(LOCK, BUNDLED, [async () => undefined, async () => advisories])).toEqual(lines);
  });

  test('is skipped by name if no source can be reached', async () => {
    expect(await audit(LOCK, BUNDLED, [async () => undefined])).toEqual([expect.stringMatching(/^skipped: advisories .*osv\.dev cannot be reached$/), '0 passed, 0 failed, 2 skipped']);
  });
});

test('what is installed is what the lock file has from a registry, by its real name', () => {
  expect(installedPackages(LOCK)).toEqual([
    { folder: 'node_modules/ws', name: 'ws', version: '8.0.0' },
    { folder: 'node_modules/newest', name: 'aws-cdk-lib', version: '2.276.0' },
    { folder: 'node_modules/jest/node_modules/chalk', name: 'chalk', version: '4.0.0' },
  ]);
});

describe('npm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-test-'));
  const { PATH } = process.env;
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => (process.env.PATH = PATH));

  function answerWith(report: object, code: number): void {
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat << 'END'\n${JSON.stringify(report)}\nEND\nexit ${code}\n`);
    chmodSync(join(folder, 'npm'), 0o755);
    process.env.PATH = `${folder}:${PATH}`;
  }

  test('says which folders have a package with an advisory, and nothing twice', async () => {
    answerWith({
      auditReportVersion: 2,
      vulnerabilities: {
        ws: { via: [{ source: 1, title: 'Hangs', url: 'https://example.com/1', severity: 'high' }], nodes: ['node_modules/ws', 'node_modules/a/node_modules/ws'] },
        a: { via: ['ws'], nodes: ['node_modules/a'] },
      },
    }, 1);
    expect(await npmAudit([])).toEqual([advisory('node_modules/ws', 'high'), advisory('node_modules/a/node_modules/ws', 'high')]);
  });

  test('may have none', async () => {
    answerWith({ auditReportVersion: 2, vulnerabilities: {} }, 0);
    expect(await npmAudit([])).toEqual([]);
  });

  test('is no source where the registry does not answer', async () => {
    answerWith({ message: '405 Method Not Allowed', method: 'POST', statusCode: 405 }, 1);
    expect(await npmAudit([])).toBeUndefined();
  });
});

describe('OSV', () => {
  const VULNERABILITIES: Record<string, object> = {
    'GHSA-1': { id: 'GHSA-1', summary: 'Hangs', database_specific: { severity: 'MODERATE' } },
    'MAL-2': { id: 'MAL-2', summary: 'Steals tokens' },
  };
  const asked: string[] = [];
  const request: typeof fetch = async (url, init) => {
    asked.push(String(url));
    const id = String(url).split('/vulns/')[1];
    if (id) return Response.json(VULNERABILITIES[id]);
    const { queries } = JSON.parse(String(init?.body)) as { queries: { package: { name: string } }[] };
    return Response.json({ results: queries.map(({ package: { name } }) => (name === 'ws' ? { vulns: [{ id: 'GHSA-1' }] } : name === 'chalk' ? { vulns: [{ id: 'MAL-2' }] } : {})) });
  };

  test('says which packages have advisories, of which malicious ones are critical', async () => {
    expect(await osv(request)(installedPackages(LOCK))).toEqual([
      { folder: 'node_modules/ws', severity: 'moderate', title: 'Hangs', url: 'https://osv.dev/vulnerability/GHSA-1' },
      { folder: 'node_modules/jest/node_modules/chalk', severity: 'critical', title: 'Steals tokens', url: 'https://osv.dev/vulnerability/MAL-2' },
    ]);
  });

  test('is asked for 1,000 packages at once', async () => {
    asked.length = 0;
    const many = Array.from({ length: 1001 }, (_, index) => ({ folder: `node_modules/p${index}`, name: index === 1000 ? 'ws' : `p${index}`, version: '1.0.0' }));
    expect(await osv(request)(many)).toMatchObject([{ folder: 'node_modules/p1000' }]);
    expect(asked.filter((url) => url.endsWith('/querybatch'))).toHaveLength(2);
  });

  test('is no source where it cannot be reached', async () => {
    expect(await osv(async () => { throw new TypeError('fetch failed'); })(installedPackages(LOCK))).toBeUndefined();
    expect(await osv(async () => new Response('', { status: 503 }))(installedPackages(LOCK))).toBeUndefined();
  });
});
