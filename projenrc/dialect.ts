import type { awscdk } from 'projen';

/* One way to write what can be written in two. */

export const ONE_WAY = [
  { selector: 'AssignmentExpression[operator=/^[+-]=$/][right.value=1]', message: 'Write ++ or --.' },
  // Names of Node and of dynalite are exceptions.
  { selector: 'Identifier[name=/([a-z]Ms|_MS)$/][name!=/^(mtime|createTable|updateTable|deleteTable)Ms$/]', message: 'Write Millis.' },
  { selector: ':function > Identifier[name!="abortSignal"][typeAnnotation.typeAnnotation.typeName.name="AbortSignal"]', message: 'Name it abortSignal.' },
];

export function addDialectRules(project: awscdk.AwsCdkConstructLibrary): void {
  project.eslint?.addRules({
    'import/enforce-node-protocol-usage': ['error', 'always'],
    'no-restricted-syntax': ['error', ...ONE_WAY],
  });
  // projen writes these.
  project.eslint?.addOverride({ files: ['src/private/handlers/*-function.ts'], rules: { 'import/enforce-node-protocol-usage': 'off' } });
}
