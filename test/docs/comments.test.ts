import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSourceFile, forEachChild, getLeadingCommentRanges, getTrailingCommentRanges, type Node, ScriptTarget } from 'typescript';
import { ROOT } from '../../harness/root';

/* A comment that opens with a question word has to be read twice: it asks, and the code below answers. */

const FOLDERS = ['src', 'bench', 'docs', 'harness', 'packaging', 'projenrc'];
const MAX_SHARE = 0.02;
const QUESTION = /^(What|How|Who|Where|Of)\b/;

/** The first words of each comment. */
function openings(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = new Map<number, string>();
  const visit = (node: Node): void => {
    const ranges = [...getLeadingCommentRanges(text, node.getFullStart()) ?? [], ...getTrailingCommentRanges(text, node.getEnd()) ?? []];
    for (const { pos, end } of ranges) found.set(pos, text.slice(pos, end).replace(/^(\/\*+|\/\/)\s*(\* )?/, ''));
    forEachChild(node, visit);
  };
  visit(createSourceFile(file, text, ScriptTarget.ES2022));
  return [...found.values()];
}

const sources = FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));

test('few comments open with a question word', () => {
  const all = sources.flatMap((file) => openings(file).map((text) => ({ file, text })));
  const questions = all.filter(({ text }) => QUESTION.test(text)).map(({ file, text }) => `${file.slice(ROOT.length + 1)}: ${text.split('\n')[0]}`);
  expect(all.length).toBeGreaterThan(1_000);
  expect(questions.slice(Math.floor(all.length * MAX_SHARE))).toEqual([]);
});

test('the words of a comment are found whatever its form', () => {
  expect(openings(__filename)).toEqual(expect.arrayContaining([expect.stringMatching(/^A comment that opens/), expect.stringMatching(/^The first words/)]));
});
