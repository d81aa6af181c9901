import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { blocksOf, read } from './pages';
import { ROOT } from '../../harness/root';
import { HELP, parseCommandLine } from '../../local/cli/options';
import { parseFault } from '../../local/faults/parse';
import { writeAssembly, type SmallApp } from '../local/fixtures/small-app';

/* The parts of docs/local.md that the tests of the other pages do not cover: its commands, and the test that it shows. */

const PAGE = 'docs/local.md';
const blocks = blocksOf(PAGE);

/** Returns the arguments of each command, as a shell would split them. */
const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'))
  .map((line) => [...line.replace(/\s+#\s.*$/, '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare));

test.each(commands.map((words) => [words.join(' '), words] as const))('%s is a command that the runner takes', (_line, words) => {
  const start = words.indexOf('broadcast-local');
  expect(words.slice(0, start)).toEqual(start === 0 ? [] : ['npx']);
  const { faults } = parseCommandLine(words.slice(start + 1));
  for (const fault of faults) expect(() => parseFault(fault)).not.toThrow();
});

test('the page explains each flag that --help has, and no other', () => {
  const flagsOf = (text: string) => new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag));
  expect([...flagsOf(read(PAGE))].sort()).toEqual([...flagsOf(HELP)].sort());
});

test('the faults of its table are those that there are', () => {
  const faults = [
    '403=0.1', '410=10%', '413=#2', '429=#1,#4-9', '500=1', '599=1', 'latency=200ms', 'latency=50ms-2s@0.1', 'lost-disconnect=#2', 'unplug=20s', 'unplug=1s-20s@#1', 'stale=2s@0.5',
  ];
  for (const fault of faults) expect(() => parseFault(fault)).not.toThrow();
});

test('the test that it shows passes, in Jest', () => {
  const library = join(ROOT, 'local/dist/index.js');
  if (!existsSync(library)) throw new Error('the local runner is not bundled: run `npx projen bundle`');
  const folder = mkdtempSync(join(tmpdir(), 'guide-test-'));
  try {
    writeAssembly(join(folder, 'cdk.out'), broadcasting(join(folder, 'clients')));
    const { code } = blocks.find(({ id }) => id === 'jest')!;
    const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
    writeFileSync(join(folder, 'shown.test.js'), transpileModule(code, { compilerOptions }).outputText);
    writeFileSync(join(folder, 'web-socket.js'), `globalThis.WebSocket ??= require(${JSON.stringify(require.resolve('ws'))});`);
    const config = {
      rootDir: folder,
      setupFiles: [join(folder, 'web-socket.js')],
      moduleNameMapper: { '^broadcast-local$': library },
    };
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const { stderr } = spawnSync(process.execPath, [jest, '--config', JSON.stringify(config), '--watchman=false'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toContain('1 passed, 1 total');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** An app that sends each message to all clients, without the SDK: a file lists the connections. */
function broadcasting(file: string): SmallApp {
  const code = `
    const { appendFileSync, readFileSync } = require('node:fs');
    const { FILE, URL } = process.env;
    exports.handler = async ({ requestContext: { eventType, connectionId }, body }) => {
      if (eventType === 'CONNECT') return appendFileSync(FILE, connectionId + '\\n'), { statusCode: 200 };
      const ids = readFileSync(FILE, 'utf8').trim().split('\\n');
      await Promise.all(ids.map((id) => fetch(URL + '/@connections/' + encodeURIComponent(id), { method: 'POST', body })));
      return { statusCode: 200 };
    };`;
  return {
    functions: { All: code },
    routes: { $connect: 'All', $default: 'All' },
    variables: { FILE: file, URL: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod' } },
  };
}
