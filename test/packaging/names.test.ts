import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/* A name that is reserved in one of the five languages does not compile: the command of the task `compile`, on a library with one property. */

const root = resolve(__dirname, '../..');
const { tasks } = JSON.parse(readFileSync(join(root, '.projen/tasks.json'), 'utf8')) as { tasks: Record<string, { steps: { exec: string }[] }> };
const [command, ...flags] = tasks.compile.steps.find(({ exec }) => exec.startsWith('jsii '))!.exec.split(' ');

const scratch = mkdtempSync(join(tmpdir(), 'names-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function compile(property: string): { status: number | null; said: string } {
  const folder = join(scratch, property);
  mkdirSync(folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { author, jsii } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { author: unknown; jsii: { targets: unknown } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({
    name: 'names',
    version: '0.0.0',
    license: 'Apache-2.0',
    author,
    repository: { url: 'https://example.com/names.git' },
    main: 'index.js',
    types: 'index.d.ts',
    jsii: { targets: jsii.targets },
  }));
  writeFileSync(join(folder, 'README.md'), '# Names\n');
  writeFileSync(join(folder, 'index.ts'), `/** One property. */\nexport interface Props {\n  /** It. */\n  readonly ${property}?: string;\n}\n`);
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', command), flags, { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('a name that no language has taken compiles', () => {
  expect(compile('formatOfMessages')).toMatchObject({ status: 0 });
}, 60_000);

test.each([['lambda', 'Python'], ['synchronized', 'Java'], ['chan', 'Go'], ['decimal', 'C#']])('%s, which %s has reserved, does not', (name, language) => {
  const { status, said } = compile(name);

  expect(said).toMatch(new RegExp(`${name}.*${language.replace('C#', '(C#|C Sharp|\\.NET)')}`, 'i'));
  expect(status).not.toBe(0);
}, 60_000);
