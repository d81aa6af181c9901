import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { blocksOf } from './pages';
import { run } from './recipes';
import { Client } from '../../harness/client';
import { ROOT } from '../../harness/root';
import { scratchFolder } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';
import { BroadcastWebSocketApi } from '../../src';

/* The code of docs/testing.md, run as it stands there. */

const PAGE = 'docs/testing.md';
const shown = (id: string) => blocksOf(PAGE).find((block) => block.id === id)!;

// Node.js has one from version 22 on.
globalThis.WebSocket ??= jest.requireActual<{ WebSocket: typeof globalThis.WebSocket }>('ws').WebSocket;

const scratch = scratchFolder();
const outdir = join(scratch.path, 'cdk.out');

beforeAll(() => {
  const stack = new Stack(new App({ outdir }), 'Chat');
  void new BroadcastWebSocketApi(stack, 'Api').broadcastQueue;
  (stack.node.root as App).synth();
});

afterAll(() => scratch.remove());

// It registers its own `beforeAll`, `test` and `afterAll`.
describe('the first test', () => {
  run(shown('first-test'), '');
});

test('a backend of a test publishes', async () => {
  const { publish } = run<{ publish(local: Local, message: string): Promise<void> }>(shown('backend-test'), 'publish');
  const local = await startLocal({ assembly: outdir });
  try {
    const client = await Client.open(local.url);
    await publish(local, 'hello from a test');
    expect(await client.frame(() => true)).toBe('{"message":"hello from a test"}');
    await client.close();
  } finally {
    await local.stop();
  }
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

(hasPython ? test : test.skip)(`Python starts the runner, and stops it${hasPython ? '' : ' (there is no python3)'}`, () => {
  const { code } = blocksOf(PAGE).find(({ language }) => language === 'python')!;
  const program = `${code}\nrunner, event = start_local(${JSON.stringify(outdir)})\nprint(event["url"])\nrunner.terminate()\nrunner.wait()\n`;
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/prod\n$/);
}, 90_000);
