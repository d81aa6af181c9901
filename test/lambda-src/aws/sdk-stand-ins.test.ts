import { readFile } from '../../../lambda-src/aws/sdk-files';
import { steadyMillis } from '../../../lambda-src/aws/steady-millis';

test('the SDK finds no settings file, and the error names the environment', async () => {
  await expect(readFile('/home/me/.aws/config')).rejects.toThrow("no file is read, got: /home/me/.aws/config; set the function's environment variables");
});

test('the steady clock is that of performance.now()', () => {
  const before = steadyMillis() - performance.now();
  for (let turn = 0; turn < 100; turn++) expect(Math.abs(steadyMillis() - performance.now() - before)).toBeLessThan(50);
});
