import { ChannelApi, CONNECTED, type ChannelApiOptions } from './channel-api';
import type { HookDecision } from '../../../../lambda-src/core/hook';

const RULE = { pattern: 'room', subscribe: { kind: 'hook' }, publish: { kind: 'subscribers' }, history: true } as const;

function hooked(decision: HookDecision | Error, over: Partial<ChannelApiOptions> = {}): ChannelApi {
  const api = new ChannelApi({ rules: [RULE], hook: () => decision, hasHistory: true, userIdKey: 'sub', ...over });
  api.members.add('room', 'me', CONNECTED);
  api.members.add('room', 'other', CONNECTED);
  return api;
}

const DOORS = [['to a channel', 'publish', { channel: 'room', message: 'hello' }], ['to all', 'publish', { message: 'hello' }], ['as plain text', undefined, 'hello']] as const;

describe.each([['direct', false], ['queued', true]])('in %s mode', (_, queued) => {
  test.each(DOORS)('a changed text is kept and delivered, from the same sender: %s', async (_door, action, members) => {
    const api = hooked({ action: 'allow', message: 'HELLO' }, { queued });
    await api.act('me', action, members, { sub: 'u' });
    expect(JSON.parse(api.received.get('other')![0])).toMatchObject({ type: 'message', from: 'me', message: 'HELLO', position: 1 });
    expect(api.asked).toEqual([expect.objectContaining({ type: 'message', connectionId: 'me', userId: 'u', from: 'me', message: 'hello', authorizer: { sub: 'u' } })]);
  });

  test.each(DOORS)('a dropped message looks sent, and reaches neither the history nor anybody: %s', async (_door, action, members) => {
    const api = hooked({ action: 'drop' }, { queued });
    expect(await api.act('me', action, members)).toEqual(action && { type: 'ack', ref: 'r', id: expect.any(String) });
    expect([...api.received]).toEqual([]);
    expect(await api.act('me', 'history', { channel: 'room' })).toMatchObject({ position: 0, messages: [] });
  });

  test('a client that is denied gets the reason', async () => {
    const api = hooked({ action: 'deny', reason: 'too loud' }, { queued });
    expect(await api.act('me', 'publish', { channel: 'room', message: 'x' })).toEqual({ type: 'error', ref: 'r', code: 'denied', message: 'too loud' });
    await expect(api.act('me', undefined, 'x')).rejects.toThrow('refused the message');
    expect([...api.received]).toEqual([]);
  });

  test('the size of a changed text is checked again', async () => {
    const api = hooked({ action: 'allow', message: 'x'.repeat(24 * 1024) }, { queued });
    expect(await api.act('me', 'publish', { channel: 'room', message: 'x' })).toMatchObject({ type: 'error', code: 'too_large' });
    await expect(api.act('me', undefined, 'x')).rejects.toThrow('may have');
    expect([...api.received]).toEqual([]);
  });
});

test('messages of backends do not go through the hook, so a hook that publishes is not invoked for its own messages', async () => {
  const api = hooked({ action: 'allow' });
  await api.act('me', 'publish', { channel: 'room', message: 'one' });
  expect(await api.publish('two', { to: 'channel:room' })).toEqual([]);
  expect(api.asked).toHaveLength(1);
  expect(api.texts('other')).toEqual(['one', 'two']);
});

test('a message that is refused by its size or its rule does not reach the hook', async () => {
  const api = hooked({ action: 'allow' });
  await api.act('stranger', 'publish', { channel: 'room', message: 'x' });
  await api.act('me', 'publish', { channel: 'room', message: 'x'.repeat(25 * 1024) });
  await api.act('me', 'publish', { channel: 'elsewhere', message: 'x' });
  expect(api.asked).toEqual([]);
});

test('the hook gets a joining client with the channel, and no message', async () => {
  const api = hooked({ action: 'allow' });
  api.open('new');
  expect(await api.act('new', 'subscribe', { channel: 'room' }, { sub: 'u' })).toMatchObject({ type: 'subscribed', channel: 'room', position: 0 });
  expect(await api.connect('newer', ['room'], { sub: 'u' })).toBe(200);
  expect(api.asked).toEqual(['new', 'newer'].map((connectionId) => expect.objectContaining({ type: 'subscribe', connectionId, userId: 'u', channel: 'room' })));
  expect(api.asked.every((question) => !('message' in question) || question.message === undefined)).toBe(true);
});

test('backends name channels, users and connections, and an error repeats an invalid name', async () => {
  const api = hooked({ action: 'allow' });
  await api.connect('me', [], { sub: 'ann' });
  expect(await api.publish('to one', { to: 'connection:other' })).toEqual([]);
  expect(await api.publish('to ann', { to: 'user:ann' })).toEqual([]);
  expect(await api.publish('to the room', { to: 'channel:room' })).toEqual([]);
  expect([api.texts('me'), api.texts('other')]).toEqual([['to ann', 'to the room'], ['to one', 'to the room']]);
  expect(api.patterns).toEqual([undefined, 'user:*', 'room']);
  for (const to of ['', 'room', 'channel:', 'channel:elsewhere', 'user:', 'user:\u0000', 'connection:', 'Channel:room', '*']) {
    expect(await api.publish('x', { to })).toEqual([expect.stringMatching(/^'to' must/)]);
  }
});

test('each format is the same as without a history', async () => {
  const heard = async (format: ChannelApiOptions['format'], queued: boolean) => {
    const api = hooked({ action: 'allow' }, { format, queued, hasHistory: false });
    await api.act('me', 'publish', { channel: 'room', message: 'x' });
    await api.publish('y', { to: 'channel:room' });
    return api.received.get('other')!.map((frame) => frame.replace(/"id":"[^"]+","from"/, '"from"').replace(/"id":"[^"]+",/, '').replace(/"sentAt":\d+/, '"sentAt":1'));
  };
  for (const queued of [false, true]) {
    expect(await heard('RAW', queued)).toEqual(['x', 'y']);
    expect(await heard('ATTRIBUTED', queued)).toEqual(['{"message":"me says: x"}', '{"message":"y"}']);
    expect(await heard('ENVELOPE', queued)).toEqual([
      '{"type":"message","from":"me","sentAt":1,"message":"x","channel":"room"}', '{"type":"message","sentAt":1,"message":"y","channel":"room"}',
    ]);
  }
});

describe('a handshake that names several channels', () => {
  const rules = [{ ...RULE, pattern: 'room:*' }, { ...RULE, pattern: 'closed', subscribe: { kind: 'nobody' } as const }];
  const five = [1, 2, 3, 4, 5].map((nth) => `room:${nth}`);

  test('invokes the hook for all of them at once: there is no time for one after the other', async () => {
    let answer = () => {};
    const asked = new Promise<void>((resolve) => (answer = resolve));
    const api = new ChannelApi({
      rules,
      userIdKey: 'sub',
      hook: async () => {
        if (api.asked.length === five.length) answer();
        await asked;
        return { action: 'allow' };
      },
    });
    expect(await api.connect('me', five, { sub: 'u' })).toBe(200);
    expect(api.asked.map(({ channel }) => channel)).toEqual(five);
  });

  test('is refused if the hook refuses one of them', async () => {
    const api = new ChannelApi({ rules, hook: ({ channel }) => ({ action: channel === 'room:3' ? 'deny' : 'allow' }) });
    expect(await api.connect('me', five)).toBe(403);
    expect(api.members.rows.channel.size).toBe(0);
  });

  test('does not invoke the hook if a rule refuses one of them', async () => {
    const api = new ChannelApi({ rules, hook: () => ({ action: 'allow' }) });
    expect(await api.connect('me', ['room:1', 'closed'])).toBe(403);
    expect(api.asked).toEqual([]);
  });
});
