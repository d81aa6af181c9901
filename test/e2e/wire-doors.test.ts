import { createHash } from 'node:crypto';
import { type Stack } from 'aws-cdk-lib';
import { openAuthorizer } from './support/inline-functions';
import { type Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, MessageRateLimit } from '../../src';

/* The wire beyond single frames: ids, sizes to the byte, addresses that name channels, limits, and rates. */

const CONTEXT = 'user === "" ? {} : { sub: user }';

const UNLIMITED = { messageRateLimit: MessageRateLimit.unlimited() };
const MODES: Record<'Direct' | 'Queued' | 'Kept' | 'KeptQueued' | 'Slow', Partial<BroadcastWebSocketApiProps>> = {
  Direct: { ...UNLIMITED, excludeSender: true },
  Queued: { ...UNLIMITED, fanOut: FanOut.queued() },
  Kept: { ...UNLIMITED, history: {} },
  KeptQueued: { ...UNLIMITED, history: {}, fanOut: FanOut.queued() },
  // No rate comes back within a test.
  Slow: { history: {}, messageRateLimit: MessageRateLimit.perSecond(0.1, 12) },
};
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];
const KEPT = ['Kept', 'KeptQueued'] as const;
const MAX_BYTES = 24 * 1024;

for (const handler of ['layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler'] as const) shippedBundle(handler);

let served: Served<Mode>;

beforeAll(async () => {
  const propsOf = (mode: Mode) => (stack: Stack): BroadcastWebSocketApiProps => {
    return {
      messageFormat: MessageFormat.ENVELOPE,
      publishAccess: ChannelAccess.anyone(),
      userIdKey: 'sub',
      authorizer: openAuthorizer(stack, mode, CONTEXT),
      ...MODES[mode],
    };
  };
  const apis = Object.fromEntries(NAMES.map((mode) => [mode, propsOf(mode)])) as Record<Mode, (stack: Stack) => BroadcastWebSocketApiProps>;
  served = await Served.start(apis, (stack) => {
    for (const mode of NAMES) {
      const api = stack.node.findChild(mode) as BroadcastWebSocketApi;
      api.addChannels('room:*');
      api.addChannels('room:closed', { subscribeAccess: ChannelAccess.nobody() });
    }
  });
}, 120_000);

afterEach(() => served.leave());
afterAll(() => served?.stop());

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly channel?: string;
  readonly code?: string;
  readonly id?: string;
  readonly position?: number;
  readonly delivered?: number;
  readonly message?: string;
  readonly messages?: Frame[];
}

class Probe {
  static async join(mode: Mode, user = 'ann', query = ''): Promise<Probe> {
    return new Probe(await served.join(mode, { query: `?user=${user}${query}` }));
  }

  private refs = 0;

  constructor(readonly client: Client) {}

  get frames(): Frame[] {
    return this.client.frames.map((frame) => JSON.parse(frame) as Frame);
  }

  async ask(action: string, members: { ref?: string } & Record<string, unknown> = {}): Promise<Frame> {
    const ref = members.ref ?? `r${++this.refs}`;
    const before = this.answersTo(ref).length;
    this.client.send(JSON.stringify({ action, ...members, ref }));
    await eventually(() => this.answersTo(ref).length > before);
    return this.answersTo(ref)[before];
  }

  answersTo(ref: string): Frame[] {
    return this.frames.filter((frame) => frame.ref === ref);
  }

  async message(text: string): Promise<Frame> {
    await eventually(() => this.messages.some(({ message }) => message === text));
    return this.messages.find(({ message }) => message === text)!;
  }

  get messages(): Frame[] {
    return this.frames.filter(({ type }) => type === 'message');
  }
}

const idOf = (kind: 'c' | 's', value: string, channel: string, userId: string | null, ref: string) => (
  createHash('sha256').update(JSON.stringify([kind, value, channel, userId, ref])).digest('base64url').slice(0, 22)
);
const SESSION = 's'.repeat(22);

describe.each(NAMES.filter((mode) => mode !== 'Slow'))('%s', (mode) => {
  test.each<[string, number, string]>([
    ['none', 101, ''], ['one', 101, '&channel=room:1'], ['five', 101, [1, 2, 3, 4, 5].map((n) => `&channel=room:${n}`).join('')],
    ['six', 403, [1, 2, 3, 4, 5, 6].map((n) => `&channel=room:${n}`).join('')], ['one that is closed', 403, '&channel=room:1&channel=room:closed'],
    ['one without a rule', 403, '&channel=elsewhere'], ['an empty one', 403, '&channel='], ['a pattern', 403, '&channel=room:*'], ['another writing', 403, '&channel=ROOM:1'],
    ['one encoded', 101, '&channel=room%3A1'], ['one encoded twice', 403, '&channel=room%253A1'], ['a line feed', 403, '&channel=room:1%0A'], ['what is no UTF-8', 403, '&channel=room:%ff'],
    ['the channel of another user', 403, '&channel=user:bob'], ['the own channel of the user', 403, '&channel=user:ann'], ['129 characters', 403, `&channel=room:${'x'.repeat(124)}`],
    ['another parameter', 101, '&Channel=nowhere&channels=nowhere'],
  ])('an address that names %s is answered %d', async (_, status, channels) => {
    const got = status === 101
      ? await Probe.join(mode, 'ann', channels).then(() => 101)
      : await served.refusal(mode, { query: `?user=ann${channels}` });
    expect(got).toBe(status);
  });

  test('a client that named channels in the address is a member of them', async () => {
    const ann = await Probe.join(mode, 'ann', '&channel=room:1&channel=room:1&channel=room:2');
    for (const channel of ['room:1', 'room:2']) expect(await ann.ask('publish', { channel, message: 'm' })).toMatchObject({ type: 'ack' });
    expect(await ann.ask('publish', { channel: 'room:3', message: 'm' })).toMatchObject({ type: 'error', code: 'not_subscribed' });
  });

  test('an id is derived from the session (or else the connection), the channel, the user and the ref', async () => {
    const [ann, guest] = [await Probe.join(mode, 'ann', '&channel=room:1'), await Probe.join(mode, '', '&channel=room:1')];
    const id = async (probe: Probe, members: object) => (await probe.ask('publish', { channel: 'room:1', message: 'm', ref: 'x', ...members })).id;
    expect(await id(ann, { session: SESSION })).toBe(idOf('s', SESSION, 'room:1', 'ann', 'x'));
    expect(await id(guest, { session: SESSION })).toBe(idOf('s', SESSION, 'room:1', null, 'x'));
    expect(await id(ann, { session: SESSION, channel: undefined })).toBe(idOf('s', SESSION, '*', 'ann', 'x'));
    expect((await served.rowIds(mode)).map((connection) => idOf('c', connection, 'room:1', 'ann', 'x'))).toContain(await id(ann, {}));
  });

  test('a list of 50 channels gets 50 answers, the 51st is too many, and the personal channel does not count', async () => {
    const ann = await Probe.join(mode, 'ann', '&channel=room:0');
    const channels = [...Array.from({ length: 47 }, (_, nth) => `room:${nth}`), 'room:closed', 'elsewhere', 'no/name'];
    ann.client.send(JSON.stringify({ action: 'subscribe', ref: 'list', channels: channels.map((channel) => ({ channel })) }));
    await eventually(() => ann.answersTo('list').length === 50);
    const codes = new Map(ann.answersTo('list').map(({ channel, code, type }) => [channel, code ?? type]));
    expect(channels.map((channel) => codes.get(channel))).toEqual([...Array<string>(47).fill('subscribed'), 'forbidden', 'unknown_channel', 'bad_request']);
    for (const nth of [48, 49, 50]) expect(await ann.ask('subscribe', { channel: `room:${nth}` })).toMatchObject({ type: 'subscribed' });
    expect(await ann.ask('subscribe', { channel: 'room:51' })).toEqual({ type: 'error', ref: expect.any(String), code: 'too_many', message: expect.any(String) });
    expect(await ann.ask('subscribe', { channel: 'room:50' })).toMatchObject({ type: 'subscribed' });
    expect(await ann.ask('unsubscribe', { channel: 'room:50' })).toMatchObject({ type: 'unsubscribed' });
    expect(await ann.ask('subscribe', { channel: 'room:51' })).toMatchObject({ type: 'subscribed' });
    expect(ann.answersTo('list')).toHaveLength(50);
  }, 60_000);
});

test('an excluded sender gets its ack and nothing else', async () => {
  const [ann, bob] = [await Probe.join('Direct', 'ann', '&channel=room:1'), await Probe.join('Direct', 'bob', '&channel=room:1')];
  expect(await ann.ask('publish', { channel: 'room:1', message: 'one' })).toMatchObject({ type: 'ack', delivered: 1 });
  expect(await bob.ask('publish', { channel: 'room:1', message: 'two' })).toMatchObject({ type: 'ack', delivered: 1 });
  await ann.message('two');
  expect(ann.messages.map(({ message }) => message)).toEqual(['two']);
});

describe.each(KEPT)('%s', (mode) => {
  test('a message of exactly the limit arrives, and a byte more is refused', async () => {
    const [ann, bob] = [await Probe.join(mode, 'ann', '&channel=room:1'), await Probe.join(mode, 'bob', '&channel=room:1')];
    await ann.ask('publish', { channel: 'room:1', message: 'first' });
    const first = await bob.message('first');
    const sizeOf = (message: string) => Buffer.byteLength(JSON.stringify({ ...first, message, position: Number.MAX_SAFE_INTEGER }));
    const longest = `\u00e9${'x'.repeat(MAX_BYTES - sizeOf('\u00e9'))}`;
    expect(await ann.ask('publish', { channel: 'room:1', message: longest })).toMatchObject({ type: 'ack' });
    await bob.message(longest);
    expect(await ann.ask('publish', { channel: 'room:1', message: `${longest}x` })).toMatchObject({ type: 'error', code: 'too_large' });
  });

  test('a repeated message keeps its id and its position, also on another connection', async () => {
    const [ann, bob] = [await Probe.join(mode, 'ann', '&channel=room:2'), await Probe.join(mode, 'bob', '&channel=room:2')];
    const frame = { channel: 'room:2', message: 'once', ref: 'x', session: SESSION };
    const first = await ann.ask('publish', frame);
    await ann.client.close();
    const back = await Probe.join(mode, 'ann', '&channel=room:2');
    const again = await back.ask('publish', { ...frame, again: true });
    expect([again.id, again.position]).toEqual([first.id, first.position]);
    const twice = await back.ask('publish', frame);
    expect([twice.id, twice.position]).toEqual([first.id, first.position! + 1]);
    // Nobody claims the id of another user's.
    expect((await bob.ask('publish', { ...frame, again: true })).id).not.toBe(first.id);
    await eventually(() => bob.messages.filter(({ message }) => message === 'once').length >= 4);
  });

  test('a page is one frame with at least one message, and the pages end with the log', async () => {
    const ann = await Probe.join(mode, 'ann', '&channel=room:3');
    const { epoch } = await ann.ask('subscribe', { channel: 'room:3' }) as Frame & { epoch: string };
    for (let nth = 0; nth < 4; nth++) await ann.ask('publish', { channel: 'room:3', message: `${nth}${'x'.repeat(23_000)}` });
    const heard: string[] = [];
    let position = 0;
    for (let more = true; more;) {
      const page = await ann.ask('history', { channel: 'room:3', since: position, epoch }) as Frame & { recovered: boolean; more: boolean; position: number };
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(28 * 1024);
      expect([page.recovered, page.messages!.length]).toEqual([true, 1]);
      heard.push(page.messages![0].message![0]);
      ({ more, position } = page);
    }
    expect([heard.join(''), position]).toEqual(['0123', 4]);
  });
});

describe('a rate of 12 at once', () => {
  const spend = async (probe: Probe, count: number) => {
    for (let nth = 0; nth < count; nth++) expect(await probe.ask('unsubscribe', { channel: 'room:1' })).toMatchObject({ type: 'unsubscribed' });
  };
  const REFUSED = { type: 'error', ref: expect.any(String), code: 'rate_exceeded', message: expect.any(String) };
  const isOver = async (probe: Probe) => expect(await probe.ask('history')).toEqual(REFUSED);

  test.each<[string, number, string]>([
    ['a list of 50', 1, JSON.stringify({ action: 'subscribe', ref: 'x', channels: Array.from({ length: 50 }, (_, nth) => ({ channel: `room:${nth}` })) })],
    ['an action of a wrong form', 1, '{"action":"publish","ref":"x"}'], ['one that is forbidden', 1, '{"action":"subscribe","ref":"x","channel":"room:closed"}'],
    ['plain text', 1, 'hello'], ['a message sent again', 10, JSON.stringify({ action: 'publish', ref: 'x', message: 'm', session: SESSION, again: true })],
  ])('%s costs %d', async (_, cost, frame) => {
    const ann = await Probe.join('Slow');
    ann.client.send(frame);
    await eventually(() => ann.frames.length > 0);
    await spend(ann, 12 - cost);
    await isOver(ann);
    // Each refusal is answered.
    await isOver(ann);
  }, 60_000);

  test('pings cost nothing', async () => {
    const ann = await Probe.join('Slow');
    for (let nth = 0; nth < 20; nth++) ann.client.send('{"action":"ping"}');
    await eventually(() => ann.frames.length === 20);
    expect(ann.frames[0]).toEqual({ action: 'pong', v: 1, layers: ['history', 'channels', 'people'] });
    await spend(ann, 12);
    await isOver(ann);
  }, 60_000);
});
