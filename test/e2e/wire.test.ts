import { type Stack } from 'aws-cdk-lib';
import { inlineFunction, openAuthorizer } from './support/inline-functions';
import { type Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { shippedBundle } from '../../harness/shipped-bundle';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, MessageRateLimit } from '../../src';

/*
 * The wire, frame by frame, through every layer at once: each odd frame gets one answer, with exactly the expected members. Frames are
 * written by hand, so that members occur twice, and values have forms that JSON.stringify does not write.
 */

const CONTEXT = 'user === "" ? {} : { sub: user, name: user.toUpperCase() }';

const HOOK = `
exports.handler = async ({ type, message, channel }) => {
  if (message === 'rude' || channel === 'room:denied') return { action: 'deny', reason: 'be kind' };
  if (message === 'spam') return { action: 'drop' };
  return { action: 'allow' };
};`;

const MODES: Record<'Plain' | 'Direct' | 'Queued' | 'Kept' | 'KeptQueued' | 'Batch', Partial<BroadcastWebSocketApiProps>> = {
  Plain: {},
  Direct: { userIdKey: 'sub', senderNameKey: 'name' },
  Queued: { userIdKey: 'sub', senderNameKey: 'name', fanOut: FanOut.queued() },
  Kept: { userIdKey: 'sub', senderNameKey: 'name', history: {} },
  KeptQueued: { userIdKey: 'sub', senderNameKey: 'name', history: {}, fanOut: FanOut.queued() },
  Batch: { userIdKey: 'sub', senderNameKey: 'name', history: {}, fanOut: FanOut.queued(), messageFormat: MessageFormat.BATCH },
};
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];
const isKept = (mode: Mode) => MODES[mode].history !== undefined;
const isQueued = (mode: Mode) => MODES[mode].fanOut !== undefined;
const hasPeople = (mode: Mode) => MODES[mode].userIdKey !== undefined;

for (const handler of [
  'layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler', 'presence-handler',
] as const) shippedBundle(handler);

let served: Served<Mode>;

beforeAll(async () => {
  const propsOf = (mode: Mode) => (stack: Stack): BroadcastWebSocketApiProps => {
    return {
      messageFormat: MessageFormat.ENVELOPE,
      publishAccess: ChannelAccess.anyone(),
      messageRateLimit: MessageRateLimit.unlimited(),
      messageHook: inlineFunction(stack, `Hook${mode}`, HOOK),
      ...(hasPeople(mode) && { authorizer: openAuthorizer(stack, mode, CONTEXT) }),
      ...MODES[mode],
    };
  };
  const apis = Object.fromEntries(NAMES.map((mode) => [mode, propsOf(mode)])) as Record<Mode, (stack: Stack) => BroadcastWebSocketApiProps>;
  served = await Served.start(apis, (stack) => {
    for (const mode of NAMES) {
      const api = stack.node.findChild(mode) as BroadcastWebSocketApi;
      api.addChannels('room:*', hasPeople(mode) ? { presence: {} } : {});
      api.addChannels('room:private-*', { subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.nobody() });
      api.addChannels('room:denied', { subscribeAccess: ChannelAccess.hook() });
      api.addChannels('open:*', { publishAccess: ChannelAccess.anyone() });
      if (isKept(mode)) api.addChannels('gone:*', { history: false });
    }
  });
}, 120_000);

afterEach(() => served.leave());
afterAll(() => served?.stop());

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly [member: string]: unknown;
}

/** A client that separates answers from other frames. */
class Probe {
  static async join(mode: Mode, user = 'ann', query = ''): Promise<Probe> {
    return new Probe(await served.join(mode, { query: `${hasPeople(mode) ? `?user=${user}` : '?'}${query}` }));
  }

  private taken = 0;

  constructor(readonly client: Client) {}

  get answers(): Frame[] {
    return this.client.frames.map((frame) => JSON.parse(frame) as Frame).filter(({ type, ref }) => !['message', 'messages'].includes(type) && !(type === 'presence' && ref === undefined));
  }

  /** Sends a text, and returns the next answers. */
  async send(text: string, count = 1): Promise<Frame[]> {
    this.client.send(text);
    await eventually(() => this.answers.length >= this.taken + count);
    const answers = this.answers.slice(this.taken, this.taken + count);
    this.taken += count;
    return answers;
  }

  async ask(action: string, members: object = {}): Promise<Frame> {
    return (await this.send(JSON.stringify({ action, ref: 'r', ...members })))[0];
  }
}

const number = expect.any(Number);
const text = expect.any(String);
const error = (code: string, ref: string | undefined = 'r') => ({ type: 'error', ...(ref !== undefined && { ref }), code, message: expect.stringMatching(/./) });
const NO_REF = { type: 'error', code: 'bad_request', message: expect.stringMatching(/./) };
const ack = (mode: Mode, over: object = {}, isLogged = isKept(mode)) => ({
  type: 'ack', ref: 'r', id: expect.stringMatching(/^[\w-]{22}$/), ...(isLogged && { position: number }), ...(!isQueued(mode) && { delivered: number }), ...over,
});
const page = (over: object = {}) => ({ epoch: text, position: number, recovered: true, more: false, messages: [], ...over });
const subscribed = (mode: Mode, channel: string, over: object = {}) => ({
  type: 'subscribed', ref: 'r', channel, ...(isKept(mode) && page()), ...(hasPeople(mode) && channel.startsWith('room:') && { version: number, count: number, members: expect.any(Array) }), ...over,
});

type Expected = object | ((mode: Mode) => object);
const JOINED = 'room:here';
const longName = (length: number) => `room:${'x'.repeat(length - 5)}`;

/** Invalid names as JSON. */
const NO_NAMES = ['""', '"*"', '"room:*"', '"-a"', '"_a"', '".a"', '":a"', '"@a"', '"!a"', '"#a"', '"a#b"', '"a b"', '" room:1"', '"room:1 "', '"room:1\\n"', '"room:\\u0000"', '"room:é"',
  '"room:e\\u0301"', '"rооm:1"', '"room：1"', '"room:１"', '"room:\\u200d1"', '"room:😀"', '"room:\\ud800"', '"room/1"', '"room%3A1"', '"__proto__"', JSON.stringify(longName(129)),
  'null', 'true', '0', '["room:1"]', '{"channel":"room:1"}'];
const UNKNOWN = ['ROOM:1', 'Room:1', 'roo', 'rooms', 'room', 'constructor', 'toString', 'hasOwnProperty', 'x'.repeat(128), 'channel:room:1', 'user', '1'];

const WRONG_REFS = ['""', 'null', '1', 'true', '[]', '["r"]', '{}', JSON.stringify('r'.repeat(65)), JSON.stringify('😀'.repeat(65))];

const shapes: [what: string, frame: string, expected: Expected][] = [
  ...['publish', 'subscribe', 'unsubscribe'].flatMap((action): [string, string, Expected][] => [
    [`${action} without a ref`, `{"action":"${action}","channel":"${JOINED}","message":"m"}`, NO_REF],
    ...WRONG_REFS.map((ref): [string, string, Expected] => [`${action} with the ref ${ref.slice(0, 12)}`, `{"action":"${action}","ref":${ref},"channel":"${JOINED}","message":"m"}`, NO_REF]),
    ...NO_NAMES.map((name): [string, string, Expected] => [`${action} of ${name.slice(0, 30)}`, `{"action":"${action}","ref":"r","channel":${name},"message":"m"}`, error('bad_request')]),
  ]),
  ...['publish', 'subscribe'].flatMap((action) => UNKNOWN.map((channel): [string, string, Expected] => [
    `${action} of ${channel.slice(0, 20)}`, JSON.stringify({ action, ref: 'r', channel, message: 'm' }), error('unknown_channel'),
  ])),
  ['subscribe without a channel', '{"action":"subscribe","ref":"r"}', error('bad_request')],
  ['unsubscribe without a channel', '{"action":"unsubscribe","ref":"r"}', error('bad_request')],
  ...['', 'null', '1', '[]', '{}', '"x"', 'true'].map((list): [string, string, Expected] => [`channels ${list}`, `{"action":"subscribe","ref":"r","channels":${list || '""'}}`, error('bad_request')]),
  ...['["room:1"]', '[null]', '[["room:1"]]', '[1]', '[{}]', '[{"channel":null}]'].map((list): [string, string, Expected] => [`channels ${list}`, `{"action":"subscribe","ref":"r","channels":${list}}`, error('bad_request')]),
  ['51 channels', JSON.stringify({ action: 'subscribe', ref: 'r', channels: Array.from({ length: 51 }, (_, n) => ({ channel: `room:${n}` })) }), error('bad_request')],
  ['channel and channels', '{"action":"subscribe","ref":"r","channel":"room:1","channels":[{"channel":"room:2"}]}', error('bad_request')],
  ...['-1', '0.5', '"1"', 'null', '1e400', '-0.1', '[]', 'true', '9007199254740992'].flatMap((since): [string, string, Expected][] => [
    [`subscribe since ${since}`, `{"action":"subscribe","ref":"r","channel":"${JOINED}","since":${since}}`, error('bad_request')],
  ]),
  ...['""', 'null', '1', JSON.stringify('e'.repeat(65))].map((epoch): [string, string, Expected] => [`subscribe epoch ${epoch.slice(0, 9)}`, `{"action":"subscribe","ref":"r","channel":"${JOINED}","since":0,"epoch":${epoch}}`, error('bad_request')]),
  ...['', '"",', 'null,', '1,', 'true,', '[],', '{},'].map((message): [string, string, Expected] => [
    `message ${message}`, `{"action":"publish","ref":"r",${message && `"message":${message}`}"channel":"${JOINED}"}`, error('bad_request'),
  ]),
  ...['null', '1', '""', '[]', JSON.stringify('s'.repeat(21)), JSON.stringify('s'.repeat(65))].map((session): [string, string, Expected] => [
    `session ${session.slice(0, 9)} of ${session.length - 2}`, `{"action":"publish","ref":"r","message":"m","session":${session},"channel":"${JOINED}"}`, error('bad_request'),
  ]),
  ...['null', '1', '"true"', '[]'].map((again): [string, string, Expected] => [`again ${again}`, `{"action":"publish","ref":"r","message":"m","again":${again},"channel":"${JOINED}"}`, error('bad_request')]),
  ['a session of 22', JSON.stringify({ action: 'publish', ref: 'r', message: 'm', session: 's'.repeat(22), channel: JOINED }), (mode: Mode) => ack(mode)],
  ['a session of 64, again', JSON.stringify({ action: 'publish', ref: 'r', message: 'm', session: 's'.repeat(64), again: true, channel: JOINED }), (mode: Mode) => ack(mode)],
  ['a message of one byte', `{"action":"publish","ref":"r","message":" ","channel":"${JOINED}"}`, (mode: Mode) => ack(mode)],
  ['a message of half a character', `{"action":"publish","ref":"r","message":"\\ud800","channel":"${JOINED}"}`, (mode: Mode) => ack(mode)],
  ['a message of control characters', `{"action":"publish","ref":"r","message":"\\u0000\\u0007\\uffff","channel":"${JOINED}"}`, (mode: Mode) => ack(mode)],
  ['members that nobody knows', `{"action":"publish","ref":"r","message":"m","channel":"${JOINED}","to":"user:bob","from":"eve","position":7,"id":"x","nested":{"action":"history"}}`, (mode: Mode) => ack(mode)],
  ['members twice: the last counts', `{"action":"publish","ref":"q","ref":"r","message":1,"message":"m","channel":"nowhere","channel":"${JOINED}"}`, (mode: Mode) => ack(mode)],
  ['white space', ` {\n "action" : "publish" ,\t"ref":"r","message":"m","channel":"${JOINED}" } `, (mode: Mode) => ack(mode)],
  ['an action with escapes', `{"\\u0061ction":"pu\\u0062lish","ref":"r","message":"m","channel":"${JOINED}"}`, (mode: Mode) => ack(mode)],
  ['a ref of 64 emoji', JSON.stringify({ action: 'publish', ref: '😀'.repeat(64), message: 'm', channel: JOINED }), (mode: Mode) => ack(mode, { ref: '😀'.repeat(64) })],
  ['a publish to all', '{"action":"publish","ref":"r","message":"m"}', (mode: Mode) => ack(mode)],
  ['a publish that the hook denies', `{"action":"publish","ref":"r","message":"rude","channel":"${JOINED}"}`, { type: 'error', ref: 'r', code: 'denied', message: 'be kind' }],
  ['a publish that the hook drops', `{"action":"publish","ref":"r","message":"spam","channel":"${JOINED}"}`, { type: 'ack', ref: 'r', id: text }],
  ['a publish to a room of others', '{"action":"publish","ref":"r","message":"m","channel":"room:there"}', error('not_subscribed')],
  ['a publish to what is closed', '{"action":"publish","ref":"r","message":"m","channel":"room:private-1"}', error('forbidden')],
  ['a publish to an open channel', '{"action":"publish","ref":"r","message":"m","channel":"open:1"}', (mode: Mode) => ack(mode)],
  ['a message that is too large', JSON.stringify({ action: 'publish', ref: 'r', message: 'x'.repeat(25_000), channel: JOINED }), (mode: Mode) => (isKept(mode) ? error('too_large') : ack(mode))],
  ['a subscribe to what is closed', '{"action":"subscribe","ref":"r","channel":"room:private-1"}', error('forbidden')],
  ['a subscribe that the hook denies', '{"action":"subscribe","ref":"r","channel":"room:denied"}', { type: 'error', ref: 'r', code: 'denied', message: 'be kind' }],
  ['a subscribe', '{"action":"subscribe","ref":"r","channel":"room:new"}', (mode: Mode) => subscribed(mode, 'room:new')],
  ['a subscribe to 128 characters', JSON.stringify({ action: 'subscribe', ref: 'r', channel: longName(128) }), (mode: Mode) => subscribed(mode, longName(128))],
  ['a subscribe a second time', `{"action":"subscribe","ref":"r","channel":"${JOINED}"}`, (mode: Mode) => subscribed(mode, JOINED)],
  ['a subscribe since a position of another epoch', '{"action":"subscribe","ref":"r","channel":"room:new","since":0,"epoch":"another"}', (mode: Mode) => subscribed(mode, 'room:new', isKept(mode) ? { recovered: false } : {})],
  ['an unsubscribe', '{"action":"unsubscribe","ref":"r","channel":"room:new"}', { type: 'unsubscribed', ref: 'r', channel: 'room:new' }],
  ['an unsubscribe of what one never joined', '{"action":"unsubscribe","ref":"r","channel":"room:never"}', { type: 'unsubscribed', ref: 'r', channel: 'room:never' }],
];

const withHistory: typeof shapes = [
  ['history without a ref', '{"action":"history"}', NO_REF],
  ...NO_NAMES.map((name): [string, string, Expected] => [`history of ${name.slice(0, 30)}`, `{"action":"history","ref":"r","channel":${name}}`, error('bad_request')]),
  ...UNKNOWN.map((channel): [string, string, Expected] => [`history of ${channel.slice(0, 20)}`, JSON.stringify({ action: 'history', ref: 'r', channel }), error('unknown_channel')]),
  ...['since', 'before', 'limit'].flatMap((name) => ['-1', '0.5', '"1"', 'null', '1e400', '[]', 'true', '9007199254740992'].map((value): [string, string, Expected] => [
    `history ${name} ${value}`, `{"action":"history","ref":"r","${name}":${value}}`, error('bad_request'),
  ])),
  ['history before 0', '{"action":"history","ref":"r","before":0}', error('bad_request')],
  ['history limit 0', '{"action":"history","ref":"r","limit":0}', error('bad_request')],
  ['history limit 1001', '{"action":"history","ref":"r","limit":1001}', error('bad_request')],
  ['history since and before', '{"action":"history","ref":"r","since":1,"before":2}', error('bad_request')],
  ['history of a room of others', '{"action":"history","ref":"r","channel":"room:there"}', error('not_subscribed')],
  ['history of what is closed', '{"action":"history","ref":"r","channel":"room:private-1"}', error('not_subscribed')],
  ['history since a position to come', '{"action":"history","ref":"r","since":9007199254740991}', { type: 'history', ref: 'r', ...page({ recovered: false }) }],
  ['history of a channel', JSON.stringify({ action: 'history', ref: 'r', channel: JOINED, limit: 1 }), { type: 'history', ref: 'r', channel: JOINED, ...page({ messages: expect.any(Array), more: expect.any(Boolean) }) }],
  ['history limit 1000', '{"action":"history","ref":"r","limit":1000}', { type: 'history', ref: 'r', ...page({ messages: expect.any(Array), more: expect.any(Boolean) }) }],
];

const withPresence: typeof shapes = [
  ['presence without a ref', `{"action":"presence","channel":"${JOINED}"}`, NO_REF],
  ['presence without a channel', '{"action":"presence","ref":"r"}', error('bad_request')],
  ...NO_NAMES.map((name): [string, string, Expected] => [`presence of ${name.slice(0, 30)}`, `{"action":"presence","ref":"r","channel":${name}}`, error('bad_request')]),
  ...UNKNOWN.map((channel): [string, string, Expected] => [`presence of ${channel.slice(0, 20)}`, JSON.stringify({ action: 'presence', ref: 'r', channel }), error('unknown_channel')]),
  ['presence of a room of others', '{"action":"presence","ref":"r","channel":"room:there"}', error('not_subscribed')],
  ['presence of what is closed', '{"action":"presence","ref":"r","channel":"room:private-1"}', error('not_subscribed')],
  ['presence', JSON.stringify({ action: 'presence', ref: 'r', channel: JOINED }), { type: 'presence', ref: 'r', channel: JOINED, version: number, count: number, members: expect.any(Array) }],
  ['to join one\'s own channel of a user', '{"action":"subscribe","ref":"r","channel":"user:ann"}', error('forbidden')],
  ['a publish to a user', '{"action":"publish","ref":"r","message":"m","channel":"user:bob"}', error('forbidden')],
  ['to leave one\'s own channel', '{"action":"unsubscribe","ref":"r","channel":"user:ann"}', error('forbidden')],
];

describe.each(NAMES)('%s', (mode) => {
  test('each frame gets the documented answer', async () => {
    const ann = await Probe.join(mode);
    expect(await ann.ask('subscribe', { channel: JOINED })).toEqual(subscribed(mode, JOINED));
    const wrong: string[] = [];
    for (const [what, frame, expected] of [...shapes, ...(isKept(mode) ? withHistory : []), ...(hasPeople(mode) ? withPresence : [])]) {
      const [answer] = await ann.send(frame);
      try {
        expect(answer).toEqual(typeof expected === 'function' ? (expected as (mode: Mode) => object)(mode) : expected);
      } catch {
        wrong.push(`${what}: ${JSON.stringify(answer).slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
    // Nothing was answered twice: the next request gets the next answer.
    expect(await ann.ask('unsubscribe', { ref: 'last', channel: JOINED })).toEqual({ type: 'unsubscribed', ref: 'last', channel: JOINED });
    expect(served.printed()).not.toMatch(/room:(here|there|new|never|private|denied)/);
    // A refused action is answered: no function ends in an error.
    expect(served.events.filter(({ event }) => event === 'error')).toEqual([]);
  }, 240_000);
});
