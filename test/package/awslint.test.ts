import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../harness/root';

/* The AWS CDK's own linter on the compiled API. Needs `npx projen compile`. */

/** Findings that stay, with the reason. */
const ANSWERED: Readonly<Record<string, string>> = {
  'duration-prop-type:cdk-broadcast-websocket-api.BroadcastWebSocketApiProps.connectionTtl': 'a Duration of aws-cdk-lib; the linter knows that of version 1 only',
  'duration-prop-type:cdk-broadcast-websocket-api.HandlerOptions.timeout': 'the same',
};

test('awslint finds nothing that has no answer', () => {
  const { stdout, stderr, error } = spawnSync(join(ROOT, 'node_modules', '.bin', 'awslint'), ['--no-compile'], {
    // This library's constructs are those of the constructs library.
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, AWSLINT_BASE_CONSTRUCT: 'true', FORCE_COLOR: '0' },
  });
  expect(error).toBeUndefined();
  const findings = [...`${stdout}${stderr}`.matchAll(/\[awslint:([^\]]+)\]/g)].map(([, finding]) => finding);
  expect([...new Set(findings)].sort()).toEqual(Object.keys(ANSWERED).sort());
});
