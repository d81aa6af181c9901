import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documentedCommands, read } from './pages';
import { ROOT } from '../../harness/root';
import { scratchFolder } from '../../harness/scratch';

/* Each command that the pages show is run, by this file, by a step of `npm test`, or by another test; or it is listed here with a reason. */

/** Run below, in a copy of the repository: they write files that are committed already. */
const WRITERS = ['npx projen', 'npm run readme', 'npm run pictures'];

/** The file that runs a command, and a text in it that shows this. */
const RUN_BY: readonly (readonly [command: RegExp, file: string, says: string])[] = [
  [/^npm ci$/, '.ci/run', 'npm ci'],
  [/^npm test$/, '.ci/run', 'npm test'],
  [/^npx projen (audit|bundle|typecheck|compile|compat|integ:verify|package:available)$/, 'test/run-all.ts', "'projen $1'"],
  [/^npx projen (eslint)$/, 'test/run-all.ts', "'projen $1 && "],
  [/^npx projen test:peers$/, 'test/run-all.ts', 'jest.peers.config.json'],
  [/^npx projen (test:versions)$/, 'test/run-all.ts', 'projen $1'],
  [/^npm run test:unit$/, 'test/run-all.ts', 'unit and handler tests'],
  [/^npx jest test\/(lambda-src)$/, 'test/run-all.ts', 'unit and handler tests'],
  [/^npx jest (test\/package\/languages\.test\.ts) -t python$/, 'test/run-all.ts', 'test/package/'],
  [/^npm run package$/, 'test/packaging/package.test.ts', 'package'],
  [/^npm install broadcast-websocket-client$/, 'test/package/client-tarball.test.ts', "folder.install('client')"],
  [/^npm pack$/, 'test/package/reproducible.test.ts', "'npm', 'pack'"],
  [/^npm run (chat|dashboard)$/, 'test/e2e/examples-commands.test.ts', 'npm run ${example}'],
  [/^npx ts-node -T -P tsconfig\.dev\.json bench\/naive\/compare\.ts$/, 'test/conformance/naive.test.ts', 'naive'],
  [/^(mkdir my-chat|cd my-chat|npx aws-cdk@\S+ init app .*|npm install( cdk-broadcast-websocket-api| -D broadcast-local)?|npx broadcast-local --chat)$/, 'test/package/first-steps.test.ts', 'docs/getting-started.md'],
  [/^npx cdk bootstrap$/, 'test/witness/ministack/ministack.test.ts', "aws.cdk('bootstrap'"],
  [/^npx cdk deploy$/, 'test/witness/ministack/ministack.test.ts', 'aws.deploy('],
  [/^npx cdk synth --strict( --quiet)?$/, 'test/package/support/cdk-cli.ts', "'synth', '--strict', '--quiet'"],
  [/^npx wscat -c wss:\S+ -x /, 'test/package/first-steps.test.ts', 'wscat'],
  [/^(python3 -m venv .venv|source .venv\/bin\/activate|pip install .* boto3|npm install broadcast-local|node dev\.mjs|export AWS_\w+=.*|python3 publish\.py .*)$/, 'test/package/python-page.test.ts', 'docs/python.md'],
  [/^pip install aws-cdk-lib cdk-broadcast-websocket-api$/, 'test/package/support/apps.ts', "'install', '--quiet', '-r'"],
  [/^(aws dynamodb update-item) --table-name TABLE /, 'test/lambda-src/aws/history-operations.test.ts', '$1'],
  [/^(pnpm exec|bun x) broadcast-local$/, 'test/package/other-managers.test.ts', "'broadcast-local'"],
  [/^(npx )?broadcast-local --example (chat)$/, 'test/package/runner-tarball.test.ts', "'--example', '$2'"],
  [/^npx broadcast-local --example chat (--fault unplug=)20s@#1$/, 'test/e2e/unplugged.test.ts', '--example chat $1'],
  [/^(npx (-p \S+ )?)?broadcast-local\b/, 'test/docs/local.test.ts', 'parseCommandLine'],
];

/** Commands that no test runs, with the reasons. */
const NOT_RUN: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^(npx (projen integ:deploy|cdk diff|cdk destroy)|aws sts get-caller-identity|aws configure( sso)?)$/, 'needs an AWS account'],
  [/^npx projen integ:update$/, 'rewrites the snapshots that `integ:verify` compares'],
  [/^npx projen versions$/, 'adds releases of the day to a list that the tests take as it is committed'],
  [/^npm install \S+@latest$/, 'needs a release'],
  [/^npm run bench/, 'measures for ten minutes, on a machine that does nothing else'],
  [/^npx patch-package /, 'writes what the reader has changed in a dependency'],
  [/^npx wscat -c (<url>$|ws:.* -s )/, 'is for an address, or a token, of the reader'],
  [/^npx wscat -c .* -x '\{"action":"whoami"\}'$/, 'test/docs/extending.test.ts sends the same'],
  [/^(go mod init|go get|dotnet (new|add package)) /, 'needs a release; test/package/languages.test.ts runs what it leads to'],
];

const commands = [...new Set(documentedCommands().map(({ command }) => command))];

test.each(commands)('%s', (command) => {
  if (WRITERS.includes(command) || NOT_RUN.some(([fits]) => fits.test(command))) return;
  const [fits, file, says] = RUN_BY.find(([each]) => each.test(command)) ?? [];
  expect([command, file]).toEqual([command, expect.any(String)]);
  expect(read(file!)).toContain(says!.replace(/\$([12])/, (_, group: string) => fits!.exec(command)![Number(group)]));
});

describe('what is generated is what is committed:', () => {
  const scratch = scratchFolder();

  beforeAll(() => {
    for (const file of tracked()) {
      mkdirSync(dirname(join(scratch.path, file)), { recursive: true });
      cpSync(join(ROOT, file), join(scratch.path, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(scratch.path, 'node_modules'));
  });

  afterAll(() => scratch.remove());

  test.each([['npx', 'projen'], ['npm', 'run', 'readme'], ['npm', 'run', 'pictures', '--', 'diagrams']])('%s %s %s', (program, ...args) => {
    execFileSync(program, args, { cwd: scratch.path, env: { ...process.env, PROJEN_DISABLE_POST: 'true' }, stdio: 'pipe' });
    const changed = tracked().filter((file) => !readFileSync(join(scratch.path, file)).equals(readFileSync(join(ROOT, file))));
    expect(changed).toEqual([]);
  }, 120_000);
});

/** Returns the files that git has, or will have, and that exist. */
function tracked(): string[] {
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  return names.split('\n').filter((name) => name !== '' && existsSync(join(ROOT, name)));
}
