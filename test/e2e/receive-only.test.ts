import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type Stack } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { ChannelAccess, FanOut, MessageFormat, MessageRateLimit } from '../../src';

/** Passes the token on as the list of channels that its bearer may publish to. */
const AUTHORIZER = `
exports.handler = async ({ methodArn, queryStringParameters: { token } }) => ({
  principalId: 'the-principal',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] },
  context: token === 'nothing' ? {} : { scope: token },
});`;

const FORBIDDEN = /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/;
const ERROR = /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/;

function claimed(stack: Stack) {
  const id = `Authorizer${stack.node.children.length}`;
  const handler = new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(AUTHORIZER) });
  return {
    authorizer: new WebSocketLambdaAuthorizer(id, handler, { identitySource: ['route.request.querystring.token'] }),
    publishAccess: ChannelAccess.claim('scope'),
    messageFormat: MessageFormat.RAW,
  };
}

let served: Served<'Dashboard' | 'Direct' | 'Queued' | 'Slow'>;

beforeAll(async () => {
  served = await Served.start({
    Dashboard: () => ({ publishAccess: ChannelAccess.nobody(), fanOut: FanOut.queued(), messageFormat: MessageFormat.RAW }),
    Direct: claimed,
    Queued: (stack) => ({ ...claimed(stack), fanOut: FanOut.queued() }),
    Slow: (stack) => ({ ...claimed(stack), messageRateLimit: MessageRateLimit.perSecond(1, 1) }),
  });
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

describe('a dashboard whose watchers cannot write', () => {
  async function publish(text: string): Promise<void> {
    const sqs = queuesClient(served.local.sqsEndpoint);
    const [, queueUrl] = Object.entries(served.local.queues).find(([id]) => id.startsWith('DashboardBroadcastQueue'))!;
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text }));
    sqs.destroy();
  }

  test('has their messages refused by API Gateway itself, and shows what a backend publishes', async () => {
    const [ann, bob] = [await served.join('Dashboard'), await served.join('Dashboard')];
    const before = served.printed();
    for (const text of ['42', '{"action":"publish","message":"42"}', '{"action":"constructor"}']) ann.send(text);
    await eventually(() => ann.frames.length === 3);
    for (const frame of ann.frames) expect(frame).toMatch(FORBIDDEN);
    expect(served.printed().slice(before.length)).not.toMatch(/cold start|\d{3} in /);

    await publish('7 degrees');
    await Promise.all([ann, bob].map((client) => client.frame((frame) => frame === '7 degrees')));
    expect(bob.frames).toEqual(['7 degrees']);
  });

  test('answers their heartbeat', async () => {
    const ann = await served.join('Dashboard');
    ann.send('{"action":"ping"}');
    await ann.frame((frame) => frame === '{"action":"pong"}');
  });
});

describe.each(['Direct', 'Queued'] as const)('ChannelAccess.claim, %s', (name) => {
  test('lets a client with the claim reach everybody, and one without it nobody', async () => {
    const speaker = await served.join(name, { query: '?token=news,*' });
    const watchers = await Promise.all(['news', '*s', 'nothing'].map((token) => served.join(name, { query: `?token=${token}` })));
    for (const watcher of watchers) {
      watcher.send('a forgery');
      await watcher.frame((frame) => ERROR.test(frame));
    }
    speaker.send('the news');
    for (const client of [speaker, ...watchers]) await client.frame((frame) => frame === 'the news');
    for (const client of [speaker, ...watchers]) expect(client.frames.filter((frame) => !ERROR.test(frame))).toEqual(['the news']);
    const printed = served.printed();
    expect(printed).toMatch(/"?PublishForbiddenError"?/);
    expect(printed).toContain('"RejectedMessages":1');
    expect(printed).not.toContain('a forgery');
  });
});

test('a client that may not publish gets as few errors as one that publishes too much', async () => {
  const watcher = await served.join('Slow', { query: '?token=news' });
  const refusals = () => served.printed().split('"RejectedMessages":1').length;
  const [before, started] = [refusals(), Date.now()];
  for (let sent = 0; sent < 20; sent++) watcher.send('a forgery');
  // Each is counted, whether or not its sender gets an error.
  await eventually(() => refusals() === before + 20);
  const seconds = (Date.now() - started) / 1000;
  expect(watcher.frames.length).toBeGreaterThanOrEqual(1);
  // One a second is within the rate and forbidden, and one gets the error for the rate.
  expect(watcher.frames.length).toBeLessThanOrEqual(2 * (seconds + 1) + 1);
});
