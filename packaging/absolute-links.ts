import { readFileSync, writeFileSync } from 'node:fs';

/*
 * The README is the page of the package in other languages' registries, too, which know nothing of this repository: there, its
 * links and pictures need whole addresses. Only in the jsii assembly: here and on npm's page the relative ones work.
 */

interface Assembly {
  readonly repository: { readonly url: string };
  readme?: { markdown: string };
}

const file = '.jsii';

/** Links lead to the page of a file, pictures to the file itself. */
export function withWholeAddresses(markdown: string, repository: string): string {
  const base = repository.replace(/\.git$/, '');
  const whole = (text: string) => text
    .replace(/(!\[[^\]]*\]\()(?!https?:)([^)\s]+)/g, `$1${base}/raw/main/$2`)
    .replace(/(\]\()(?!https?:|#|mailto:)([^)\s]+)/g, `$1${base}/blob/main/$2`);
  // Code has brackets of its own.
  return markdown.split(/(^```[^]*?^```$|`[^`\n]+`)/m).map((part) => (part.startsWith('`') ? part : whole(part))).join('');
}

if (require.main === module) {
  const assembly = JSON.parse(readFileSync(file, 'utf8')) as Assembly;
  if (assembly.readme) assembly.readme.markdown = withWholeAddresses(assembly.readme.markdown, assembly.repository.url);
  writeFileSync(file, JSON.stringify(assembly, null, 2));
}
