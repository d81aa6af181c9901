import { ChannelApi } from './channel-api';
import type { AccessRule, ChannelRule } from '../../../../lambda-src/core/channels/channel-rules';

/* A subscribe is one request, whatever the number of its channels: the metrics of refusals and failures count requests. */

const ANYONE: AccessRule = { kind: 'anyone' };
const NOBODY: AccessRule = { kind: 'nobody' };
const rule = (pattern: string, subscribe: AccessRule): ChannelRule => ({ pattern, subscribe, publish: ANYONE, history: true });
const RULES = [rule('room:*', ANYONE), rule('closed:*', NOBODY)];

async function api(): Promise<ChannelApi> {
  const made = new ChannelApi({ rules: RULES, maxChannels: 2, hasHistory: true });
  await made.connect('me', []);
  return made;
}

const listOf = (...names: string[]) => ({ channels: names.map((channel) => ({ channel })) });

/** Returns the outcome for each channel of a list. */
async function ask(made: ChannelApi, members: object): Promise<(string | undefined)[]> {
  made.extra.length = 0;
  const last = await made.act('me', 'subscribe', members);
  return [...made.extra as { type: string; code?: string }[], last].map(({ type, code }) => code ?? type);
}

test.each([
  ['one', ['closed:1'], ['forbidden'], ['forbidden']],
  ['many for one reason', ['closed:1', 'closed:2', 'closed:3'], ['forbidden', 'forbidden', 'forbidden'], ['forbidden']],
  [
    'some for several reasons, beside some that are granted', ['room:1', 'nothing:1', 'closed:1', 'no/name', 'room:2', 'room:3', 'nothing:2'],
    ['subscribed', 'unknown_channel', 'forbidden', 'bad_request', 'subscribed', 'too_many', 'unknown_channel'],
    ['bad_request, forbidden, too_many, unknown_channel'],
  ],
  ['none', ['room:1', 'room:2'], ['subscribed', 'subscribed'], []],
])('a list of which %s is refused counts once, with its reasons', async (_what, names, codes, refusals) => {
  const made = await api();
  expect(await ask(made, listOf(...names))).toEqual(codes);
  expect(made.refusals).toEqual(refusals);
});

test('each request counts', async () => {
  const made = await api();
  for (const members of [{ channel: 'closed:1' }, listOf('closed:1', 'closed:2'), listOf()]) await ask(made, members);
  expect(made.refusals).toEqual(['forbidden', 'forbidden', 'bad_request']);
});

test.each([
  ['reading the channels of the connection', 'members', 'channelsOf'],
  ['storing the members', 'members', 'put'],
  ['looking at the rows again', 'members', 'look'],
  ['reading the history', 'log', 'reader'],
] as const)('a list counts once as a failure when this fails: %s', async (_what, part, operation) => {
  const made = await api();
  const fail = () => Promise.reject(new Error('throttled'));
  Object.assign(made[part], { [operation]: operation === 'reader' ? () => ({ read: fail }) : fail });
  expect(await ask(made, listOf('room:1', 'room:2', 'closed:1'))).toEqual(['unavailable', 'unavailable', 'forbidden']);
  expect([made.failed, made.refusals]).toEqual([['m1'], ['forbidden']]);
});
