import { spawnSync } from 'node:child_process';
import { LANGUAGES, missing } from './languages';
import { WORKSPACES } from '../projenrc/workspaces';

/*
 * Packages what has been compiled for each language that this machine has the tools for, into dist/, and says which it
 * has skipped and why.
 */
const made: string[] = [];
const skipped: string[] = [];
for (const { name, registry, tools, otherwise } of LANGUAGES) {
  const lacking = missing(tools);
  if (lacking.length === 0) {
    runTask(`package:${name}`);
    made.push(registry);
  } else {
    if (otherwise) runTask(otherwise.task);
    skipped.push(`the ${registry} package: no ${lacking.join(', no ')} that works${otherwise ? `; ${otherwise.what}` : ''}`);
  }
}
for (const { name } of WORKSPACES) {
  runTask(`package:${name}`);
  made.push(`npm (${name})`);
}
console.log(`packaged for ${made.join(', ')}`);
for (const what of skipped) console.log(`skipped: ${what}`);

function runTask(name: string): void {
  const { status } = spawnSync('npx', ['--no-install', 'projen', name], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the task ${name} failed`);
}
