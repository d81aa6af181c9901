import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

/*
 * The GitHub workflows, which nothing here runs: they fit together, run only pinned actions, and publish without tokens where a registry
 * allows it.
 */

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly needs?: string | string[];
  readonly permissions?: Record<string, string>;
  readonly environment?: string;
  readonly steps: Step[];
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly jobs: Record<string, Job>;
}

const root = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const folder = '.github/workflows';
const workflows = readdirSync(join(root, folder)).map((file) => [file, parse(read(join(folder, file))) as Workflow] as const);
const workflow = (name: string) => workflows.find(([file]) => file === `${name}.yml`)![1];
const { tasks } = JSON.parse(read('.projen/tasks.json')) as { tasks: Record<string, { env?: Record<string, string>; steps?: { execArgs?: string[] }[] }> };

const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);
const secretsOf = (job: unknown) => [...JSON.stringify(job).matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);

test('there is one each to build, to release, to upgrade, and to look at titles', () => {
  expect(workflows.map(([file]) => file).sort()).toEqual(['build.yml', 'pull-request-lint.yml', 'release.yml', 'upgrade-main.yml']);
});

describe.each(workflows)('%s', (_, each) => {
  test('runs actions of a commit or of one release, never of a branch', () => {
    const actions = stepsOf(each).flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/@([0-9a-f]{40}|v\d+\.\d+\.\d+)$/.test(action))).toEqual([]);
    expect(actions.filter((action) => !action.startsWith('actions/') && !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  test('runs tasks that there are, in jobs that wait for jobs that there are', () => {
    const names = stepsOf(each).flatMap(({ run = '' }) => [...run.matchAll(/npx projen ([\w:-]+)/g)].map(([, name]) => name));
    expect(names.filter((name) => !(name in tasks))).toEqual([]);
    const needed = Object.values(each.jobs).flatMap(({ needs = [] }) => needs);
    expect(needed.filter((name) => !(name in each.jobs))).toEqual([]);
  });

  test('says of each job what it may do', () => {
    expect(Object.entries(each.jobs).filter(([, { permissions }]) => !permissions).map(([name]) => name)).toEqual([]);
  });
});

describe('the release', () => {
  const { on, jobs } = workflow('release');
  const publishing = Object.values(jobs).flatMap((job) => job.steps.flatMap(({ run = '' }) => {
    const [, version, tool] = /^npx '?-p'? '?publib@([^\s']+)'? '?(publib-\w+)'?( dist\/\S+)?$/.exec(run) ?? [];
    return tool ? [{ job, version, tool }] : [];
  }));
  const publishers = (tool: string) => publishing.filter((each) => each.tool === tool).map(({ job }) => job);

  test('is started by a person, and only so', () => {
    expect(Object.keys(on)).toEqual(['workflow_dispatch']);
  });

  test('publishes to five registries, each from the environment that asks for a review, with one version of the tool', () => {
    expect(publishing.map(({ tool }) => tool).sort()).toEqual([
      'publib-golang', 'publib-maven', 'publib-npm', 'publib-npm', 'publib-npm', 'publib-nuget', 'publib-pypi',
    ]);
    expect(publishing.map(({ job }) => job.environment)).toEqual(publishing.map(() => 'release'));
    expect(new Set(publishing.map(({ version }) => version)).size).toBe(1);
    expect(publishing[0].version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test.each([['publib-npm', []], ['publib-pypi', []], ['publib-nuget', ['NUGET_USERNAME']]])('%s is trusted by its registry, and has no token', (tool, secrets) => {
    for (const job of publishers(tool)) {
      expect(job.permissions).toMatchObject({ 'id-token': 'write' });
      expect(secretsOf(job)).toEqual(secrets);
    }
  });

  test('is announced on GitHub when every registry has it', () => {
    const publishingJobs = Object.entries(jobs).filter(([, job]) => publishing.some((each) => each.job === job)).map(([name]) => name);
    expect(publishingJobs).toHaveLength(7);
    expect(jobs.release_github.needs).toEqual(expect.arrayContaining(publishingJobs));
  });

  test('needs no secret that CONTRIBUTING.md does not name', () => {
    const needed = publishing.flatMap(({ job }) => secretsOf(job)).filter((name) => name !== 'MAVEN_STAGING_PROFILE_ID'); // Of the former Maven Central.
    expect(needed.filter((name) => !read('CONTRIBUTING.md').includes(`\`${name}\``))).toEqual([]);
  });
});

test('upgrades are of versions that are at least a week old', () => {
  const { env = {}, steps = [] } = tasks.upgrade;
  expect(steps.flatMap(({ execArgs = [] }) => execArgs)).toContain('--cooldown=7');
  expect(env.NPM_CONFIG_BEFORE).toContain(String(7 * 24 * 60 * 60 * 1000));
  expect(workflow('upgrade-main').on).toHaveProperty('schedule');
});

test('titles are looked at without the code that they come with', () => {
  const lint = workflow('pull-request-lint');
  expect(lint.on).toHaveProperty('pull_request_target');
  expect(stepsOf(lint).map(({ uses }) => uses?.replace(/@.*/, ''))).toEqual(['amannn/action-semantic-pull-request']);
});
