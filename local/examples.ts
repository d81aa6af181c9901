import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cut, LocalError } from './errors';

/** Folder of the package's examples, as cloud assemblies beside the bundle. */
const EXAMPLES = join(__dirname, 'examples');

/** Cloud assembly and page of an example. */
export interface Example {
  readonly assembly: string;
  readonly serve: string;
}

/** @throws LocalError when the package has no example of that name */
export function exampleOf(name: string): Example {
  const names = existsSync(EXAMPLES) ? readdirSync(EXAMPLES).sort() : [];
  if (!names.includes(name)) throw new LocalError(`'--example' must be an example of this package (${names.join(', ') || 'it has none'}), got '${cut(name)}'`, 2);
  return { assembly: join(EXAMPLES, name), serve: join(__dirname, name) };
}
