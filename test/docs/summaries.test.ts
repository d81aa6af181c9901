import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../harness/root';

/* The first sentence of each public docstring, which is all that an editor shows at first. */

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string };
}

interface Method extends Documented {
  readonly parameters?: Documented[];
}

interface Type extends Documented {
  readonly properties?: Documented[];
  readonly members?: Documented[];
  readonly methods?: Method[];
  readonly initializer?: { readonly parameters?: Documented[] };
}

const MAX_WORDS = 20;
const { types } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: Record<string, Type> };

const all = Object.values(types);
const members = all.flatMap((type) => [type, ...[...type.properties ?? [], ...type.members ?? [], ...type.methods ?? []]
  .map((member) => ({ ...member, name: `${type.name}.${member.name}` }))]);
const parameters = all.flatMap((type) => [...type.methods ?? [], { name: 'constructor', ...type.initializer }]
  .flatMap((method) => (method.parameters ?? []).map((parameter) => ({ ...parameter, name: `${type.name}.${method.name}(${parameter.name})` }))));

function problemsOf(summary: string): string[] {
  const words = summary.split(/\s+/).length;
  return [
    ...(summary.endsWith('.') ? [] : ['does not end with a period']),
    ...(summary.includes(';') ? ['has a semicolon'] : []),
    ...(words > MAX_WORDS ? [`has ${words} words`] : []),
  ];
}

const complaints = (documented: readonly Documented[]) => documented
  .flatMap(({ name, docs }) => (docs?.summary === undefined ? [] : problemsOf(docs.summary).map((problem) => `${name}: '${docs.summary}' ${problem}`)));

test('a fragment, a semicolon and a long sentence are found', () => {
  expect(problemsOf('The alarms that there are;')).toEqual(['does not end with a period', 'has a semicolon']);
  expect(problemsOf(`${'word '.repeat(20)}word.`)).toEqual(['has 21 words']);
  expect(problemsOf('Retention of a new log group.')).toEqual([]);
});

test('each type and member has a summary', () => {
  expect(members.length).toBeGreaterThan(200);
  expect(members.filter(({ docs }) => !docs?.summary).map(({ name }) => name)).toEqual([]);
});

test('each summary is one whole sentence of at most 20 words', () => {
  expect(complaints([...members, ...parameters])).toEqual([]);
});

test('the summary of a type or a member begins with a capital letter or with code', () => {
  expect(members.map(({ name, docs }) => `${name}: ${docs?.summary}`).filter((text) => !/: [A-Z`]/.test(text))).toEqual([]);
});
