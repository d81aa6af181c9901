import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CACHE } from './apps';

/* cfn-lint in its own virtual environment: its findings in templates, and the accepted ones. */

const CFN_LINT = 'cfn-lint==1.58.0';
const venv = join(CACHE, CFN_LINT.replace('==', '-'));
const command = (name: string): string => join(venv, 'bin', name);

/** An accepted finding, with the reason. */
export interface Answer {
  readonly rule: string;
  /** Regular expression for its message. */
  readonly message: string;
  /** Regular expression for the file names of its templates. */
  readonly templates: string;
  readonly reason: string;
}

export interface Finding {
  readonly rule: string;
  readonly message: string;
  readonly template: string;
}

export const ANSWERS = JSON.parse(readFileSync(join(__dirname, 'cfn-lint-answers.json'), 'utf8')) as Answer[];

/** Installs it unless it is installed; returns the missing tool, if any. */
export function installCfnLint(): string | undefined {
  if (existsSync(command('cfn-lint'))) return undefined;
  if (spawnSync('python3', ['-m', 'venv', venv], { stdio: 'ignore' }).status !== 0) return 'no Python with venv';
  const { status, stderr } = spawnSync(command('pip'), ['install', '--quiet', '--disable-pip-version-check', CFN_LINT], { encoding: 'utf8' });
  if (status === 0) return undefined;
  // Otherwise a partial installation would look complete the next time.
  rmSync(venv, { recursive: true });
  if (/No matching distribution|Could not find a version|NewConnectionError|Max retries|HTTP error/.test(stderr)) return `PyPI does not serve ${CFN_LINT}`;
  throw new Error(stderr);
}

/** Returns its findings in the templates for all regions that it knows. */
export function lint(templates: string[]): Finding[] {
  const regions = execFileSync(command('python'), ['-c', 'from cfnlint.helpers import REGIONS; print(*REGIONS)'], { encoding: 'utf8' }).trim().split(' ');
  // Its exit status only shows whether it has findings; failures show in its output.
  const { stdout, stderr, error } = spawnSync(command('cfn-lint'), ['--format', 'json', '--regions', ...regions, '--template', ...templates], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error || !stdout.startsWith('[')) throw new Error(`cfn-lint failed: ${stderr}${stdout}`, { cause: error });
  const found = JSON.parse(stdout) as { Rule: { Id: string }; Message: string; Filename: string }[];
  return found.map(({ Rule, Message, Filename }) => ({ rule: Rule.Id, message: Message, template: basename(Filename) }));
}

export function isAnsweredBy({ rule, message, templates }: Answer, finding: Finding): boolean {
  return finding.rule === rule && new RegExp(message).test(finding.message) && new RegExp(templates).test(finding.template);
}
