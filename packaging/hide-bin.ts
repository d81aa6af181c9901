import { readFileSync, writeFileSync } from 'node:fs';

/*
 * Takes npm's `bin` out of the jsii assembly. jsii would make a script of it in the Python package, and that script could
 * not run: it starts Node.js where aws-cdk-lib is not to be found. See docs/adr/002-local-runner-and-jsii.md.
 */
const file = '.jsii';
const assembly = JSON.parse(readFileSync(file, 'utf8')) as { bin?: unknown };
delete assembly.bin;
writeFileSync(file, JSON.stringify(assembly, null, 2));
