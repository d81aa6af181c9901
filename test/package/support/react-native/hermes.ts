import { writeFileSync } from 'node:fs';
import { transformAsync } from '@babel/core';
import { build } from 'esbuild';
import { npmProgram } from '../../../../harness/nodes';

export const HERMES = 'hermes-engine-cli@0.12.0';
const PRESET = '@react-native/babel-preset';

/** The engine of React Native; undefined where it cannot be had. npm keeps it in its cache of the tests: it has the binaries of all systems. */
export const hermes = process.platform === 'linux' && process.arch === 'x64' ? npmProgram('hermes', HERMES, 'hermes-engine-cli/linux64-bin/hermes') : undefined;

/** Bundles a script and the client, and makes of it what Metro does with the preset of React Native for any version of Hermes. */
export async function bundleForHermes(script: string, client: string, file: string): Promise<void> {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [script],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // The client as it is installed.
    plugins: [{ name: 'shipped-client', setup: ({ onResolve }) => onResolve({ filter: /\/broadcast-client$/ }, () => ({ path: client })) }],
  });
  const presets = [[require.resolve(PRESET), { enableBabelRuntime: false, unstable_transformProfile: 'default' }]];
  const transformed = await transformAsync(text, { filename: file, babelrc: false, configFile: false, presets });
  writeFileSync(file, transformed!.code!);
}
