import type { awscdk } from 'projen';

/* Lint rules for the three rings: synth, cold start, and per message. */

/** Holds each ring to what it may import. */
export function addRingRules(project: awscdk.AwsCdkConstructLibrary): void {
  project.eslint?.addRules({
    'import/no-restricted-paths': ['error', {
      zones: [
        { target: './src', from: './lambda-src', message: 'What both need is in src/private/contract.ts.' },
        { target: './lambda-src', from: './src', except: ['./private/contract.ts', './private/layer-contract.ts'], message: 'What both need is in src/private/contract.ts.' },
        { target: './lambda-src/core', from: './lambda-src/aws', message: 'The core gets it as a port.' },
        { target: ['./harness', './bench', './docs'], from: './test', message: 'What they share with tests is in harness/.' },
        { target: ['./src', './lambda-src', './local', './client'], from: ['./harness', './test'], message: 'What ships knows nothing of its tests.' },
      ],
    }],
  });
  project.eslint?.addOverride({
    files: ['lambda-src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...['process', 'performance', 'Date', 'setTimeout', 'setInterval', 'setImmediate'].map((name) => (
        { name, message: 'The core has no environment and no clock of its own: it gets them as ports.' }
      ))],
      'no-restricted-imports': ['error', { patterns: [{ group: ['@aws-*', '@aws-*/**', 'aws-*', 'aws-*/**'], message: 'The core knows nothing of AWS.' }] }],
    },
  });
}
