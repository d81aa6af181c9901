import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, pack, synthesizeStacks, writeStacksApp } from './support/packed-app';
import { testWithPackages } from './support/tools';
import { readVersions } from '../peers/version-list';

/*
 * The actual cdk-nag 3: npm does not install it beside the lowest supported version, so it gets its own app, with the newest aws-cdk-lib.
 * cdk-nag 2 is in test/private/monitoring/nag-suppressions.test.ts. Needs `npx projen bundle && npx projen compile`.
 */

const PACKAGES = ['cdk-nag@3.0.2', `aws-cdk-lib@${readVersions()['aws-cdk-lib'].at(-1)}`, `constructs@${readVersions().constructs.at(-1)}`];

interface Report {
  readonly pluginReports: {
    readonly violations: { readonly ruleName: string; readonly violatingConstructs: { readonly constructPath: string }[] }[];
  }[];
}

const scratch = mkdtempSync(join(tmpdir(), 'nag-3-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Returns the findings of the rules, by construct path. */
function findingsIn(folder: string): string[] {
  const { pluginReports } = JSON.parse(readFileSync(join(folder, 'cdk.out', 'validation-report.json'), 'utf8')) as Report;
  return pluginReports.flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) => violatingConstructs.map(({ constructPath }) => `${constructPath}: ${ruleName}`));
}

testWithPackages(...PACKAGES)('AwsSolutions finds nothing in an API that has no reason, and what the app has beside it', async () => {
  const folder = join(scratch, 'app');
  await install(folder, [await pack(scratch), ...PACKAGES], join(scratch, 'cache'));
  writeStacksApp(folder, `
    const { AwsSolutionsChecks } = require('cdk-nag');
    require('aws-cdk-lib').Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  `);
  // The app's topic does not require TLS, so the synthesis has to fail.
  await expect(synthesizeStacks(folder)).rejects.toThrow();
  const findings = findingsIn(folder);
  expect(findings.filter((finding) => /^(ZeroProps|EverythingOn\/Chat|EverythingOn\/Broadcast\w*|Alternatives\/Direct)\//.test(finding))).toEqual([]);
  expect(findings).toContain('EverythingOn/News/Resource: AwsSolutions-SNS3');
}, 600_000);
