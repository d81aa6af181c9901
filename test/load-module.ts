import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

/** Loads an ES module that browsers load directly, as a module that jest can run. */
export function loadModule<T>(file: string): T {
  const source = readFileSync(join(__dirname, '..', file), 'utf8');
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ESNext, esModuleInterop: true };
  const { outputText } = transpileModule(source, { compilerOptions });
  const exports = {} as T;
  new Function('exports', 'require', outputText)(exports, require);
  return exports;
}
