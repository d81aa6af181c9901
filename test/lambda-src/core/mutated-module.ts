import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { ROOT } from '../../../harness/root';

/** A place in a source, and what stands there in its stead. */
export type Mutation = readonly [source: string, replacement: string];

/**
 * A module of lambda-src/core with some of its source changed. An error when a place is not there just once: a mutant that is none
 * would be taken for one that nothing kills.
 *
 * @param file from lambda-src/core on, without its ending
 */
export function mutatedModule<T>(file: string, mutations: readonly Mutation[]): T {
  const path = join(ROOT, 'lambda-src', 'core', `${file}.ts`);
  let source = readFileSync(path, 'utf8');
  for (const [place, replacement] of mutations) {
    if (source.split(place).length !== 2) throw new Error(`${file} must have this once, to change it: ${place}`);
    source = source.replace(place, () => replacement);
  }
  const { outputText } = transpileModule(source, { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 } });
  const module = { exports: {} as T };
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const load = (name: string) => require(name.startsWith('.') ? join(dirname(path), name) : name) as unknown;
  new Function('module', 'exports', 'require', outputText)(module, module.exports, load);
  return module.exports;
}
