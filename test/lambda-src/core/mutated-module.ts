import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { ROOT } from '../../../harness/root';

/** A place in a source, and its replacement. */
export type Mutation = readonly [source: string, replacement: string];

const CORE = join(ROOT, 'lambda-src', 'core');
const texts = new Map<string, string>();

/** Loads a module of lambda-src/core with changes in its source; its imports are the shipped ones. */
export function mutatedModule<T>(file: string, mutations: readonly Mutation[]): T {
  return mutatedCore<T>(file, { [file]: mutations }, (path) => relative(CORE, path) === `${file}.ts`);
}

/**
 * Loads a module of lambda-src/core with changes in its source and in its imports. Throws when a place does not occur exactly once: a mutant
 * without a change would look like one that nothing kills.
 *
 * @param file path below lambda-src/core without its extension
 */
export function mutatedCore<T>(
  file: string, mutations: Readonly<Record<string, readonly Mutation[]>>, isOwn = (path: string) => path.startsWith(CORE),
): T {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    if (!isOwn(path)) {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      return require(path) as unknown;
    }
    const known = loaded.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const name = relative(CORE, path).replace(/\.ts$/, '');
    const requireFrom = (from: string) => load(from.startsWith('.') ? fileOf(join(dirname(path), from)) : from);
    new Function('module', 'exports', 'require', transpiled(changed(path, name, mutations[name] ?? [])))(module, module.exports, requireFrom);
    return module.exports;
  };
  const result = load(join(CORE, `${file}.ts`)) as T;
  for (const name of Object.keys(mutations)) if (!loaded.has(join(CORE, `${name}.ts`))) throw new Error(`${file} must import ${name}, to change it`);
  return result;
}

function fileOf(path: string): string {
  return existsSync(`${path}.ts`) ? `${path}.ts` : path;
}

function changed(path: string, name: string, mutations: readonly Mutation[]): string {
  let source = readFileSync(path, 'utf8');
  for (const [place, replacement] of mutations) {
    if (source.split(place).length !== 2) throw new Error(`${name} must have this once, to change it: ${place}`);
    source = source.replace(place, () => replacement);
  }
  return source;
}

function transpiled(source: string): string {
  const known = texts.get(source);
  if (known !== undefined) return known;
  const { outputText } = transpileModule(source, { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 } });
  texts.set(source, outputText);
  return outputText;
}
