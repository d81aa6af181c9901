import { matcher } from '../../../local/watch/patterns';

test.each<[string, string, boolean]>([
  ['**', 'any/file.ts', true],
  ['node_modules', 'node_modules', true],
  ['node_modules', 'lib/node_modules', false],
  ['**/node_modules', 'lib/node_modules', true],
  ['**/*.js', 'index.js', true],
  ['**/*.js', 'lib/index.js', true],
  ['**/*.js', 'lib/index.ts', false],
  ['*.js', 'lib/index.js', false],
  ['cdk*.json', 'cdk.context.json', true],
  ['./src/', 'src', true],
  ['src/**', 'src/a/b.ts', true],
  ['src/?.ts', 'src/a.ts', true],
  ['src/?.ts', 'src/ab.ts', false],
  ['*.{ts,d.ts}', 'a.ts', true],
  ['*.{ts,js}', 'a.py', false],
  ['src', 'src/a/b.ts', true],
  ['src/*', 'src/a/b.ts', true],
  ['**/.*', 'lib/.env', true],
  ['**', 'lib/.env', true],
  ['!(lib)', 'src', true],
  ['!(lib)', 'lib', false],
  ['{src,lib/{a,b}}', 'lib/b', true],
  ['a.ts', 'axts', false],
])('%s matches %s: %s', (pattern, path, expected) => {
  expect(matcher(['nothing', pattern])(path)).toBe(expected);
});
