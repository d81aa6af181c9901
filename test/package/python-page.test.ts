import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { CACHE, installApp, ROOT } from './support/apps';
import { testWith } from './support/tools';
import { Client } from '../../harness/client';
import { blocksOf } from '../docs/pages';

/* The steps of docs/python.md, with the package from dist/ and boto3. Needs `npx projen package:available` first, as in `npm test`. */

jest.setTimeout(600_000);

const run = promisify(execFile);
const BOTO3 = 'boto3==1.44.8';
const scratch = mkdtempSync(join(tmpdir(), 'python-page-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const blocks = blocksOf('docs/python.md');
const [app, program] = blocks.filter(({ language }) => language === 'python').map(({ code }) => code);
const [cdkJson, frame] = blocks.filter(({ language }) => language === 'json').map(({ code }) => code);
const [dev] = blocks.filter(({ language }) => language === 'js').map(({ code }) => code);
const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'));
const lastCommands = commands.slice(-2);

testWith('python', 'to run an app')('its program reaches one user, and no other', async () => {
  const { env } = await installApp('python', 'python', join(scratch, 'example'));
  await run(join(CACHE, 'python', 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', BOTO3]);
  const folder = join(scratch, 'my-chat');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(join(ROOT, 'local'), join(folder, 'node_modules', 'broadcast-local'));
  for (const [name, text] of [['app.py', app], ['cdk.json', cdkJson], ['publish.py', program], ['dev.mjs', dev]]) writeFileSync(join(folder, name), text);

  expect(commands).toContain('node dev.mjs');
  const runner = spawn(process.execPath, ['dev.mjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(runner, 'exit');
  try {
    const [asAnn, asBob, exports] = await firstLines(runner.stdout, 3);
    const [ann, bob] = await Promise.all([asAnn, asBob].map((command) => {
      const [, url, token] = /^npx wscat -c (\S+) -s chat -s (\S+)$/.exec(command)!;
      return Client.open(url, ['chat', token]);
    }));
    await run('sh', ['-c', [exports, ...lastCommands].join('\n')], { cwd: folder, env });
    const received = JSON.parse(await ann.frame(() => true)) as Record<string, unknown>;
    const shown = JSON.parse(frame) as Record<string, unknown>;
    expect(Object.keys(received)).toEqual(Object.keys(shown));
    expect(received).toMatchObject({ type: shown.type, message: shown.message, channel: shown.channel });
    // Bob's next message is his: he had none before.
    await run('sh', ['-c', [exports, lastCommands[0], lastCommands[1].replace('ann', 'bob')].join('\n')], { cwd: folder, env });
    expect(JSON.parse(await bob.frame(() => true))).toMatchObject({ channel: 'user:bob' });
    expect(bob.frames).toHaveLength(1);
    await Promise.all([ann.close(), bob.close()]);
  } finally {
    runner.kill('SIGINT');
    await ended;
  }
});

async function firstLines(output: NodeJS.ReadableStream, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: output })) if (lines.push(line) === count) return lines;
  throw new Error(`the runner ended after ${lines.length} lines`);
}
