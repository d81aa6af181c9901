import { type Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat } from '../../src';

/* A user's hook, called by the shipped handlers: it allows, changes, drops or refuses, and nothing else passes. */

const HOOK = `
exports.handler = async ({ type, message, channel, from }) => {
  if (type === 'subscribe') return { action: channel === 'room:open' ? 'allow' : 'deny', reason: 'not this one' };
  switch (message) {
    case 'loud': return { action: 'allow', message: 'quiet', from: 'Eve', channel: 'room:open', id: 'x' };
    case 'rude': return { action: 'deny', reason: 'be kind' };
    case 'spam': return { action: 'drop' };
    case 'slow': return new Promise((resolve) => setTimeout(() => resolve({ action: 'allow' }), 20000));
    case 'throws': throw new Error('boom');
    case 'lies': return { action: 'Allow' };
    case 'nothing': return undefined;
    case 'huge': return { action: 'allow', message: 'x'.repeat(3 * 1024 * 1024) };
    case 'too large': return { action: 'allow', message: 'x'.repeat(40 * 1024) };
    default: return { action: 'allow' };
  }
};`;

const MODES: Record<'Direct' | 'Queued' | 'Remembering', BroadcastWebSocketApiProps> = {
  Direct: {},
  Queued: { fanOut: FanOut.queued() },
  Remembering: { history: {} },
};
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

for (const handler of ['layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler'] as const) shippedBundle(handler);

let served: Served<Mode>;

beforeAll(async () => {
  const propsOf = (mode: Mode) => (stack: Stack): BroadcastWebSocketApiProps => ({
    messageFormat: MessageFormat.ENVELOPE,
    publishAccess: ChannelAccess.anyone(),
    messageHook: new LambdaFunction(stack, `Hook${mode}`, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(HOOK) }),
    ...MODES[mode],
  });
  served = await Served.start({ Direct: propsOf('Direct'), Queued: propsOf('Queued'), Remembering: propsOf('Remembering') }, (stack) => {
    for (const name of NAMES) (stack.node.findChild(name) as BroadcastWebSocketApi).addChannels('room:*', { subscribeAccess: ChannelAccess.hook() });
  });
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

let refs = 0;

async function ask(client: Client, action: string, members: object): Promise<{ type: string; code?: string; message?: string }> {
  const ref = `r${++refs}`;
  client.send(JSON.stringify({ action, ref, ...members }));
  return JSON.parse(await client.frame((frame) => frame.includes(`"ref":"${ref}"`)));
}

describe.each(NAMES)('a hook, %s', (mode) => {
  test('decides about messages in a channel, and to all', async () => {
    const [sender, other] = [await served.join(mode), await served.join(mode)];
    for (const client of [sender, other]) expect(await ask(client, 'subscribe', { channel: 'room:open' })).toMatchObject({ type: 'subscribed' });
    for (const channel of ['room:open', undefined]) {
      expect(await ask(sender, 'publish', { channel, message: 'rude' })).toMatchObject({ type: 'error', code: 'denied', message: 'be kind' });
      expect(await ask(sender, 'publish', { channel, message: 'spam' })).toMatchObject({ type: 'ack' });
      expect(await ask(sender, 'publish', { channel, message: 'too large' })).toMatchObject({ type: 'error', code: 'too_large' });
      expect(await ask(sender, 'publish', { channel, message: 'loud' })).toMatchObject({ type: 'ack' });
    }
    sender.send('spam');
    sender.send('loud');
    const isQuiet = (frame: string) => frame.includes('"quiet"') && !frame.includes('"channel"');
    // Messages of one sender may overtake one another.
    await eventually(() => other.frames.filter(isQuiet).length === 2);
    sender.send('the last');
    await other.frame((frame) => frame.includes('"the last"'));
    const heard = other.frames.map((frame) => JSON.parse(frame)).filter(({ type }) => type === 'message');
    expect(heard.map(({ message, channel }) => [message, channel]).sort()).toEqual([
      ['quiet', undefined], ['quiet', undefined], ['quiet', 'room:open'], ['the last', undefined],
    ].sort());
    expect(new Set(heard.map(({ from }) => from)).size).toBe(1);
    expect(heard[0].from).not.toBe('Eve');
  });

  test.each(['throws', 'lies', 'nothing', 'huge', 'slow'])('lets no message pass that it did not allow: %s', async (message) => {
    const sender = await served.join(mode);
    const start = Date.now();
    expect(await ask(sender, 'publish', { message })).toMatchObject({ type: 'error', code: 'unavailable' });
    expect(Date.now() - start).toBeLessThan(15_000);
    expect(sender.frames.some((frame) => frame.startsWith('{"type":"message"'))).toBe(false);
  });

  test('decides who may subscribe, by an action and by the address', async () => {
    const client = await served.join(mode, { query: '?channel=room:open' });
    expect(await ask(client, 'publish', { channel: 'room:open', message: 'x' })).toMatchObject({ type: 'ack' });
    expect(await ask(client, 'subscribe', { channel: 'room:closed' })).toMatchObject({ type: 'error', code: 'denied', message: 'not this one' });
    await expect(served.join(mode, { query: '?channel=room:closed' })).rejects.toThrow();
  });
});
