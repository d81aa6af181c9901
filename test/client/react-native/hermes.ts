import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformAsync } from '@babel/core';
import { build } from 'esbuild';
import { ROOT } from '../../../harness/root';

const HERMES = join(ROOT, 'node_modules', 'hermes-engine-cli', 'linux64-bin', 'hermes');
const PRESET = '@react-native/babel-preset';

/** The engine of React Native; undefined where its binary does not run or is not installed. */
export const hermes = process.platform === 'linux' && process.arch === 'x64' && existsSync(HERMES) ? HERMES : undefined;

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
