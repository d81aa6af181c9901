import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat } from '../../src';

/* One frame for several channels gets one answer for each, in both modes, also where a function only fills a queue. */

const MODES: Record<'Direct' | 'Queued', BroadcastWebSocketApiProps> = { Direct: {}, Queued: { fanOut: FanOut.queued(), history: {} } };
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

for (const handler of ['layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler'] as const) shippedBundle(handler);

let served: Served<Mode>;

beforeAll(async () => {
  const propsOf = (mode: Mode) => () => ({ messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.nobody(), ...MODES[mode] });
  served = await Served.start({ Direct: propsOf('Direct'), Queued: propsOf('Queued') }, (stack) => {
    for (const name of NAMES) (stack.node.findChild(name) as BroadcastWebSocketApi).addChannels('room:*');
  });
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

test.each(NAMES)('a list of channels has an answer for each, %s', async (mode) => {
  const client = await served.join(mode);
  const channels = [...Array.from({ length: 20 }, (_, nth) => ({ channel: `room:${nth}` })), { channel: 'elsewhere' }, { channel: 'room/1' }, { channel: 'room:last' }];
  client.send(JSON.stringify({ action: 'subscribe', ref: 'r', channels }));
  for (const { channel } of channels) await client.frame((frame) => frame.includes(`"channel":"${channel}"`));
  const answers = client.frames.map((frame) => JSON.parse(frame) as { type: string; ref: string; channel: string; code?: string });
  expect(answers).toHaveLength(channels.length);
  expect(answers.every(({ ref }) => ref === 'r')).toBe(true);
  expect(answers.filter(({ type }) => type !== 'subscribed')).toHaveLength(2);
  expect(answers.find(({ channel }) => channel === 'elsewhere')).toMatchObject({ type: 'error', code: 'unknown_channel' });
  // An invalid channel does not affect the others.
  expect(answers.find(({ channel }) => channel === 'room/1')).toMatchObject({ type: 'error', code: 'bad_request' });
});
