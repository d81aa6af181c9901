import { awscdk } from 'projen';
import { TS_NODE } from './commands';

/* Bundles that esbuild makes when this package is built, so that a user's synth needs neither esbuild nor Docker. */

const HANDLERS = [
  'connection-handler', 'message-handler', 'queued-message-handler', 'delivery-handler', 'jwt-authorizer',
  // In place of the base ones where a layer is on; those stay equal to the byte.
  'layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler',
  // Only where a backend closes connections.
  'disconnect-handler',
  // Only where members of a channel learn who is there.
  'presence-handler',
];

/** Options with which each example is served: the dashboard's minute takes five seconds. */
const EXAMPLES = { chat: '', dashboard: ' --time-scale 12' };

export function bundleHandlers(project: awscdk.AwsCdkConstructLibrary): void {
  for (const handler of HANDLERS) {
    const bundlingOptions = {
      externals: [], // the SDK that was tested is the SDK that runs
      minify: true,
      esbuildArgs: {
        // Half the size and half the cold start, each again by a good part.
        '--main-fields': 'module,main',
        '--alias:@aws-sdk/credential-provider-node': './lambda-src/aws/sdk-credentials.ts',
        '--alias:@aws-sdk/endpoint-cache': './lambda-src/aws/sdk-endpoint-cache.ts',
        '--alias:@smithy/core/event-streams': './lambda-src/aws/sdk-event-streams.ts',
        '--alias:node:fs/promises': './lambda-src/aws/sdk-files.ts',
        '--metafile': `.metafiles/construct/${handler}.json`, // whose notices have to be shipped
      },
    };
    new awscdk.LambdaFunction(project, {
      entrypoint: `lambda-src/${handler}.lambda.ts`,
      constructFile: `src/private/handlers/${handler}-function.ts`,
      runtime: new awscdk.LambdaRuntime('nodejs24.x', 'node24', { defaultExternals: [] }),
      awsSdkConnectionReuse: false,
      cdkDeps: project.cdkDeps,
      bundlingOptions,
    });
  }
  // A bundle whose source is gone would be packed.
  project.tasks.tryFind('bundle')!.prependExec('rm -rf assets .metafiles');
}

/** The packages beside the construct: each makes its own `dist` folder. */
export function bundleWorkspaces(project: awscdk.AwsCdkConstructLibrary): void {
  const client = project.addTask('bundle:client', {
    description: 'Bundle the WebSocket client for pages without a build step, and write its types',
    exec: `${TS_NODE} packaging/bundle-client.ts`,
  });
  const runner = project.addTask('bundle:local', {
    description: 'Bundle the local runner into one file',
  });
  // Not in `postinstall`, which would run for every user. The tests do the same, in harness/jest-setup.ts.
  runner.spawn(project.addTask('patch', {
    description: 'Apply patches/ to the installed packages, once',
    exec: 'patch-package --error-on-fail',
  }));
  runner.exec(`${TS_NODE} local/bundle.ts`);
  runner.spawn(project.addTask('bundle:example', {
    description: 'Synthesise the example chat into the package of the local runner',
    exec: `${TS_NODE} packaging/bundle-example.ts`,
  }));
  for (const task of [client, runner]) project.tasks.tryFind('bundle')!.spawn(task);
}

/** The examples' pages, and a task that runs each example. */
export function bundleExamples(project: awscdk.AwsCdkConstructLibrary): void {
  const bundle = project.tasks.tryFind('bundle')!;
  const bundlePages = project.addTask('bundle:pages', {
    description: 'Bundle the WebSocket client of the examples\' pages, and copy the look that they share',
    exec: `${TS_NODE} packaging/bundle-page.ts ${Object.keys(EXAMPLES).map((example) => `examples/${example}/web`).join(' ')}`,
  });

  for (const [example, options] of Object.entries(EXAMPLES)) {
    const run = project.addTask(example, { description: `Run the example ${example} on this machine` });
    run.spawn(bundle);
    run.spawn(bundlePages);
    run.exec(
      `node local/broadcast-local.js --app "${TS_NODE} examples/${example}/app.ts" --serve examples/${example}/web --port 8787${options}`,
      { receiveArgs: true }, // the runner's: of an option that stands twice, the last counts
    );
  }
}

/** Comes last: it reads what all bundles are made of. */
export function writeNotices(project: awscdk.AwsCdkConstructLibrary): void {
  project.tasks.tryFind('bundle')!.spawn(project.addTask('bundle:notices', {
    description: 'Write the licence notices of what is bundled',
    exec: `${TS_NODE} packaging/notices.ts`,
  }));
}
