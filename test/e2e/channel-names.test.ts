import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Stack } from 'aws-cdk-lib';
import { inlineFunction, openAuthorizer } from './support/inline-functions';
import { type Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat } from '../../src';
import { LAYER_ENV } from '../../src/private/layer-contract';

/*
 * The names of channels, those of users included, say who talks about what: none is in a line that our functions print, whether
 * something is done, refused, or fails. What is printed is looked at line by line, from the bundles that ship.
 */

const NAME = 's3cret';
const ROOM = `room:${NAME}`;

const CONTEXT = `{ sub: '${NAME}-user', name: '${NAME}' }`;

/** Its errors and answers repeat every question. */
const HOOK = `
exports.handler = async (question) => {
  if (question.message === 'throw') throw new Error(JSON.stringify(question));
  if (question.message === 'lie') return question;
  if (question.message === 'deny') return { action: 'deny', reason: JSON.stringify(question) };
  return { action: question.message === 'drop' ? 'drop' : 'allow' };
};`;

const MODES: Record<'Direct' | 'Queued' | 'Kept' | 'Batch' | 'Deaf' | 'DeafKept', Partial<BroadcastWebSocketApiProps>> = {
  Direct: {},
  Queued: { fanOut: FanOut.queued() },
  Kept: { history: {} },
  Batch: { history: {}, fanOut: FanOut.queued(), messageFormat: MessageFormat.BATCH },
  // Their queues are not there.
  Deaf: { fanOut: FanOut.queued() },
  DeafKept: { fanOut: FanOut.queued(), history: {} },
};
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];
const SOUND = ['Direct', 'Queued', 'Kept', 'Batch'] as const;
const isDeaf = (mode: Mode) => mode.startsWith('Deaf');

for (const handler of [
  'layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler', 'presence-handler', 'disconnect-handler',
] as const) shippedBundle(handler);

let served: Served<Mode>;
let sqs: SQSClient;

beforeAll(async () => {
  const propsOf = (mode: Mode) => (stack: Stack): BroadcastWebSocketApiProps => {
    return {
      messageFormat: MessageFormat.ENVELOPE,
      publishAccess: ChannelAccess.anyone(),
      userIdKey: 'sub',
      senderNameKey: 'name',
      authorizer: openAuthorizer(stack, mode, CONTEXT),
      messageHook: inlineFunction(stack, `Hook${mode}`, HOOK),
      ...MODES[mode],
    };
  };
  const apis = Object.fromEntries(NAMES.map((mode) => [mode, propsOf(mode)])) as Record<Mode, (stack: Stack) => BroadcastWebSocketApiProps>;
  served = await Served.start(apis, (stack) => {
    for (const mode of NAMES) complete(stack.node.findChild(mode) as BroadcastWebSocketApi, mode);
  });
  sqs = queuesClient(served.local.sqsEndpoint);
}, 120_000);

function complete(api: BroadcastWebSocketApi, mode: Mode): void {
  void api.broadcastQueue;
  void api.disconnectQueue;
  api.addChannels('room:*', { presence: {} });
  api.addChannels('room:closed-*', { subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.nobody() });
  if (!isDeaf(mode)) return;
  for (const name of [LAYER_ENV.messageQueueUrl, 'BROADCAST_QUEUE_URL']) api.messageHandler.addEnvironment(name, 'http://127.0.0.1:1/000000000000/none');
}

afterEach(() => served.leave());

afterAll(async () => {
  sqs?.destroy();
  await served?.stop();
});

let refs = 0;

async function ask(client: Client, action: string, members: object = {}): Promise<{ readonly type: string; readonly code?: string }> {
  const ref = `r${++refs}`;
  client.send(JSON.stringify({ action, ref, ...members }));
  return JSON.parse(await client.frame((frame) => frame.includes(`"ref":"${ref}"`)));
}

const codeOf = ({ type, code }: { readonly type: string; readonly code?: string }) => code ?? type;

async function put(mode: Mode, queue: string, MessageBody: string, to?: string): Promise<void> {
  const [id] = Object.entries(served.local.queuePaths).find(([, path]) => path.startsWith(`Served/${mode}/${queue}`))!;
  const MessageAttributes = to === undefined ? undefined : { to: { DataType: 'String', StringValue: to } };
  await sqs.send(new SendMessageCommand({ QueueUrl: served.local.queues[id], MessageBody, MessageAttributes }));
}

/** Output of an API's functions. */
function printed(mode: Mode): string[] {
  return served.events.filter(({ event, source }) => ['output', 'error'].includes(event) && source.includes(`/${mode}/`)).map(({ detail }) => detail);
}

const has = (mode: Mode, what: RegExp) => eventually(() => printed(mode).some((line) => what.test(line)), 60_000);

async function dropTable(mode: Mode, kind: 'Members' | 'History'): Promise<void> {
  const [, TableName] = Object.entries(served.local.tables).find(([id]) => id.startsWith(`${mode}${kind}`))!;
  await served.database.send(new DeleteTableCommand({ TableName }));
}

describe.each(SOUND)('%s', (mode) => {
  test('actions, performed or refused, leave no channel name in the log', async () => {
    const client = await served.join(mode, { query: `?channel=${ROOM}` });
    for (const channels of [`&channel=room:closed-${NAME}`, `&channel=${NAME}`, `&channel=no/${NAME}`, `&channel=user:${NAME}`]) {
      expect(await served.refusal(mode, { query: `?${channels}` })).toBe(403);
    }
    const codes: string[] = [];
    for (const [action, members] of [
      ['subscribe', { channel: `${ROOM}-2` }], ['publish', { channel: ROOM, message: 'hello' }], ['unsubscribe', { channel: `${ROOM}-2` }],
      ['subscribe', { channel: `room:closed-${NAME}` }], ['subscribe', { channel: NAME }], ['publish', { channel: `no/${NAME}`, message: 'm' }],
      ['publish', { channel: `room:closed-${NAME}`, message: 'm' }], ['publish', { channel: `${ROOM}-3`, message: 'm' }], ['presence', { channel: ROOM }],
      ['publish', { channel: ROOM, message: 'x'.repeat(30_000) }], ['publish', { channel: ROOM, message: 'deny' }], ['publish', { channel: ROOM, message: 'drop' }],
      ['publish', { channel: ROOM, message: 'throw' }], ['publish', { channel: ROOM, message: 'lie' }],
    ] as const) codes.push(codeOf(await ask(client, action, members)));
    expect(codes).toEqual([
      'subscribed', 'ack', 'unsubscribed', 'forbidden', 'unknown_channel', 'bad_request', 'forbidden', 'not_subscribed', 'presence',
      MODES[mode].history ? 'too_large' : 'ack', 'denied', 'ack', 'unavailable', 'unavailable',
    ]);
    await put(mode, 'BroadcastQueue', 'from the backend', `channel:${ROOM}`);
    await put(mode, 'BroadcastQueue', 'to a user', `user:${NAME}-user`);
    await client.frame((frame) => frame.includes('from the backend'));
    await client.frame((frame) => frame.includes('to a user'));
    for (const to of [`channel:${NAME}`, `channel:no/${NAME}`, `user:${NAME}\u00e9`, NAME]) await put(mode, 'BroadcastQueue', 'm', to);
    for (const body of [`{"to":"channel:${NAME}"}`, `{"to":"${NAME}"}`, `{"to":${NAME}`, `["${NAME}"]`]) await put(mode, 'DisconnectQueue', body);
    await client.frame((frame) => frame.startsWith('{"type":"presence","channel"'));
    await has(mode, /"RejectedMessages":1/);
    await eventually(() => printed(mode).filter((line) => /disconnect request|RefusedPublicationError/.test(line)).length >= 8);
    await has(mode, /HookFailed/);
    await put(mode, 'DisconnectQueue', `{"to":"channel:${ROOM}"}`);
    await client.frame((frame) => frame.includes('kicked'));
    await has(mode, /KickedConnections/);
    expect(printed(mode).filter((line) => line.includes(NAME))).toEqual([]);
  }, 120_000);

  test('failures leave no channel name in the log', async () => {
    const [client, other] = [await served.join(mode, { query: `?channel=${ROOM}` }), await served.join(mode, { query: `?channel=${ROOM}-2` })];
    await dropTable(mode, 'Members');
    for (const [action, members] of [
      ['subscribe', { channel: `${ROOM}-2` }], ['publish', { channel: ROOM, message: 'hello' }], ['unsubscribe', { channel: ROOM }], ['presence', { channel: ROOM }],
    ] as const) expect(codeOf(await ask(client, action, members))).toBe('unavailable');
    if (MODES[mode].history) {
      expect(codeOf(await ask(client, 'history', { channel: ROOM }))).toBe('unavailable');
      await dropTable(mode, 'History');
      expect(codeOf(await ask(client, 'publish', { message: 'hello' }))).toBe('unavailable');
      expect(codeOf(await ask(client, 'history'))).toBe('unavailable');
      await has(mode, /HistoryFailures/);
    }
    await put(mode, 'BroadcastQueue', 'm', `channel:${ROOM}`);
    await put(mode, 'BroadcastQueue', 'm', `user:${NAME}-user`);
    await put(mode, 'DisconnectQueue', `{"to":"channel:${ROOM}"}`);
    await has(mode, /KickIncompleteError/);
    await has(mode, MODES[mode].history ? /ResourceNotFoundException/ : /TableUnreadableError/);
    await has(mode, /PresenceFailures/);
    expect(await served.refusal(mode, { query: `?channel=${ROOM}` })).toBe(500);
    await other.close();
    // A disconnect that fails ends in an error of the function.
    await eventually(() => served.events.some(({ event, source, detail }) => event === 'error' && source.includes(`/${mode}/`) && /ResourceNotFound/.test(detail)));
    expect(printed(mode).filter((line) => line.includes(NAME))).toEqual([]);
  }, 120_000);
});

test.each(['Deaf', 'DeafKept'] as const)('%s: messages that no queue accepts leave no channel name in the log', async (mode) => {
  const client = await served.join(mode, { query: `?channel=${ROOM}` });
  expect(codeOf(await ask(client, 'publish', { channel: ROOM, message: 'hello' }))).toBe('unavailable');
  await has(mode, mode === 'Deaf' ? /"RejectedMessages":1/ : /UndeliveredMessages/);
  expect(printed(mode).filter((line) => line.includes(NAME))).toEqual([]);
}, 60_000);
