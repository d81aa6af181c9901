import type { LayeredMessagePorts, RoutedMessage } from '../../../../lambda-src/core/actions/action';
import { readPresence } from '../../../../lambda-src/core/actions/read-presence';
import { ChannelRules } from '../../../../lambda-src/core/channels/channel-rules';
import { subscribedFrame } from '../../../../lambda-src/core/log/frames';
import type { PresenceList } from '../../../../lambda-src/core/presence/presence-table';

const NOW = 1_800_000_000_000;
const LIST: PresenceList = { version: 3, count: 1, users: [{ id: 'a', name: 'Ann' }] };
const RULE = { subscribe: { kind: 'anyone' }, publish: { kind: 'nobody' }, history: false } as const;

/** An API that a member asks for the list; the channels that begin with `x` have other members. */
function asked(channel: string, ask: () => Promise<PresenceList> = async () => LIST) {
  const failed: string[] = [];
  const refused: string[] = [];
  const ports = {
    intake: { countRefusal: (_id: string, code: string) => refused.push(code) },
    clock: { now: () => NOW },
    channels: {
      rules: new ChannelRules([{ ...RULE, pattern: 'room:*', presence: { maxUsers: 9 } }, { ...RULE, pattern: 'plain' }, { ...RULE, pattern: 'x*', presence: { maxUsers: 9 } }], false),
      table: { member: async (name: string) => (name.startsWith('x') ? undefined : { connectionId: 'c', connectedAt: 1, ttl: NOW / 1_000 + 60 }) },
      report: { failed: (id: string) => failed.push(id) },
      presence: { ask },
    },
  } as unknown as LayeredMessagePorts;
  const text = JSON.stringify({ action: 'presence', channel, ref: 'r' });
  const incoming = { id: 'm', text, sentAt: NOW, routeKey: 'presence', sender: { connectionId: 'c', connectedAt: 1 } } as RoutedMessage;
  return { failed, refused, frame: readPresence(incoming, { deadline: Infinity, abortSignal: new AbortController().signal }, ports) };
}

test('a member gets the list', async () => {
  expect(await asked('room:1').frame).toEqual({ type: 'presence', ref: 'r', channel: 'room:1', version: 3, count: 1, members: [{ id: 'a', name: 'Ann' }] });
});

test.each([['none', 'unknown_channel'], ['x1', 'not_subscribed'], ['plain', 'bad_request']])('of %s it is refused: %s', async (channel, code) => {
  const { frame, refused, failed } = asked(channel);
  expect(await frame).toEqual({ type: 'error', ref: 'r', code, message: expect.any(String) });
  expect([refused, failed]).toEqual([[code], []]);
});

test('while the table is gone the list is unavailable, which is counted', async () => {
  const { frame, failed } = asked('room:1', async () => {
    throw new Error('secret of the SDK');
  });
  expect(await frame).toEqual({ type: 'error', ref: 'r', code: 'unavailable', message: expect.not.stringContaining('secret') });
  expect(failed).toEqual(['m']);
});

test('the answer to a subscribe has the list', () => {
  expect(subscribedFrame('r', 'room', undefined, LIST)).toEqual({ type: 'subscribed', ref: 'r', channel: 'room', version: 3, count: 1, members: LIST.users });
  expect(subscribedFrame('r', 'room', undefined, { version: 4, count: 500 })).toEqual({ type: 'subscribed', ref: 'r', channel: 'room', version: 4, count: 500 });
});

test('if messages fill the answer, the list comes in the next frame', () => {
  const message = { id: 'm', sentAt: NOW, text: 'x'.repeat(24_000) };
  const page = { epoch: 'e', position: 1, recovered: true, more: false, entries: [{ position: 1, at: NOW, ttl: 1, message }] };
  const users = Array.from({ length: 100 }, (_, n) => ({ id: String(n).padStart(22, '0'), name: 'somebody' }));
  const frame = subscribedFrame('r', 'room', page, { version: 2, count: 100, users });
  expect(frame).toMatchObject({ version: 2, count: 100, messages: [{ message: message.text }] });
  expect(frame).not.toHaveProperty('members');
});
