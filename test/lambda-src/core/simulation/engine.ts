import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { SharedBudget } from '../../../../lambda-src/aws/shared-budget';
import { SteadyClock } from '../../../../lambda-src/aws/system-clock';
import { broadcast } from '../../../../lambda-src/core/broadcast';
import { handleRecords } from '../../../../lambda-src/core/queue-batch';

/** The simulated modules. */
export interface Engine {
  readonly broadcast: typeof broadcast;
  readonly handleRecords: typeof handleRecords;
  readonly SharedBudget: typeof SharedBudget;
  readonly SteadyClock: typeof SteadyClock;
}

export const engine: Engine = { broadcast, handleRecords, SharedBudget, SteadyClock };

/** Modules in which a mutant may be planted, by the names of their exports. */
export interface Modules {
  'aws/shared-budget': typeof import('../../../../lambda-src/aws/shared-budget');
  'aws/system-clock': typeof import('../../../../lambda-src/aws/system-clock');
  'core/clock': typeof import('../../../../lambda-src/core/clock');
  'core/connection': typeof import('../../../../lambda-src/core/connection');
  'core/work-item-delivery': typeof import('../../../../lambda-src/core/work-item-delivery');
  'core/queue-batch': typeof import('../../../../lambda-src/core/queue-batch');
  'core/in-flight': typeof import('../../../../lambda-src/core/in-flight');
  'core/outcome': typeof import('../../../../lambda-src/core/outcome');
  'core/pacer': typeof import('../../../../lambda-src/core/pacer');
  'core/page-reader': typeof import('../../../../lambda-src/core/page-reader');
  'core/publication': typeof import('../../../../lambda-src/core/publication');
  'core/retries': typeof import('../../../../lambda-src/core/retries');
  'core/delivery-engine': typeof import('../../../../lambda-src/core/delivery-engine');
  'core/work-item': typeof import('../../../../lambda-src/core/work-item');
}

/** Replacements for some exports of a module, as other modules see them. */
export type Plants = { readonly [Name in keyof Modules]?: (original: Modules[Name]) => Partial<Modules[Name]> };

const ROOT = join(__dirname, '../../../../lambda-src');

/** Loads the engine again with these replacements. */
export function mutated(plants: Plants = {}): Engine {
  const modules = new Map<string, object>();
  const left = new Set(Object.keys(plants));
  const load = (path: string): object => {
    const known = modules.get(path);
    if (known) return known;
    const module = { exports: {} };
    modules.set(path, module.exports);
    const { outputText } = transpileModule(readFileSync(path, 'utf8'), { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 } });
    const external = createRequire(path);
    const require = (name: string): unknown => (name.startsWith('.') ? load(`${join(dirname(path), name)}.ts`) : external(name));
    new Function('require', 'module', 'exports', outputText)(require, module, module.exports);
    const name = relative(ROOT, path).replace(/\.ts$/, '');
    const plant = plants[name as keyof Modules] as ((original: object) => object) | undefined;
    if (plant) Object.assign(module.exports, plant({ ...module.exports }));
    left.delete(name);
    return module.exports;
  };
  const files = ['core/broadcast.ts', 'core/queue-batch.ts', 'aws/shared-budget.ts', 'aws/system-clock.ts'];
  const mutant = Object.assign({}, ...files.map((file) => load(join(ROOT, file)))) as Engine;
  for (const name of left) throw new Error(`${name} is no part of the engine`);
  return mutant;
}

/* eslint-disable @typescript-eslint/no-explicit-any -- members that only the class itself sees */
type Class = abstract new (...args: any[]) => any;
/** @param self the object, including its private members */
type Method = (self: any, original: (...args: any[]) => any, ...args: any[]) => unknown;

/** Returns a class with one method or accessor replaced. */
export function overriding<C extends Class>(Original: C, name: string, replacement: Method): C {
  const described = Object.getOwnPropertyDescriptor(Original.prototype, name);
  if (!described) throw new Error(`${Original.name} has no '${name}' for a mutant to override`);
  const Mutant = class extends (Original as any) {};
  Object.defineProperty(Mutant.prototype, name, described.get
    ? { get(this: any) { return replacement(this, () => described.get!.call(this)); } }
    : { value(this: any, ...args: any[]) { return replacement(this, (...given) => described.value.apply(this, given), ...args); } });
  return Mutant as unknown as C;
}
