import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { SharedBudget } from '../../../../lambda-src/aws/shared-budget';
import { SteadyClock } from '../../../../lambda-src/aws/system-clock';
import { broadcast } from '../../../../lambda-src/core/broadcast';
import { handleRecords } from '../../../../lambda-src/core/queue-batch';

/** What is simulated. */
export interface Engine {
  readonly broadcast: typeof broadcast;
  readonly handleRecords: typeof handleRecords;
  readonly SharedBudget: typeof SharedBudget;
  readonly SteadyClock: typeof SteadyClock;
}

export const engine: Engine = { broadcast, handleRecords, SharedBudget, SteadyClock };

/** A change of one piece of source: `file` in lambda-src, and what stands there once in place of what. */
export interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const ROOT = join(__dirname, '../../../../lambda-src');

/** The engine, built from its source with these changes. */
export function mutated(...mutations: readonly Mutation[]): Engine {
  const modules = new Map<string, object>();
  const left = new Set(mutations);
  const load = (path: string): object => {
    const known = modules.get(path);
    if (known) return known;
    const module = { exports: {} };
    modules.set(path, module.exports);
    const source = mutations.filter(({ file }) => file === relative(ROOT, path)).reduce((text, mutation) => {
      left.delete(mutation);
      return replaceOnce(text, mutation);
    }, readFileSync(path, 'utf8'));
    const { outputText } = transpileModule(source, { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 } });
    const external = createRequire(path);
    const require = (name: string): unknown => (name.startsWith('.') ? load(`${join(dirname(path), name)}.ts`) : external(name));
    new Function('require', 'module', 'exports', outputText)(require, module, module.exports);
    return module.exports;
  };
  const files = ['core/broadcast.ts', 'core/queue-batch.ts', 'aws/shared-budget.ts', 'aws/system-clock.ts'];
  const mutant = Object.assign({}, ...files.map((file) => load(join(ROOT, file)))) as Engine;
  for (const { file } of left) throw new Error(`${file} is no part of the engine`);
  return mutant;
}

function replaceOnce(text: string, { file, from, to }: Mutation): string {
  if (text.split(from).length !== 2) throw new Error(`${file} must have this exactly once, for a mutant to be planted there: ${from}`);
  return text.replace(from, () => to);
}
