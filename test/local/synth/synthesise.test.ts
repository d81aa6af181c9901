import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../harness/root';
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

test.each([['short', 10], ['too long for a variable', 300_000]])('an app gets a context that is %s', async (_what, length) => {
  const scratch = scratchFolder();
  const reaper = new Reaper();
  const printed: string[] = [];
  const output = new AppOutput({ print: (line) => printed.push(line), onBundling: () => undefined, quiet: false });
  const directory = join(scratch.path, 'assembly');
  writeFileSync(join(scratch.path, 'cdk.context.json'), JSON.stringify({ long: 'é'.repeat(length) }));
  writeFileSync(join(scratch.path, 'app.js'), `
    const { App, Stack } = require(${JSON.stringify(join(ROOT, 'node_modules', 'aws-cdk-lib'))});
    const app = new App();
    new Stack(app, 'Stack', { description: 'length ' + app.node.tryGetContext('long').length });
    app.synth();
  `);
  const before = process.cwd();
  process.chdir(scratch.path);
  try {
    await synthesise({ app: `${process.execPath} app.js`, directory, reaper, output, onCommand: () => undefined, abortSignal: new AbortController().signal });
  } finally {
    process.chdir(before);
    await reaper.stop();
  }
  expect(readFileSync(join(directory, 'Stack.template.json'), 'utf8')).toContain(`"length ${length}"`);
  expect(readdirSync(directory).filter((name) => name.includes('context'))).toEqual([]);
  scratch.remove();
}, 30_000);
