import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../../harness/scratch';
import { Reaper } from '../../../local/lambda/reaper';
import { AppOutput } from '../../../local/synth/app-output';
import { synthesise } from '../../../local/synth/synthesise';

test('an app is not run once its synthesis is aborted', async () => {
  const scratch = scratchFolder();
  const reaper = new Reaper();
  const ran = join(scratch.path, 'ran');
  const output = new AppOutput({ print: () => undefined, onBundling: () => undefined, quiet: false });
  const synthesis = synthesise({
    app: `touch ${ran}`, directory: join(scratch.path, 'assembly'), reaper, output, onCommand: () => undefined, abortSignal: AbortSignal.abort(),
  });
  await expect(synthesis).rejects.toMatchObject({ name: 'AbortError' });
  expect(existsSync(ran)).toBe(false);
  await reaper.stop();
  scratch.remove();
});
