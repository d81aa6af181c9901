import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, pack, synthesizeStacks, writeStacksApp } from './support/packed-app';
import { testWithPackages } from './support/tools';
import { readVersions } from '../peers/version-list';

/*
 * cdk-nag 3 for real: npm does not install it beside our floor, so it gets an app of its own, with the newest aws-cdk-lib.
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

/** What the rules find, by the path of the construct. */
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
  // The topic of the app does not ask for TLS: the synthesis fails, as it should.
  await expect(synthesizeStacks(folder)).rejects.toThrow();
  const findings = findingsIn(folder);
  expect(findings.filter((finding) => /^(ZeroProps|EverythingOn\/Chat|EverythingOn\/Broadcast\w*|Alternatives\/Direct)\//.test(finding))).toEqual([]);
  expect(findings).toContain('EverythingOn/News/Resource: AwsSolutions-SNS3');
}, 600_000);
