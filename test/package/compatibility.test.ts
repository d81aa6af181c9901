import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/apps';

/*
 * The task `projen compat` with the latest release: jsii-diff refuses changes that would break users of any language. There is no release yet,
 * and the task says so; here, an altered copy of this version represents it. Needs `npx projen compile`.
 */

interface Assembly {
  readonly types: Record<string, { methods?: object[]; properties?: { name: string }[] }>;
}

const scratch = mkdtempSync(join(tmpdir(), 'compatibility-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function compare(name: string, alter: (assembly: Assembly) => void): { status: number | null; said: string } {
  const release = join(scratch, name);
  cpSync(join(ROOT, 'package.json'), join(release, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(release, 'node_modules'));
  const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as Assembly;
  alter(assembly);
  writeFileSync(join(release, '.jsii'), JSON.stringify(assembly));
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules', '.bin', 'jsii-diff'), [release, ROOT, '-k'], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('a member that the release had and this version has not is refused', () => {
  const { status, said } = compare('removed', ({ types }) => {
    const [property] = types['cdk-broadcast-websocket-api.BroadcastWebSocketApiProps'].properties!;
    types['cdk-broadcast-websocket-api.BroadcastWebSocketApiProps'].properties!.push({ ...property, name: 'formerly' });
  });
  expect(said).toContain('formerly');
  expect(status).not.toBe(0);
}, 60_000);

test('a member that only this version has is not', () => {
  const { status, said } = compare('added', ({ types }) => {
    types['cdk-broadcast-websocket-api.BroadcastWebSocketApi'].methods!.pop();
  });
  expect(said).toBe('');
  expect(status).toBe(0);
}, 60_000);
