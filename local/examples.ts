import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cut, LocalError } from './errors';

/** The examples that the package has: their cloud assemblies, beside the bundle. */
const EXAMPLES = join(__dirname, 'examples');

/** What serves an example: its cloud assembly, and the directory of its page. */
export interface Example {
  readonly assembly: string;
  readonly serve: string;
}

/** @throws LocalError when the package has no example of that name */
export function exampleOf(name: string): Example {
  const names = existsSync(EXAMPLES) ? readdirSync(EXAMPLES).sort() : [];
  if (!names.includes(name)) throw new LocalError(`'--example' must be one of those in this package (${names.join(', ') || 'there is none'}), got '${cut(name)}'`, 2);
  return { assembly: join(EXAMPLES, name), serve: join(__dirname, name) };
}
