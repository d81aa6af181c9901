import { ChannelApi, CONNECTED, type ChannelApiOptions } from './channel-api';

const CHANNEL = 'room:1';
const RULE = { pattern: 'room:*', subscribe: { kind: 'anyone' }, publish: { kind: 'subscribers' }, history: true } as const;

function room(members: number, options: Partial<ChannelApiOptions> = {}): ChannelApi {
  const api = new ChannelApi({ rules: [RULE], ...options });
  for (let nth = 0; nth < members; nth++) api.members.add(CHANNEL, `c${nth}`, CONNECTED);
  api.open('stranger');
  return api;
}

const publish = (api: ChannelApi, id: string) => api.act(id, 'publish', { channel: CHANNEL, message: 'hello' });

test.each<[string, Partial<ChannelApiOptions>, string[]]>([
  ['directly, by one read of the members', {}, ['page']],
  ['into a history, by its own row', { hasHistory: true }, ['member', 'page']],
  ['past a hook, by its own row', { hook: () => ({ action: 'allow' }) }, ['member', 'page']],
  ['by a queue, by its own row', { queued: true }, ['member', 'page']],
])('a member of few publishes %s', async (_how, options, requests) => {
  const api = room(3, options);
  expect(await publish(api, 'c1')).toMatchObject({ type: 'ack' });
  expect(api.members.requests).toEqual(requests);
  expect([...api.received].map(([id, texts]) => [id, texts.length])).toEqual([['c0', 1], ['c1', 1], ['c2', 1]]);
});

test.each([[3, ['page']], [250, ['page', 'member']]])('a client that is not a member of %s is refused after few reads', async (members, requests) => {
  const api = room(members);
  expect(await publish(api, 'stranger')).toMatchObject({ type: 'error', code: 'not_subscribed' });
  expect([api.members.requests, api.received.size, api.refusals]).toEqual([requests, 0, ['not_subscribed']]);
});

test.each([['the first', 'c0', ['page', 'page']], ['the last', 'c249', ['page', 'member', 'page']]])('%s of many publishes, and each member gets it once', async (_who, id, requests) => {
  const api = room(250);
  expect(await publish(api, id)).toMatchObject({ type: 'ack', delivered: 250 });
  expect(api.members.requests).toEqual(requests);
  expect([...api.received.values()].every((texts) => texts.length === 1)).toBe(true);
});

test('a member whose row has expired, or belongs to an earlier connection, does not count', async () => {
  const api = room(3);
  const key = `c1|${CHANNEL}`;
  const { channel: rows } = api.members.rows;
  rows.set(key, { ...rows.get(key)!, ttl: 1 });
  expect(await publish(api, 'c1')).toMatchObject({ code: 'not_subscribed' });
  rows.set(key, { ...rows.get(key)!, ttl: CONNECTED, connectedAt: CONNECTED - 1 });
  expect(await publish(api, 'c1')).toMatchObject({ code: 'not_subscribed' });
});

test('if the members cannot be read, the message is refused, and that is reported', async () => {
  const api = room(3);
  api.members.failing = { request: 'page', error: new Error('throttled') };
  expect(await publish(api, 'c1')).toMatchObject({ type: 'error', code: 'unavailable' });
  expect([api.failed, api.received.size]).toEqual([['m1'], 0]);
});
