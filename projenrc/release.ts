import { github, type awscdk } from 'projen';
import { WORKSPACES, type Workspace } from './workspaces';

/* The packages beside the construct: packed to dist/npm-<name>/, and published from there by jobs of their own. */

const READ = github.workflows.JobPermission.READ;
const WRITE = github.workflows.JobPermission.WRITE;

/** projen's own jobs take whatever tarball is in dist/js, and so have it for themselves. */
const packed = ({ name }: Workspace) => `dist/npm-${name}`;

export function packWorkspaces(project: awscdk.AwsCdkConstructLibrary): void {
  for (const workspace of WORKSPACES) {
    project.addTask(`package:${workspace.name}`, {
      description: `Create the npm package ${workspace.name}`,
      steps: [
        { exec: `rm -rf ${packed(workspace)} && mkdir -p ${packed(workspace)}` },
        // Without scripts: the package has the bundle that was tested, not another one.
        { exec: `npm pack --ignore-scripts --workspace ${workspace.folder} --pack-destination ${packed(workspace)}` },
      ],
    });
  }
}

export function releaseWorkspaces(project: awscdk.AwsCdkConstructLibrary, publib: string): void {
  const jobs = Object.fromEntries(WORKSPACES.map((workspace) => [`release_npm_${workspace.folder}`, publishingJob(workspace, publib)]));
  project.release!.addJobs(jobs);
  // The release on GitHub is the last: it says that everything is there.
  project.github!.tryFindWorkflow('release')!.file!.addToArray('jobs.release_github.needs', ...Object.keys(jobs));
}

function publishingJob(workspace: Workspace, publib: string): github.workflows.Job {
  return {
    name: `Publish ${workspace.name} to npm`,
    needs: ['release'],
    runsOn: ['ubuntu-latest'],
    permissions: { idToken: WRITE, contents: READ },
    environment: 'release',
    if: "needs.release.outputs.tag_exists != 'true' && needs.release.outputs.latest_commit == github.sha",
    tools: { node: { version: '24' } },
    steps: [
      github.WorkflowSteps.downloadArtifact({
        name: 'Download build artifacts',
        with: { artifactIds: ['${{ needs.release.outputs.artifact_id }}'], path: 'dist' },
      }),
      {
        name: 'Release',
        env: {
          NPM_DIST_TAG: 'latest',
          NPM_REGISTRY: 'registry.npmjs.org',
          NPM_CONFIG_PROVENANCE: 'true',
          NPM_TRUSTED_PUBLISHER: 'true',
          PUBLIB_DRYRUN: '${{ inputs.dry_run }}',
        },
        run: `npx -p publib@${publib} publib-npm ${packed(workspace)}`,
      },
    ],
  };
}
