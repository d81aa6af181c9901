import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Client } from '../../harness/client';
import { NODES, nodeProgram } from '../../harness/nodes';
import { queuesClient } from '../../harness/queues';
import { ROOT } from '../../harness/root';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { passesFilter, pipeBody, taskBody } from '../../harness/service-inputs';
import { shippedBundle } from '../../harness/shipped-bundle';
import { startLocal, type Local } from '../../local';
import { BroadcastWebSocketApi } from '../../src';
import { logicalId } from '../construct-fixture';
import { addInside, publishTo, putEvent } from './support/inside';
import { read } from '../docs/pages';
import { channelPublishers, PUBLISHER, publishers, type Publishing } from '../docs/recipes';

/*
 * The messages that clients receive with the recipes of docs/recipes.md and docs/channels.md. The local runner emulates EventBridge rules and
 * SNS topics. Pipes and Step Functions are not emulated: their message body is made from the template by their documented rules, and goes
 * through the shipped handlers.
 */

for (const handler of ['connection-handler', 'message-handler', 'delivery-handler'] as const) shippedBundle(handler);

/** Values of the events below that must never reach a client. */
const ENVELOPE = ['111122223333', 'eu-central-1', 'arn:aws:'];

describe('what clients receive from', () => {
  let scratch: Scratch;
  let shown: Publishing;
  let template: Template;
  let local: Local;
  let sqs: SQSClient;
  let client: Client;

  beforeAll(async () => {
    scratch = scratchFolder();
    shown = within(scratch.path, publishers);
    open(shown);
    const { directory } = (shown.stack.node.root as App).synth();
    template = Template.fromStack(shown.stack);
    local = await startLocal({ assembly: directory, timeScale: 60 });
    sqs = queuesClient(local.sqsEndpoint);
    client = await Client.open(local.url);
  }, 60_000);

  afterAll(async () => {
    await client?.close();
    sqs?.destroy();
    await local?.stop();
    scratch?.remove();
  });

  const only = (type: string, ...fits: [object?]) => {
    const found = Object.values(template.findResources(type, ...fits));
    expect(found).toHaveLength(1);
    return found[0].Properties;
  };

  /** Sends the body like the service; the client's frame has to equal this one, and be on the page. */
  async function receives(body: string, expected: string): Promise<void> {
    await sqs.send(new SendMessageCommand({ QueueUrl: local.queues[logicalId(shown.api.broadcastQueue)], MessageBody: body }));
    await shows(expected);
  }

  async function shows(expected: string): Promise<void> {
    expect(await client.frame((frame) => frame === expected)).toBe(expected);
    for (const word of ENVELOPE) expect(client.frames.join('\n')).not.toContain(word);
    expect(read('docs/recipes.md')).toContain(`| \`${expected}\` |`);
  }

  test('a rule on events: their detail', async () => {
    await putEvent(local, 'orders', 'Order sent', { order: 17, status: 'sent' });
    await shows('{"message":"{\\"order\\":17,\\"status\\":\\"sent\\"}"}');
  });

  test('a schedule: its constant', async () => {
    await shows('{"message":"{\\"topic\\":\\"a minute has passed\\"}"}');
  });

  test('a topic: what was published', async () => {
    await publishTo(local, local.outputs['Backend.TopicArn'], 'hello');
    await shows('{"message":"hello"}');
  });

  test('a pipe: what its template takes of the new item, and nothing of a deleted one', async () => {
    const { SourceParameters, TargetParameters } = only('AWS::Pipes::Pipe');
    const { DynamoDBStreamParameters: { BatchSize }, FilterCriteria: { Filters } } = SourceParameters;
    const change = (eventName: string, images: object) => ({
      eventID: 'b1cf0f1d',
      eventName,
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-central-1',
      eventSourceARN: 'arn:aws:dynamodb:eu-central-1:111122223333:table/Prices/stream/2026-11-12T00:00:00.000',
      dynamodb: { Keys: { id: { S: 'gold' } }, ...images },
    });
    const put = change('INSERT', { NewImage: { id: { S: 'gold' }, price: { N: '42' } } });
    expect([put, change('REMOVE', {})].map((record) => passesFilter(Filters, record))).toEqual([true, false]);
    expect(BatchSize).toBeLessThanOrEqual(10);
    await receives(pipeBody(TargetParameters.InputTemplate, put), '{"message":"{\\"id\\":\\"gold\\",\\"price\\":\\"42\\"}"}');
  });

  test('a step of a state machine: the text of its input', async () => {
    const { DefinitionString } = only('AWS::StepFunctions::StateMachine');
    const text = (DefinitionString['Fn::Join'][1] as unknown[]).map((part) => typeof part === 'string' ? part : 'resolved').join('');
    const [state] = Object.values((JSON.parse(text) as { States: Record<string, { Parameters: Record<string, unknown> }> }).States);
    await receives(taskBody(state.Parameters, { text: 'done' }), '{"message":"done"}');
  });
});

describe('with a target', () => {
  test('a topic passes on the target of a message', async () => {
    const scratch = scratchFolder();
    const shown = within(scratch.path, channelPublishers);
    open(shown);
    const { directory } = (shown.stack.node.root as App).synth();
    const local = await startLocal({ assembly: directory });
    const [ann, bob] = [await Client.open(`${local.url}?channel=order:17`), await Client.open(`${local.url}?channel=order:18`)];
    try {
      await publishTo(local, local.outputs['Backend.TopicArn'], '{"status":"sent"}', { to: 'channel:order:17' });
      await publishTo(local, local.outputs['Backend.TopicArn'], '{"status":"lost"}', { to: 'channel:order:18' });
      expect(await ann.frame((frame) => frame.includes('status'))).toContain('sent');
      expect(await bob.frame((frame) => frame.includes('status'))).toContain('lost');
      // The target that starts a state machine is reported.
      expect(local.notices).toContainEqual(expect.stringMatching(/^Backend\/Orders: only functions, queues, topics and event buses are emulated as targets, got arn:aws:states:/));
    } finally {
      await Promise.all([ann.close(), bob.close()]);
      await local.stop();
      scratch.remove();
    }
  }, 60_000);
});

describe('the function that publishes, an ES module,', () => {
  let scratch: Scratch;
  let runner: ChildProcess | undefined;

  beforeAll(() => {
    scratch = scratchFolder();
    const folder = join(scratch.path, 'code');
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.mjs'), PUBLISHER);
    const stack = new Stack(new App({ outdir: join(scratch.path, 'cdk.out') }), 'Publishing');
    const api = new BroadcastWebSocketApi(stack, 'Api');
    for (const [id, code] of [['File', Code.fromAsset(folder)], ['Inline', Code.fromInline(PUBLISHER.replace('the backend', 'the template'))]] as const) {
      const publisher = new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code });
      api.addPublisher(publisher);
      new Rule(stack, `${id}Schedule`, { schedule: Schedule.rate(Duration.minutes(1)), targets: [new FunctionTarget(publisher)] });
    }
    (stack.node.root as App).synth();
  }, 60_000);

  afterEach(async () => {
    if (!runner) return;
    const ended = once(runner, 'close');
    runner.stdout!.resume();
    runner.kill('SIGINT');
    await ended;
    runner = undefined;
  });

  afterAll(() => scratch?.remove());

  for (const version of NODES) {
    const program = nodeProgram(version);
    const testHere = program ? test : test.skip;
    testHere(`publishes in the local runner on Node.js ${version}${program ? '' : ' (npm does not bring it)'}`, async () => {
      const command = join(ROOT, 'local', 'broadcast-local.js');
      const options = ['--port', '0', '--no-inspector', '--time-scale', '60', '--json'];
      runner = spawn(program!, [command, join(scratch.path, 'cdk.out'), ...options], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      const client = await Client.open(await addressOf(runner));
      for (const publisher of ['backend', 'template']) {
        expect(await client.frame((frame) => frame.includes(publisher))).toBe(`{"message":"hello from the ${publisher}"}`);
      }
      await client.close();
    }, 60_000);
  }
});

/** Creates an app whose assembly goes to a directory. */
function within<T>(directory: string, make: () => T): T {
  process.env.CDK_OUTDIR = directory;
  try {
    return make();
  } finally {
    delete process.env.CDK_OUTDIR;
  }
}

/** Lets a test call AWS like a function of the app, and know the ARN of its topic. */
function open({ stack }: Publishing): void {
  addInside(stack);
  new CfnOutput(stack, 'TopicArn', { value: (stack.node.findChild('News') as Topic).topicArn });
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  for await (const text of createInterface({ input: stdout! })) {
    const line = JSON.parse(text) as { event: string; url: string };
    if (line.event === 'ready') return line.url;
  }
  throw new Error('the runner ended before it served');
}
