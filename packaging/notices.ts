import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Metafile } from 'esbuild';

/*
 * Writes the notices of everything that is bundled: name, version, licence and licence text of each package that esbuild
 * read a file from. Needs the metafiles that bundling leaves in .metafiles/, in a folder for each npm package.
 */

const METAFILES = '.metafiles';

/** Notices of each npm package that bundles others, beside its bundles. */
export const NOTICES: Readonly<Record<string, string>> = {
  construct: join('assets', 'THIRD-PARTY-NOTICES.txt'),
  local: join('local', 'dist', 'THIRD-PARTY-NOTICES.txt'),
};

/** Licences that ask for their notice, and for nothing else. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];

const LICENSE_FILE = /^(licen[cs]e|copying)(\.(md|txt|mit))?$/i;
const NOTICE_FILE = /^notice(\.(md|txt))?$/i;

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type: string };
  readonly author?: string | { readonly name: string };
}

const CONDITION = `The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

`;

/** For packages that name their licence in package.json only. */
const STANDARD_TEXTS: Record<string, string> = { 'MIT': mit(CONDITION), 'MIT-0': mit('') };

function mit(condition: string): string {
  return `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so${condition ? ', subject to the following conditions:' : '.'}

${condition}THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

/**
 * The folders of the packages that esbuild read a file from. That esbuild left out all of a package as unused is not relied on: a notice
 * too many does no harm.
 */
export function bundledFolders(metafiles: Metafile[]): string[] {
  const folders = metafiles.flatMap(({ inputs }) => Object.keys(inputs))
    // A plugin's files are named `namespace:path`.
    .flatMap((path) => /^(?:[\w-]+:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** @throws an error that names the package, when what has to be shipped with it is not known. */
export function readPackage(folder: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version } = manifest;
  const license = typeof manifest.license === 'object' ? manifest.license.type : manifest.license;
  const text = readTexts(folder) ?? standardText(manifest, license);
  if (!name || !version || !license || !text) throw new Error(`${folder} is bundled, but its name, version, licence or text of its licence is missing`);
  if (!PERMISSIVE.includes(license)) throw new Error(`${folder} is bundled, so its licence must be one of ${PERMISSIVE.join(', ')}, got ${license}`);
  return { name, version, license, text };
}

function readTexts(folder: string): string | undefined {
  const files = readdirSync(folder).sort();
  const license = files.find((file) => LICENSE_FILE.test(file));
  if (!license) return undefined;
  return [license, ...files.filter((file) => NOTICE_FILE.test(file))]
    .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim())
    .join('\n\n');
}

function standardText({ author }: Manifest, license = ''): string | undefined {
  const text = STANDARD_TEXTS[license];
  const holder = typeof author === 'object' ? author.name : author?.replace(/\s*[<(].*/, '');
  return text && holder && `Copyright (c) ${holder}\n\n${text}`;
}

/** Packages with the same text stand above it together. */
export function formatNotices(packages: BundledPackage[]): string {
  const byText = new Map<string, BundledPackage[]>();
  for (const bundled of packages) byText.set(bundled.text, [...byText.get(bundled.text) ?? [], bundled]);
  const sections = [...byText].map(([text, sharing]) => {
    const heads = sharing.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${[...new Set(heads)].sort().join('\n')}\n\n${text}\n`;
  });
  const rule = `\n${'-'.repeat(80)}\n\n`;
  return ['The files in this folder contain parts of the following packages.\n', ...sections.sort()].join(rule);
}

export function readMetafiles(npmPackage: string): Metafile[] {
  const folder = join(METAFILES, npmPackage);
  if (!existsSync(folder)) throw new Error(`${folder} is missing: run \`npx projen bundle\` first`);
  return readdirSync(folder).sort().map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Metafile);
}

export function noticesOf(npmPackage: string): string {
  return formatNotices(bundledFolders(readMetafiles(npmPackage)).map(readPackage));
}

if (require.main === module) for (const [npmPackage, file] of Object.entries(NOTICES)) writeFileSync(file, noticesOf(npmPackage));
