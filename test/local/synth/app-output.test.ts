import { AppOutput } from '../../../local/synth/app-output';

const quiet = { print: () => undefined, onBundling: () => undefined, quiet: true };

test.each([
  ['of Docker without its daemon', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'],
  ['of the CDK, Docker not being installed', 'Error: spawnSync docker ENOENT'],
  ['of the CDK, when Docker fails', 'Error: docker exited with status 1'],
])('a failure %s comes with what helps', (_what, line) => {
  const output = new AppOutput(quiet);
  output.line(line);
  expect(output.failed()).toMatch(/^; .*start Docker, or install esbuild in the project/);
});

test.each(['the docker image was built', 'SyntaxError: Unexpected token'])('no other failure does so: %s', (line) => {
  const output = new AppOutput(quiet);
  output.line(line);
  expect(output.failed()).toBe('');
});
