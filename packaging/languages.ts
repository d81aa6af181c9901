import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/* The languages that this library is published for, and what a machine needs to package for them and to use the package. */

interface Tool {
  readonly command: string;
  readonly args: string[];
}

export interface Language {
  readonly name: string;
  readonly registry: string;
  /** Tools that packaging needs. */
  readonly tools: Tool[];
  /** The task that runs without those tools, and what it makes. */
  readonly otherwise?: { readonly task: string; readonly what: string };
  /** Additional tools for an app of the language. */
  readonly appTools?: Tool[];
}

/** One that is not too old for the example. */
const GO: Tool = { command: 'go', args: ['-C', join(__dirname, '..', 'examples', 'go'), 'list', '-m'] };

export const LANGUAGES: Language[] = [
  { name: 'js', registry: 'npm', tools: [] },
  { name: 'python', registry: 'PyPI', tools: [{ command: 'python3', args: ['-c', 'import venv, ensurepip'] }] },
  { name: 'java', registry: 'Maven', tools: [{ command: 'mvn', args: ['--version'] }, { command: 'javac', args: ['-version'] }] },
  {
    name: 'dotnet',
    registry: 'NuGet',
    tools: [{ command: 'dotnet', args: ['--version'] }],
    otherwise: { task: 'package:dotnet-sources', what: 'only its sources are in dist/dotnet' },
  },
  // A Go module is its sources: they are made without Go.
  { name: 'go', registry: 'Go', tools: [], appTools: [GO] },
];

/** The commands among these that are not there, or do not work. */
export function missing(tools: Tool[]): string[] {
  return tools.filter(({ command, args }) => spawnSync(command, args, { stdio: 'ignore' }).status !== 0).map(({ command }) => command);
}
