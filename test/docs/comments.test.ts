import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSourceFile, forEachChild, getLeadingCommentRanges, getTrailingCommentRanges, type Node, ScriptTarget } from 'typescript';
import { ROOT } from '../../harness/root';

/*
 * A comment that opens with a question word has to be read twice: it asks, and the code below answers. Some other phrases hide who does
 * something, or are not the field's words.
 */

const FOLDERS = ['src', 'lambda-src', 'local', 'client', 'examples', 'test', 'bench', 'docs', 'harness', 'packaging', 'projenrc'];
const GENERATED = /(^|\/)(dist|node_modules|vendor|cdk\.out)\//;
/** Both shares leave room for a comment that has a reason. */
const MAX_QUESTIONS = 0.02;
const MAX_PHRASES = 0.002;
const QUESTION = /^(What|How|Who|Where|Of)\b/;
const PHRASE = /\b(?:(?:is|are|was|were|been) (?:told|said)|anew|whoever|lies on|spoken for|goes out|mend(?:s|ed|ing)?)\b/i;

/** The text of each comment of a file. */
function commentsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = new Map<number, string>();
  const visit = (node: Node): void => {
    const ranges = [...getLeadingCommentRanges(text, node.getFullStart()) ?? [], ...getTrailingCommentRanges(text, node.getEnd()) ?? []];
    for (const { pos, end } of ranges) found.set(pos, text.slice(pos, end).replace(/^(\/\*+|\/\/)\s*(\* )?/, '').replace(/\n\s*\*/g, '\n'));
    forEachChild(node, visit);
  };
  visit(createSourceFile(file, text, ScriptTarget.ES2022));
  return [...found.values()];
}

const sources = FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)))
  .filter((file) => /(?<!\.d)\.(ts|js|mjs)$/.test(file) && !GENERATED.test(file));

const comments = sources.flatMap((file) => commentsOf(file).map((text) => ({ file, text })));

test.each([['open with a question word', QUESTION, MAX_QUESTIONS], ['have a phrase that hides who does what', PHRASE, MAX_PHRASES]])('few comments %s', (_what, pattern, share) => {
  const found = comments.filter(({ text }) => pattern.test(text)).map(({ file, text }) => `${file.slice(ROOT.length + 1)}: ${pattern.exec(text)?.[0]}: ${text.split('\n')[0]}`);
  expect(comments.length).toBeGreaterThan(4_000);
  expect(found.slice(Math.floor(comments.length * share))).toEqual([]);
});

test('the words of a comment are found whatever its form', () => {
  expect(commentsOf(__filename)).toEqual(expect.arrayContaining([expect.stringMatching(/^A comment that opens/), expect.stringMatching(/^The text of each comment/)]));
});
