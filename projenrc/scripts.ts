import { type awscdk, JsonFile } from 'projen';
import { ONE_WAY } from './dialect';
import { publisher } from './publisher';

/* JavaScript that ships or runs as it is: the types of its JSDoc, and lint. */

const SCRIPTS = ['examples/*/web/*.js', 'docs/calculator/*.js', 'local/*.js', 'local/inspector/page/*.js', 'local/lambda/child/*.{js,mjs}', 'harness/*.js', 'test/**/*.{js,cjs}'];

const TYPES = 'tsconfig.scripts.json';
const LINT = '.eslintrc.scripts.json';

export function checkScripts(project: awscdk.AwsCdkConstructLibrary): void {
  new JsonFile(project, TYPES, { obj: typesConfig() });
  project.tasks.tryFind('typecheck')!.exec(`tsc -p ${TYPES}`);
  new JsonFile(project, LINT, { obj: lintConfig(), marker: false }); // eslint takes no property that it does not know
  // A task of its own: projen writes the steps of `eslint` itself.
  project.addTask('eslint:scripts', {
    description: 'Run eslint on JavaScript that ships or runs as it is',
    env: { ESLINT_USE_FLAT_CONFIG: 'false', NODE_NO_WARNINGS: '1' },
    exec: `eslint --no-eslintrc --config ${LINT} ${SCRIPTS.map((pattern) => `"${pattern}"`).join(' ')}`,
    receiveArgs: true,
  });
}

function typesConfig(): object {
  return {
    extends: './tsconfig.dev.json',
    compilerOptions: {
      ...{ allowJs: true, checkJs: true, noEmit: true, declaration: false }, // of a bundle in a page's vendor folder none could be made
      // The pages declare few of their types.
      ...{ noImplicitAny: false, strictNullChecks: false, strictPropertyInitialization: false, useUnknownInCatchVariables: false },
      noUnusedLocals: false, // a page's scripts share their names
      paths: { [publisher.clientPackage]: ['./client/src/broadcast-client.ts'] },
    },
    include: [...SCRIPTS, 'examples/vendor.d.ts'],
    exclude: ['**/vendor/**', '**/dist/**', '**/node_modules/**'],
  };
}

function lintConfig(): object {
  return {
    root: true,
    extends: ['eslint:recommended'],
    plugins: ['@stylistic'],
    env: { browser: true, node: true, es2023: true },
    parserOptions: { ecmaVersion: 2023, sourceType: 'module' },
    overrides: [{ files: ['docs/calculator/*.js'], parserOptions: { sourceType: 'script', ecmaFeatures: { globalReturn: false } } }],
    ignorePatterns: ['vendor/', 'dist/', 'node_modules/'],
    rules: {
      '@stylistic/indent': ['error', 2],
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true }],
      '@stylistic/semi': ['error', 'always'],
      '@stylistic/comma-dangle': ['error', 'always-multiline'],
      'eqeqeq': 'error',
      'no-restricted-syntax': ['error', ...ONE_WAY],
      'no-shadow': 'error',
      'no-unused-vars': ['error', { vars: 'local' }], // a page's scripts share their names
      'no-var': 'error',
      'prefer-const': 'error',
    },
  };
}
