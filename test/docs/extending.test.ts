import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { blocksOf } from './pages';
import { run } from './recipes';
import { Client } from '../../harness/client';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';
import type { BroadcastWebSocketApi } from '../../src';
import { environmentOf } from '../construct-fixture';

/* The stacks of docs/extending.md, docs/hosting.md and docs/production.md, created as shown. */

interface Shown {
  readonly app: App;
  readonly stack: Stack;
  readonly api: BroadcastWebSocketApi;
}

let scratch: Scratch;
const home = process.cwd();

beforeAll(() => {
  scratch = scratchFolder();
  for (const folder of ['web', 'poster']) {
    mkdirSync(join(scratch.path, folder));
    writeFileSync(join(scratch.path, folder, 'index.js'), 'exports.handler = async () => undefined;');
  }
  process.env.CDK_OUTDIR = join(scratch.path, 'cdk.out');
  process.chdir(scratch.path); // The pages name folders of the reader's project.
});

afterAll(() => {
  process.chdir(home);
  delete process.env.CDK_OUTDIR;
  scratch.remove();
});

function shown(page: string, id: string): Shown {
  const block = blocksOf(page).find((each) => each.id === id);
  if (!block) throw new Error(`${page} has no block '${id}'`);
  return run<Shown>(block, 'app, stack, api');
}

test('a route of one\'s own is answered, and everything else is still broadcast', async () => {
  const { app } = shown('docs/extending.md', 'route');
  let local: Local | undefined;
  try {
    local = await startLocal({ assembly: app.synth().directory });
    const client = await Client.open(local.url);
    client.send('{"action":"whoami"}');
    const { type, id } = JSON.parse(await client.frame((frame) => frame.includes('"you"'))) as { type: string; id: string };
    expect(type).toBe('you');
    client.send('hello');
    expect(await client.frame((frame) => frame.includes('hello'))).toBe(JSON.stringify({ message: `${id} says: hello` }));
    await client.close();
  } finally {
    await local?.stop();
  }
}, 60_000);

test('a function that posts may use the connections of this stage only, and knows where they are', () => {
  const { stack, api } = shown('docs/extending.md', 'poster');
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { CALLBACK_URL: stack.resolve(api.callbackUrl) as unknown } } });
  template.hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^Poster') }],
    PolicyDocument: { Statement: [Match.objectLike({ Action: 'execute-api:ManageConnections' })] },
  });
});

test('the page is deployed with the address of the API, and is the only one that may connect', () => {
  const { stack, api } = shown('docs/hosting.md', 'hosting');
  const template = Template.fromStack(stack);
  const [distribution] = Object.keys(template.findResources('AWS::CloudFront::Distribution'));
  expect(JSON.stringify(environmentOf(api.connectionHandler))).toContain(JSON.stringify({ 'Fn::GetAtt': [distribution, 'DomainName'] }));
  template.resourceCountIs('Custom::CDKBucketDeployment', 1);
  const [{ Properties: { SourceMarkers } }] = Object.values(template.findResources('Custom::CDKBucketDeployment'));
  expect(JSON.stringify(SourceMarkers)).toContain('.execute-api.');
});

test('the stack of the checklist synthesises without a warning, with what it ticks off', () => {
  const { app, stack } = shown('docs/production.md', 'production');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1);
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  template.hasResourceProperties('AWS::DynamoDB::Table', { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } });
  const warnings = app.synth().stacks.flatMap(({ messages }) => messages).filter(({ level }) => level !== 'info');
  expect(warnings.map(({ entry }) => entry.data)).toEqual([]);
});
