import { readFileSync } from 'node:fs';

/* Every app of the tests has the flags that `cdk init` puts into a new app's cdk.json. */
process.env.CDK_CONTEXT_JSON = readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8');
