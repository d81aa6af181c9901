import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Stack } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat } from '../../src';

/* Channels and users as the construct wires them, with the shipped handlers: rules decide about access in every mode. */

/** Admits every client under the name that it gives: `?user=ann&teams=team:red,team:blue`. */
const AUTHORIZER = `
exports.handler = async ({ methodArn, queryStringParameters: { user, teams = '' } }) => ({
  principalId: user,
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] },
  context: { sub: user, teams },
});`;

const MODES: Record<'Direct' | 'Queued' | 'Remembering', BroadcastWebSocketApiProps> = {
  Direct: {},
  Queued: { fanOut: FanOut.queued() },
  Remembering: { fanOut: FanOut.queued(), history: {} },
};
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

const HANDLERS = ['layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler', 'disconnect-handler'] as const;
for (const handler of HANDLERS) shippedBundle(handler);

let served: Served<Mode>;
let sqs: SQSClient;

beforeAll(async () => {
  const propsOf = (mode: Mode) => (stack: Stack) => ({ ...basis(stack, mode), ...MODES[mode] });
  served = await Served.start({ Direct: propsOf('Direct'), Queued: propsOf('Queued'), Remembering: propsOf('Remembering') }, (stack) => {
    for (const name of NAMES) addChannels(stack.node.findChild(name) as BroadcastWebSocketApi);
  });
  sqs = queuesClient(served.local.sqsEndpoint);
}, 60_000);

afterEach(() => served.leave());

afterAll(async () => {
  sqs?.destroy();
  await served?.stop();
});

function basis(stack: Stack, mode: Mode): BroadcastWebSocketApiProps {
  const handler = new LambdaFunction(stack, `Authorizer${mode}`, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(AUTHORIZER) });
  return {
    messageFormat: MessageFormat.ENVELOPE,
    publishAccess: ChannelAccess.nobody(),
    userIdKey: 'sub',
    senderNameKey: 'sub',
    authorizer: new WebSocketLambdaAuthorizer(`Auth${mode}`, handler, { identitySource: ['route.request.querystring.user'] }),
  };
}

function addChannels(api: BroadcastWebSocketApi): void {
  void api.disconnectQueue;
  api.addChannels('room:*');
  void api.broadcastQueue;
  api.addChannels('room:closed', { subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.nobody() });
  api.addChannels('news', { publishAccess: ChannelAccess.nobody() });
  api.addChannels('team:*', { subscribeAccess: ChannelAccess.claim('teams') });
  api.addChannels('draft:*', { subscribeAccess: ChannelAccess.owner(), publishAccess: ChannelAccess.owner() });
  api.addChannels('user:*', { publishAccess: ChannelAccess.anyone() });
}

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly code?: string;
  readonly message?: string;
  readonly channel?: string;
}

/** A client that sends actions and recognises the answers. */
class Asking {
  private refs = 0;

  constructor(readonly client: Client) {}

  async ask(action: string, members: object = {}): Promise<Frame> {
    const ref = `r${++this.refs}`;
    this.client.send(JSON.stringify({ action, ref, ...members }));
    return JSON.parse(await this.client.frame((frame) => frame.includes(`"ref":"${ref}"`))) as Frame;
  }

  async message(text: string): Promise<Frame> {
    return JSON.parse(await this.client.frame((frame) => frame.startsWith('{"type":"message"') && frame.includes(JSON.stringify(text)))) as Frame;
  }

  /** Returns the messages up to the last one sent to this client. */
  texts(): (string | undefined)[] {
    return this.client.frames.map((frame) => JSON.parse(frame) as Frame).filter(({ type }) => type === 'message').map(({ message }) => message);
  }
}

async function join(mode: Mode, user: string, query = ''): Promise<Asking> {
  return new Asking(await served.join(mode, { query: `?user=${encodeURIComponent(user)}${query}` }));
}

function queueUrl(mode: Mode, queue: string): string {
  const [id] = Object.entries(served.local.queuePaths).find(([, path]) => path.startsWith(`Served/${mode}/${queue}`))!;
  return served.local.queues[id];
}

async function publish(mode: Mode, to: string, MessageBody: string): Promise<void> {
  const MessageAttributes = { to: { DataType: 'String', StringValue: to } };
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(mode, 'BroadcastQueue'), MessageBody, MessageAttributes }));
}

describe.each(NAMES)('channels, %s', (mode) => {
  test('the answer to a ping names the layers', async () => {
    const ann = await join(mode, 'ann');
    ann.client.send('{"action":"ping"}');
    const layers = [...(mode === 'Remembering' ? ['history'] : []), 'channels', 'people'];
    expect(JSON.parse(await ann.client.frame(() => true))).toEqual({ action: 'pong', v: 1, layers });
  });

  test('a message in a room reaches its subscribers, and nobody who has left or never subscribed', async () => {
    const [ann, bob, eve, zoe] = [await join(mode, 'ann'), await join(mode, 'bob'), await join(mode, 'eve'), await join(mode, 'zoe', '&channel=room:1')];
    for (const each of [ann, bob]) expect(await each.ask('subscribe', { channel: 'room:1' })).toMatchObject({ type: 'subscribed', channel: 'room:1' });
    expect(await zoe.ask('unsubscribe', { channel: 'room:1' })).toMatchObject({ type: 'unsubscribed', channel: 'room:1' });
    expect(await ann.ask('publish', { channel: 'room:1', message: 'hello' })).toMatchObject({ type: 'ack' });
    for (const each of [ann, bob]) expect(await each.message('hello')).toMatchObject({ from: 'ann', channel: 'room:1' });
    for (const each of [eve, zoe]) {
      await publish(mode, `user:${each === eve ? 'eve' : 'zoe'}`, 'the end');
      await each.message('the end');
      expect(each.texts()).toEqual(['the end']);
    }
  });

  test('a client that leaves and joins again at once is a member', async () => {
    const ann = await join(mode, 'ann', '&channel=room:5');
    for (let turn = 0; turn < 10; turn++) {
      // In one millisecond, without waiting for the first answer, like a page that shows a room again.
      const answers = await Promise.all([ann.ask('unsubscribe', { channel: 'room:5' }), ann.ask('subscribe', { channel: 'room:5' })]);
      expect(answers.map(({ type }) => type)).toEqual(['unsubscribed', 'subscribed']);
      expect(await membersOf(mode, 'room:5')).toHaveLength(1);
    }
  });

  test.each<[string, object, string]>([
    ['subscribe', { channel: 'room:closed' }, 'forbidden'], ['subscribe', { channel: 'team:red' }, 'forbidden'],
    ['subscribe', { channel: 'draft:bob' }, 'forbidden'], ['subscribe', { channel: 'user:bob' }, 'forbidden'],
    ['subscribe', { channel: 'elsewhere' }, 'unknown_channel'], ['publish', { channel: 'room:2', message: 'x' }, 'not_subscribed'],
    ['publish', { channel: 'news', message: 'x' }, 'forbidden'], ['publish', { message: 'x' }, 'forbidden'],
  ])('%s %j is refused', async (action, members, code) => {
    const ann = await join(mode, 'ann', '&teams=team:blue');
    expect(await ann.ask(action, members)).toMatchObject({ type: 'error', code });
  });

  test('rules accept the clients that they name', async () => {
    const ann = await join(mode, 'ann', '&teams=team:blue&channel=team:blue&channel=draft:ann');
    expect(await ann.ask('publish', { channel: 'team:blue', message: 'to the team' })).toMatchObject({ type: 'ack' });
    expect(await ann.ask('publish', { channel: 'draft:ann', message: 'a draft' })).toMatchObject({ type: 'ack' });
    for (const text of ['to the team', 'a draft']) await ann.message(text);
    expect(await served.refusal(mode, { query: '?user=ann&channel=team:red' })).toBe(403);
  });

  test('users write to one another, on each of their connections', async () => {
    const [ann, phone, laptop] = [await join(mode, 'ann'), await join(mode, 'bob@example.com'), await join(mode, 'bob@example.com')];
    expect(await ann.ask('publish', { channel: 'user:bob_40example.com', message: 'psst' })).toMatchObject({ type: 'ack' });
    for (const each of [phone, laptop]) expect(await each.message('psst')).toMatchObject({ from: 'ann', channel: 'user:bob_40example.com' });
    await publish(mode, 'user:bob@example.com', 'from the backend');
    for (const each of [phone, laptop]) await each.message('from the backend');
    expect(ann.texts()).toEqual([]);
  });

  test('backends publish to a channel, and to one connection', async () => {
    const [ann, bob] = [await join(mode, 'ann', '&channel=news'), await join(mode, 'bob')];
    await publish(mode, 'channel:news', 'extra');
    expect(await ann.message('extra')).toMatchObject({ channel: 'news' });
    const ids = await served.rowIds(mode);
    for (const id of ids) await publish(mode, `connection:${id}`, `to ${id}`);
    const got = [await ann.client.frame((frame) => frame.includes('"to ')), await bob.client.frame((frame) => frame.includes('"to '))];
    expect(new Set(got.map((frame) => (JSON.parse(frame) as Frame).message))).toEqual(new Set(ids.map((id) => `to ${id}`)));
    expect(bob.texts()).not.toContain('extra');
  });

  test('a backend closes a user\'s connections, which get the reason, and no row is left', async () => {
    const [ann, bob] = [await join(mode, 'ann', '&channel=room:9'), await join(mode, 'bob')];
    const closed = new Promise((resolve) => ann.client.socket.once('close', resolve));
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(mode, 'DisconnectQueue'), MessageBody: '{"to":"user:ann"}' }));
    expect(JSON.parse(await ann.client.frame((frame) => frame.includes('kicked')))).toMatchObject({ type: 'error', code: 'kicked' });
    await closed;
    await eventually(async () => (await membersOf(mode, 'room:9')).length === 0 && (await membersOf(mode, 'user:ann')).length === 0);
    await publish(mode, 'user:bob', 'still here');
    await bob.message('still here');
  });
});

async function membersOf(mode: Mode, channel: string): Promise<unknown[]> {
  const [, TableName] = Object.entries(served.local.tables).find(([id]) => id.startsWith(`${mode}Members`))!;
  const { Items = [] } = await served.database.send(new QueryCommand({
    TableName, ConsistentRead: true, KeyConditionExpression: 'channel = :channel', ExpressionAttributeValues: { ':channel': { S: channel } },
  }));
  return Items;
}

test('a client that subscribes again recovers what it missed in a room with a history', async () => {
  const ann = await join('Remembering', 'ann', '&channel=room:7');
  const { epoch, position } = await ann.ask('subscribe', { channel: 'room:7' }) as unknown as { epoch: string; position: number };
  for (const message of ['one', 'two']) await ann.ask('publish', { channel: 'room:7', message });
  const back = await join('Remembering', 'ann');
  expect(await back.ask('history', { channel: 'room:7' })).toMatchObject({ type: 'error', code: 'not_subscribed' });
  const answer = await back.ask('subscribe', { channel: 'room:7', since: position, epoch }) as unknown as { recovered: boolean; messages: Frame[] };
  expect(answer).toMatchObject({ type: 'subscribed', recovered: true });
  expect(answer.messages.map(({ message }) => message)).toEqual(['one', 'two']);
});
