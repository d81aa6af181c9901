import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Stack } from 'aws-cdk-lib';
import { openAuthorizer } from './support/inline-functions';
import { type Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, MessageRateLimit } from '../../src';

/*
 * Odd names of channels at each door of the handlers that ship: every frame has its answer, as docs/wire.md says, and nothing reaches a channel
 * that looks like the one that was named.
 */

const MODES: Record<'Direct' | 'Queued', Partial<BroadcastWebSocketApiProps>> = { Direct: {}, Queued: { fanOut: FanOut.queued() } };
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];
const USER = 'ann';

for (const handler of ['layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler'] as const) shippedBundle(handler);

let served: Served<Mode>;
let sqs: SQSClient;

beforeAll(async () => {
  const propsOf = (mode: Mode) => (stack: Stack): BroadcastWebSocketApiProps => ({
    messageFormat: MessageFormat.ENVELOPE,
    publishAccess: ChannelAccess.nobody(),
    history: {},
    userIdKey: 'sub',
    authorizer: openAuthorizer(stack, mode, `{ sub: '${USER}' }`),
    messageRateLimit: MessageRateLimit.unlimited(),
    ...MODES[mode],
  });
  served = await Served.start({ Direct: propsOf('Direct'), Queued: propsOf('Queued') }, (stack) => {
    for (const mode of NAMES) {
      const api = stack.node.findChild(mode) as BroadcastWebSocketApi;
      void api.broadcastQueue;
      api.addChannels('room:*', { publishAccess: ChannelAccess.anyone(), presence: {} });
      api.addChannels('room:closed*', { subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.nobody() });
    }
  });
  sqs = queuesClient(served.local.sqsEndpoint);
}, 120_000);

afterEach(() => served.leave());

afterAll(async () => {
  sqs?.destroy();
  await served?.stop();
});

/** Values that docs/wire.md does not allow as names. */
const NO_NAMES: readonly unknown[] = [
  '', '*', 'room:*', ' room:1', 'room:1 ', 'room:1\n', 'room:\u0000', '\u0007', 'room:\u200b1', 'r\u043eom:1', 'room\uff1a1', 'room:\ud800', '\udc00room:1', 'room:\u{1f600}',
  '__proto__', '.room:1', ':1', '-', 'room:1,room:2', 'room:1&channel=room:2', 'room/1', '@me', '#', 'room:'.padEnd(129, 'x'), 'room:'.padEnd(5_000, 'x'), `user:${'x'.repeat(396)}`,
  null, 1, true, {}, ['room:1'],
];
/** Names without a rule. */
const UNKNOWN = ['Room:1', 'ROOM:1', 'room', 'roo', 'constructor', 'toString', 'channel:room:1', 'hasOwnProperty', 'user', 'x'.repeat(128)];
/** Channels that the rules keep clients out of. */
const CLOSED = ['room:closed', 'room:closed:1', 'user:bob', 'user:ANN', 'user:ann.', `user:${'x'.repeat(395)}`];
/** Channels that let the client in, and that no other name leads to. */
const OPEN = ['room:1', 'room:', 'room:Closed', 'room:__proto__', 'room:'.padEnd(128, 'x')];

let refs = 0;

/** Sends an action for each name, all at once, and returns the answers by name. */
async function ask(client: Client, action: string, names: readonly unknown[]): Promise<[unknown, string][]> {
  const frames = names.map((channel) => ({ action, ref: `o${++refs}`, channel, ...(action === 'publish' && { message: `from ${action}` }) }));
  for (const frame of frames) client.send(JSON.stringify(frame));
  const answers = await Promise.all(frames.map(({ ref }) => client.frame((frame) => frame.includes(`"ref":"${ref}"`))));
  return answers.map((text, nth) => {
    const { type, code } = JSON.parse(text) as { type: string; code?: string };
    return [names[nth], code ?? type];
  });
}

const each = (names: readonly unknown[], answer: string) => names.map((name) => [name, answer]);
const isMessage = (frame: string) => frame.startsWith('{"type":"message"');

describe.each(NAMES)('%s', (mode) => {
  test('each action is answered, and nothing is let through', async () => {
    const witness = await served.join(mode, { query: '?channel=room:1' });
    const client = await served.join(mode);
    for (const action of ['subscribe', 'publish', 'unsubscribe', 'presence', 'history']) {
      expect([action, await ask(client, action, NO_NAMES)]).toEqual([action, each(NO_NAMES, 'bad_request')]);
    }
    for (const action of ['subscribe', 'publish', 'presence', 'history']) {
      expect([action, await ask(client, action, UNKNOWN)]).toEqual([action, each(UNKNOWN, 'unknown_channel')]);
    }
    for (const action of ['subscribe', 'publish']) expect([action, await ask(client, action, CLOSED)]).toEqual([action, each(CLOSED, 'forbidden')]);
    for (const action of ['presence', 'history']) {
      expect([action, await ask(client, action, [...CLOSED, ...OPEN])]).toEqual([action, each([...CLOSED, ...OPEN], 'not_subscribed')]);
    }
    // To leave a channel takes no rule: whoever is not in it is out of it.
    expect(await ask(client, 'unsubscribe', [...UNKNOWN, ...CLOSED, ...OPEN])).toEqual(each([...UNKNOWN, ...CLOSED, ...OPEN], 'unsubscribed'));
    expect(await ask(client, 'unsubscribe', [`user:${USER}`])).toEqual([[`user:${USER}`, 'forbidden']]);

    expect(await ask(client, 'subscribe', OPEN)).toEqual(each(OPEN, 'subscribed'));
    for (const action of ['presence', 'history']) expect([action, await ask(client, action, OPEN)]).toEqual([action, each(OPEN, action)]);
    expect(await ask(client, 'publish', OPEN.slice(0, 1))).toEqual(each(OPEN.slice(0, 1), 'ack'));
    await witness.frame(isMessage);
    expect(await ask(client, 'unsubscribe', OPEN)).toEqual(each(OPEN, 'unsubscribed'));
    expect(await ask(client, 'history', OPEN)).toEqual(each(OPEN, 'not_subscribed'));
    expect(witness.frames.filter(isMessage)).toEqual([expect.stringContaining('"message":"from publish"')]);
  }, 120_000);

  test('a list answers for each of its channels', async () => {
    const client = await served.join(mode);
    const names = [...NO_NAMES.filter((name): name is string => typeof name === 'string' && name.length <= 400), ...UNKNOWN, ...CLOSED, ...OPEN];
    const expected = (name: string) => OPEN.includes(name) ? 'subscribed' : CLOSED.includes(name) ? 'forbidden' : UNKNOWN.includes(name) ? 'unknown_channel' : 'bad_request';
    for (let from = 0; from < names.length; from += 50) {
      const part = names.slice(from, from + 50);
      const ref = `o${++refs}`;
      client.send(JSON.stringify({ action: 'subscribe', ref, channels: part.map((channel) => ({ channel })) }));
      const answers = await eventually(() => {
        const found = client.frames.filter((frame) => frame.includes(`"ref":"${ref}"`));
        return found.length >= part.length && found.map((frame) => JSON.parse(frame) as { channel: string; type: string; code?: string });
      });
      const outcomes = new Map(answers.map(({ channel, type, code }) => [channel, code ?? type]));
      expect(part.map((name) => [name, outcomes.get(name)])).toEqual(part.map((name) => [name, expected(name)]));
      expect(answers).toHaveLength(part.length);
    }
  }, 60_000);

  test('a backend reaches the channel that it names, and no other', async () => {
    const client = await served.join(mode, { query: '?channel=room:1&channel=room:Closed' });
    const queueOf = (part: string) => Object.entries(served.local.queuePaths).find(([, path]) => path.startsWith(`Served/${mode}/${part}`))![0];
    const put = (MessageBody: string, to: string) => sqs.send(new SendMessageCommand({
      QueueUrl: served.local.queues[queueOf('BroadcastQueue')], MessageBody, MessageAttributes: { to: { DataType: 'String', StringValue: to } },
    }));
    // SQS itself refuses some characters, and an empty value.
    const refused = [...NO_NAMES.filter((name): name is string => typeof name === 'string' && !/[\u0000-\u0008]|\p{Surrogate}/u.test(name)), ...UNKNOWN];
    const targets = [...refused.map((name) => `channel:${name}`), 'Channel:room:1', 'channel', 'room:1', ' channel:room:1', 'user:', `user:${'x'.repeat(129)}`, 'user:\u00e4', 'connection: ', 'CONNECTION:x'];
    const told = () => new Set(served.events.filter(({ source, detail }) => source.includes(`/${mode}/`) && detail.includes('RefusedPublicationError'))
      .map(({ detail }) => /"messageId":"([^"]+)"/.exec(detail)![1])).size;
    const before = told();
    for (const to of targets) await put('astray', to);
    await put('to a room', 'channel:room:Closed');
    await put('to a user', `user:${USER}`);
    await client.frame((frame) => frame.includes('"to a user"'));
    await client.frame((frame) => frame.includes('"to a room"'));
    await eventually(() => told() - before === targets.length, 30_000);
    expect(client.frames.filter(isMessage).map((frame) => (JSON.parse(frame) as { channel: string }).channel).sort()).toEqual(['room:Closed', `user:${USER}`]);
  }, 60_000);
});
