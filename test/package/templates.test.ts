import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, ROOT, synthesize } from './support/apps';
import { CDK_CLI, synthesizeStrictly } from './support/cdk-cli';
import { ANSWERS, installCfnLint, isAnsweredBy, lint } from './support/cfn-lint';
import { installHere, pack, writeStacksApp } from './support/packed-app';
import { testWithPackages } from './support/tools';

/*
 * Other tools' results for the synthesised templates: the CDK CLI, with warnings as failures, and cfn-lint for all regions that it knows. Needs
 * `npx projen bundle && npx projen compile`.
 */

jest.setTimeout(600_000);

const scratch = mkdtempSync(join(tmpdir(), 'templates-'));
const stacks: App = { folder: join(scratch, 'stacks'), env: process.env };
const example = (name: string): App => ({ folder: join(ROOT, 'examples', name), env: process.env });

const APPS: Readonly<Record<string, App>> = { 'the stacks of test/peers': stacks, 'examples/chat': example('chat'), 'examples/dashboard': example('dashboard') };

beforeAll(async () => {
  await installHere(stacks.folder, await pack(scratch));
  writeStacksApp(stacks.folder);
  writeFileSync(join(stacks.folder, 'cdk.json'), JSON.stringify({ app: 'node app.js' }));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const assemblyOf = (name: string): string => join(scratch, `assembly of ${name.replaceAll('/', ' ')}`);

describe('`cdk synth --strict`', () => {
  const testWithCli = testWithPackages(CDK_CLI);

  for (const [name, { folder, env }] of Object.entries(APPS)) {
    testWithCli(`has no warning of ${name}`, async () => {
      await synthesizeStrictly(folder, assemblyOf(name), env);
      expect(templatesIn(assemblyOf(name)).length).toBeGreaterThan(0);
    });
  }

  testWithCli('refuses what we warn of', async () => {
    const folder = join(scratch, 'warned-of');
    await installHere(folder, join(scratch, readdirSync(scratch).find((file) => file.endsWith('.tgz'))!));
    writeFileSync(join(folder, 'app.js'), `
      const { App, Stack } = require('aws-cdk-lib');
      const { BroadcastWebSocketApi } = require('cdk-broadcast-websocket-api');
      new BroadcastWebSocketApi(new Stack(new App(), 'Warned'), 'Chat', { messageHandlerOptions: { reservedConcurrentExecutions: 0 } }).node.root.synth();
    `);
    writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'node app.js' }));
    await expect(synthesizeStrictly(folder, join(scratch, 'refused'))).rejects.toMatchObject({ stderr: expect.stringContaining('cdk-broadcast-websocket-api:noConcurrency') });
  });
});

function templatesIn(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.template.json')).map((file) => join(folder, file));
}

describe('cfn-lint', () => {
  const lacking = installCfnLint();
  const testHere = lacking === undefined ? test : test.skip;

  testHere(`finds nothing in any region that has no answer${lacking === undefined ? '' : ` (${lacking})`}`, async () => {
    for (const [name, app] of Object.entries(APPS)) if (!existsSync(assemblyOf(name))) await synthesize(app, assemblyOf(name));
    const snapshots = readdirSync(join(ROOT, 'test')).filter((file) => file.endsWith('.snapshot')).map((file) => join(ROOT, 'test', file));
    const templates = [...Object.keys(APPS).map(assemblyOf), ...snapshots].flatMap(templatesIn);
    expect(templates.length).toBeGreaterThanOrEqual(9);
    const findings = lint(templates);
    expect(findings.filter((finding) => !ANSWERS.some((answer) => isAnsweredBy(answer, finding)))).toEqual([]);
    // An unused exception would hide later findings.
    expect(ANSWERS.filter((answer) => !findings.some((finding) => isAnsweredBy(answer, finding)))).toEqual([]);
  });
});
