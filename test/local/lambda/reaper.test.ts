import childProcess, { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { killProcess } from '../../../harness/processes';
import { Reaper } from '../../../local/lambda/reaper';

let reaper: Reaper;
/** Process of the reaper. */
let own: ChildProcess;
let watched: ChildProcess;
let ended: Promise<unknown>;

beforeEach(() => {
  const spawning = jest.spyOn(childProcess, 'spawn');
  reaper = new Reaper();
  reaper.prepare();
  own = spawning.mock.results[0].value as ChildProcess;
  spawning.mockRestore();
  watched = childProcess.spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  ended = once(watched, 'exit');
  reaper.watch(watched.pid!);
});

afterEach(async () => {
  await reaper.stop();
  killProcess(watched.pid!);
});

test('a reaper that was killed is replaced, and ends what it was to watch', async () => {
  own.kill('SIGKILL');
  await once(own, 'exit');
  reaper.prepare();
  await reaper.stop();
  await ended;
});

test('a reaper that is killed before it has read a command to kill does not keep the process alive', async () => {
  own.kill('SIGSTOP');
  reaper.kill(watched.pid!);
  own.kill('SIGKILL');
  await ended;
});
