import { type awscdk } from 'projen';
import { TS_NODE } from './commands';

/* Tasks that a developer starts. */

export function addDeveloperTasks(project: awscdk.AwsCdkConstructLibrary): void {
  project.addTask('bench', {
    description: 'Measure delivery against a naive broadcaster and a floor',
    exec: `${TS_NODE} bench/run.ts`,
    receiveArgs: true,
  });
  project.addTask('simulate', {
    description: 'Run the simulation of the delivery engine at length (--runs N)',
    exec: `${TS_NODE} test/lambda-src/core/simulation/run.ts`,
    receiveArgs: true,
  });
  project.addTask('simulate:log', {
    description: 'Run the simulation of the history at length (--runs N)',
    exec: `${TS_NODE} test/lambda-src/core/log-simulation/run.ts`,
    receiveArgs: true,
  });
  project.addTask('simulate:presence', {
    description: 'Run the simulation of presence at length (--runs N)',
    exec: `${TS_NODE} test/lambda-src/core/presence-simulation/run.ts`,
    receiveArgs: true,
  });
  project.addTask('simulate:members', {
    description: 'Run the simulation of the members of channels at length (--runs N)',
    exec: `${TS_NODE} test/lambda-src/core/members-simulation/run.ts`,
    receiveArgs: true,
  });
  project.addTask('stress:log', {
    description: 'Append to the history by many processes while readers reconnect (--messages N)',
    exec: `${TS_NODE} test/lambda-src/core/log-processes/run.ts`,
    receiveArgs: true,
  });
  project.addTask('readme', { description: 'Write the parts of the README and of docs that are made from something else', exec: `${TS_NODE} docs/parts.ts` });
  project.addTask('pictures', {
    description: 'Draw the pictures of the documentation: diagrams from their text, screenshots of the running examples (after compile and bundle)',
    exec: `${TS_NODE} docs/pictures/draw.ts`,
    receiveArgs: true,
  });
  addIntegTasks(project);
}

function addIntegTasks(project: awscdk.AwsCdkConstructLibrary): void {
  const integ = `integ-runner --directory test --language typescript --app "npx ${TS_NODE} {filePath}"`;
  project.addTask('integ:verify', { description: 'Compare the integ apps with their snapshots', exec: integ });
  project.addTask('integ:update', {
    description: 'Rewrite the snapshots of the integ apps without deploying',
    exec: `${integ} --dry-run --update-on-failed`,
  });
  project.addTask('integ:deploy', {
    description: 'Deploy the integ apps into your account, run their assertions, rewrite their snapshots',
    exec: `${integ} --update-on-failed --force`,
  });
}
