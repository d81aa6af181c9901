import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../harness/eventually';
import { isAlive } from '../../../harness/processes';
import { answering, writeAssembly } from '../fixtures/small-app';

const BIN = join(__dirname, '..', '..', '..', 'local', 'broadcast-local.js');

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'orphan-'));
  writeAssembly(directory, { functions: { Fn: answering('') }, routes: { $default: 'Fn' } });
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Starts a runner below a shell, like a package manager. Returns its process id once the shell was killed. */
async function orphaned(variables: NodeJS.ProcessEnv): Promise<number> {
  const { npm_execpath: _, npm_config_user_agent: __, ...env } = process.env;
  const command = `"${process.execPath}" "${BIN}" "${directory}" --port 0 --no-inspector & echo "pid $!"; wait`;
  const shell = spawn('/bin/sh', ['-c', command], { env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  await eventually(() => output.includes('Ready.'), 20_000);
  shell.kill('SIGKILL');
  return Number(/^pid (\d+)$/m.exec(output)![1]);
}

test('a runner ends when the package manager that runs it is killed', async () => {
  const pid = await orphaned({ npm_config_user_agent: 'npm/11' });
  await eventually(() => !isAlive(pid), 20_000);
}, 60_000);

(process.platform === 'linux' ? test : test.skip)('a runner ends when the script that started its package manager is killed', async () => {
  // As pnpm is installed: a script, its program, a shell, the command.
  const command = `"${process.execPath}" "${BIN}" "${directory}" --port 0 --no-inspector & echo "pid $!"; wait; exit`;
  const script = join(directory, 'pnpm');
  writeFileSync(script, `/bin/sh -c '${command.replaceAll("'", "'\\''")}' pnpm-program; exit`);
  const shell = spawn('/bin/sh', ['-c', `/bin/sh "${script}"; exit`], { env: { ...process.env, npm_config_user_agent: 'pnpm/12' }, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  await eventually(() => output.includes('Ready.'), 20_000);
  const pid = Number(/^pid (\d+)$/m.exec(output)![1]);
  shell.kill('SIGKILL');
  await eventually(() => !isAlive(pid), 20_000);
}, 60_000);

test('a runner whose package manager was killed before it began ends at once', async () => {
  const output = join(directory, 'output');
  const command = `(while kill -0 $$; do :; done; exec "${process.execPath}" "${BIN}" "${directory}" --port 0 --no-inspector) >"${output}" 2>&1 & echo $!`;
  const shell = spawn('/bin/sh', ['-c', command], { env: { ...process.env, npm_config_user_agent: 'npm/11' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid] = await once(shell.stdout, 'data') as [Buffer];
  await eventually(() => !isAlive(Number(pid)), 20_000);
  expect(readFileSync(output, 'utf8')).not.toContain('Ready.');
}, 60_000);

test('a runner that was started by hand outlives its shell', async () => {
  const pid = await orphaned({});
  await sleep(1_500);
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGTERM');
  await eventually(() => !isAlive(pid), 20_000);
}, 60_000);
