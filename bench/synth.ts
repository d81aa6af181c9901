import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { median, round, type Figure } from './figure';
import type { Output } from './output';
import type { Stage } from './stage';
import { ROOT } from '../harness/root';

const ROUNDS = 5;
const APPS = ['construct', 'plain'] as const;

interface Synthesis {
  readonly cpuMillis: number;
  /** Number of resources of each type. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Synthesis of an app with the construct, against the same resources by hand. */
export function benchSynth({ children }: { readonly children: Pick<Stage['children'], 'directory'> }, { progress, show }: Output, rounds = ROUNDS): Figure[] {
  const directory = join(children.directory, 'synth');
  // As deep as src/private/handlers, from where the construct finds its assets.
  const programs = join(directory, 'src', 'private', 'handlers');
  mkdirSync(programs, { recursive: true });
  for (const name of ['assets', 'node_modules']) symlinkSync(join(ROOT, name), join(directory, name));
  const files = APPS.map((app) => {
    const outfile = join(programs, `${app}.js`);
    buildSync({ entryPoints: [join(ROOT, 'bench', 'synth', `${app}.ts`)], outfile, bundle: true, packages: 'external', platform: 'node', logLevel: 'error' });
    return outfile;
  });
  const runs: Record<(typeof APPS)[number], Synthesis[]> = { construct: [], plain: [] };
  for (let turn = 0; turn < rounds; turn++) {
    progress(`synth: ${turn + 1} of ${rounds}`);
    for (const [index, app] of APPS.entries()) runs[app].push(synthesise(files[index], join(directory, `${app}-${turn}`)));
  }
  const [ours, plain] = APPS.map((app) => JSON.stringify(runs[app][0].resources));
  if (ours !== plain) throw new Error(`the app by hand must have the resources of the construct: ${ours}, got: ${plain}; mend bench/synth/plain.ts`);
  const cpu = (app: (typeof APPS)[number]) => median(runs[app].map(({ cpuMillis }) => cpuMillis));
  show({ title: 'Synthesis of an app, its start included', head: ['app', 'CPU ms'], rows: APPS.map((app) => [app, round(cpu(app))]) });
  return [{ name: 'synth, against the same resources as plain L2 constructs', value: cpu('construct') / cpu('plain'), atLeast: 1.2, aim: 1.05 }];
}

function synthesise(file: string, outdir: string): Synthesis {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { env: { ...process.env, CDK_OUTDIR: outdir }, encoding: 'utf8' });
  if (status !== 0) {
    // Node.js shows the source line first, which is a whole minified file of aws-cdk-lib.
    throw new Error(`${file} failed:\n${stderr.split('\n').filter((line) => line.length < 500 && line.trim()).join('\n')}`);
  }
  return JSON.parse(stdout) as Synthesis;
}
