import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { childScript } from '../../../local/lambda/child-scripts';

const TABLE = JSON.stringify(childScript('process-table.js'));

/** Evaluates an expression on the table, as on another platform. */
function evaluated<T>(platform: string, expression: string): T {
  const code = `Object.defineProperty(process, "platform", { value: ${JSON.stringify(platform)} });
    const { familyOf, pidsWith, readTable } = require(${TABLE}); console.log(JSON.stringify(${expression}));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', code]).toString()) as T;
}

describe.each(process.platform === 'linux' ? ['linux', 'darwin'] : [process.platform])('the table of processes, as on %s', (platform) => {
  test('has the parents of processes, and the times at which they began', () => {
    const [own] = evaluated<object[]>(platform, 'readTable().filter(({ pid }) => pid === process.pid)');
    expect(own).toEqual({ pid: expect.any(Number), parent: process.pid, started: expect.stringMatching(/\d/) });
  });

  test('finds all descendants, however deep', async () => {
    const shell = spawn('/bin/sh', ['-c', 'sh -c "sleep 60 & echo \\$!; wait"; true'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const [line] = await once(shell.stdout, 'data') as [Buffer];
    const family = evaluated<number[]>(platform, `familyOf(readTable(), ({ pid }) => pid === ${shell.pid}).map(({ pid }) => pid)`);
    process.kill(-shell.pid!, 'SIGKILL');
    expect(family).toHaveLength(3);
    expect(family).toEqual(expect.arrayContaining([shell.pid, Number(line)]));
  });
});

test('processes are found by a variable that they began with', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], { env: { FOUND_BY: 'this-test' }, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const found = evaluated<number[]>(process.platform, '[...pidsWith(["FOUND_BY=this-test"])]');
  const none = evaluated<number[]>(process.platform, '[...pidsWith(["FOUND_BY=another-test"])]');
  child.kill('SIGKILL');
  expect(found).toEqual([child.pid]);
  expect(none).toEqual([]);
});
