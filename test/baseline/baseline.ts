import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { ROOT } from '../../harness/root';
import { addStacks } from '../peers/stacks';

/*
 * Baseline for users without opt-in layers: the templates of the stack without props and of the stack with every base prop, and the sizes of
 * the handlers' bundles. An unused layer must not change any of it.
 */

const STACKS = ['ZeroProps', 'EverythingOn'];
const BUNDLES = join(ROOT, 'assets', 'lambda-src');
/** Asset hashes change with every byte of a handler; the sizes represent them. */
const HASH = /[0-9a-f]{64}/g;

/** Returns the content of each baseline file by name. */
export function baseline(): Record<string, string> {
  const app = new App();
  addStacks(app);
  const assembly = app.synth();
  const templates = STACKS.map((name) => [`${name}.template.json`, inLines(assembly.getStackByName(name).template).replace(HASH, '<hash>')]);
  return { ...Object.fromEntries(templates), 'bundles.json': inLines(bundleBytes()) };
}

export function pathOf(file: string): string {
  return join(__dirname, file);
}

function bundleBytes(): Record<string, number> {
  const handlers = readdirSync(BUNDLES).filter((name) => !/^(layered|disconnect|presence)-/.test(name)).sort();
  return Object.fromEntries(handlers.map((name) => [name, statSync(join(BUNDLES, name, 'index.js')).size]));
}

function inLines(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** Returns the committed content of a baseline file. */
export function committed(file: string): string {
  return readFileSync(pathOf(file), 'utf8');
}
