import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Puts the types of API.md into the order in which the README names them. jsii-docgen sorts them by name, so that the reference would begin
 * with alarms.
 */

const ROOT = join(__dirname, '..');

/** A chapter has a level-two heading; its types have level-three headings. */
export function inOrderOf(readme: string, reference: string): string {
  const place = (name: string) => {
    const index = readme.search(new RegExp(`\\b${name}\\b`));
    return index < 0 ? readme.length : index;
  };
  const nameOf = (type: string) => /^### (\w+)/.exec(type)![1];
  return reference.split(/^(?=## )/m).map((chapter) => {
    const [heading, ...types] = chapter.split(/^(?=### )/m);
    const sorted = types.map((type) => ({ type, name: nameOf(type) }))
      .sort((one, other) => place(one.name) - place(other.name) || one.name.localeCompare(other.name, 'en'));
    return heading + sorted.map(({ type }) => type).join('');
  }).join('');
}

if (require.main === module) {
  const file = process.argv[2] ?? join(ROOT, 'API.md');
  writeFileSync(file, inOrderOf(readFileSync(join(ROOT, 'README.md'), 'utf8'), readFileSync(file, 'utf8')));
}
