import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { GUARD, startServer } from './processes';
import { eventually } from '../../../harness/eventually';
import { isAlive } from '../../../harness/processes';

const ENV = JSON.stringify({ PATH: process.env.PATH });
const SLEEPER = 'console.log(process.pid); setInterval(() => {}, 1000)';

test('a server and what it started end when it is stopped', async () => {
  const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPER)}], { stdio: 'inherit' }); console.log('started', child.pid)`;
  const server = await startServer(process.execPath, ['-e', parent], { isReady: (output) => /started \d+/.test(output) });
  const pid = Number(/started (\d+)/.exec(server.output())![1]);
  expect(isAlive(pid)).toBe(true);
  await server.stop();
  await eventually(() => !isAlive(pid));
});

test('a server ends when the process that started it is killed', async () => {
  const parent = `
    const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify(['-e', GUARD, ENV, process.execPath, '-e', SLEEPER])},
      { detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['-e', parent], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [chunk] = await once(starter.stdout, 'data') as [Buffer];
  const pid = Number(chunk.toString());
  expect(isAlive(pid)).toBe(true);
  starter.kill('SIGKILL');
  await eventually(() => !isAlive(pid));
});

test('a server that ends before it serves is reported with what it said', async () => {
  const start = startServer(process.execPath, ['-e', 'console.error("no such port"); process.exit(3)'], { isReady: () => false });
  await expect(start).rejects.toThrow('no such port');
});
