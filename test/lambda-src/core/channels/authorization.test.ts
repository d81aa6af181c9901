import { allCases, wrongWith, type Case } from './authorization';
import { ChannelApi, CONNECTED, type ChannelApiOptions } from './channel-api';
import type { ChannelRule, ChannelRules } from '../../../../lambda-src/core/channels/channel-rules';
import type { connectWithChannels } from '../../../../lambda-src/core/layered-connect';
import type { answerMessage } from '../../../../lambda-src/core/layered-message';
import { mutatedCore, type Mutation } from '../mutated-module';

/** Limited by the number of cases, not by time, also on a busy machine. */
jest.setTimeout(300_000);

const CASES = allCases();

async function found(cases: readonly Case[], core?: ChannelApiOptions['core'], stopAtFirst = false): Promise<string[]> {
  const wrong: string[] = [];
  for (const each of cases) {
    const why = await wrongWith(each, core).catch((error: Error) => error.message);
    if (why !== undefined) wrong.push(`${JSON.stringify(each)} ${why}`);
    if (stopAtFirst && wrong.length > 0) break;
  }
  return wrong;
}

test.each([...new Set(CASES.map(({ action }) => action))])('%s lets in the clients that may, and no others', async (action) => {
  const cases = CASES.filter((each) => each.action === action);
  expect(cases).toHaveLength(action.startsWith('publish') || action === 'plain text' ? 512 : 256);
  expect(await found(cases)).toEqual([]);
});

type Mutations = Readonly<Record<string, readonly Mutation[]>>;
const message = (mutations: Mutations) => ({ answerMessage: mutatedCore<{ answerMessage: typeof answerMessage }>('layered-message', mutations).answerMessage });
const handshake = (mutations: Mutations) => ({ connect: mutatedCore<{ connectWithChannels: typeof connectWithChannels }>('layered-connect', mutations).connectWithChannels });
const rules = (...mutations: Mutation[]) =>
  ({ Rules: mutatedCore<{ ChannelRules: typeof ChannelRules }>('channels/channel-rules', { 'channels/channel-rules': mutations }).ChannelRules });

const CLOSED = "return verdict === 'forbidden' || (verdict === 'hook' && !ports.hook);";

/** Mutants of CHANNELS §8, 6, and further faults of the access checks. */
const MUTANTS: Readonly<Record<string, () => ChannelApiOptions['core']>> = {
  'the rule of the shorter prefix': () => rules(['other.prefix.length - one.prefix.length', 'one.prefix.length - other.prefix.length']),
  'a claim by a part of a name': () => message({ 'claim-access': [['entry === name ||', 'entry.includes(name) ||']] }),
  'a claim by a beginning of a name': () => message({ 'claim-access': [['entry === name ||', 'name.startsWith(entry) ||']] }),
  'a claim whatever its capitals': () => message({ 'claim-access': [['entry === name ||', 'entry.toLowerCase().startsWith(name) ||']] }),
  'patterns without being asked for': () => message({ 'claim-access': [['(patterns && PATTERN', '(PATTERN']] }),
  'history without membership': () => message({ 'actions/read-history': [['channel === undefined ? undefined : await membershipRefusal(incoming, channel, ref, invocation, ports)', 'undefined as never']] }),
  'membership of another connection of the same id': () => message({ 'actions/action': [['row?.connectedAt === connectedAt && (row.ttl === undefined || row.ttl * 1_000 > ports.clock.now())', 'row !== undefined']] }),
  'membership of whoever is on the first page': () => message({ 'opened-source': [['each.connectionId === connectionId', 'each.connectionId !== undefined']] }),
  'publish by whoever is no member': () => message({ 'actions/publish': [["if (verdict === 'members' && channel !== undefined) {", "if (verdict === 'members' && channel === '') {"], ["if (verdict !== 'members' && !isClosed", 'if (!isClosed']] }),
  'publish to all by the rule of channels': () => message({ 'actions/publish': [['rule ? rule.publish : ports.publishAccess', "rule ? rule.publish : { kind: 'anyone' }"]] }),
  'publish by the rule to subscribe': () => message({ 'actions/publish': [['rule ? rule.publish :', 'rule ? rule.subscribe :']] }),
  'subscribe by the rule to publish': () => message({ 'actions/subscribe': [['verdictOf(rule.subscribe,', 'verdictOf(rule.publish,']] }),
  'an owner by the beginning of its id': () => message({ 'channels/access': [['wildcardPartOf(channel, rule) === encodeUserId(userId)', 'encodeUserId(userId).startsWith(wildcardPartOf(channel, rule)!.slice(0, 1))']] }),
  'a kind of rule that is not known lets in': () => message({ 'channels/access': [["default: return 'forbidden';", "case 'nobody': return 'forbidden';\n    default: return 'allowed';"]] }),
  'nobody is somebody': () => message({ 'channels/access': [["case 'anyone': return", "case 'anyone':\n    case 'nobody': return"]] }),
  'a hook that is not there lets in': () => message({ 'actions/action': [[CLOSED, "return verdict === 'forbidden';"]] }),
  'a hook that fails lets messages pass': () => message({ 'actions/publish': [['.catch(() => undefined);\n  if (!decision)', ".catch(() => ({ action: 'allow' as const, message: undefined }));\n  if (!decision)"]] }),
  'a hook that fails lets clients join': () => message({ 'actions/subscribe': [['channel }), abortSignal).catch(() => undefined);', "channel }), abortSignal).catch(() => ({ action: 'allow' as const }));"]] }),
  'a hook that nobody asks of plain text': () => message({ 'layered-message': [['if (!hook) return message;', 'if (hook || !hook) return message;']] }),
  'plain text past the rule': () => message({ 'layered-message': [["verdict === 'members' || isClosed(verdict, ports)", 'verdict === null as never']] }),
  'a hook that denies is not heard': () => message({ 'actions/publish': [["if (decision.action === 'deny') return errorFrame(ref, 'denied', decision.reason ?? 'the message was refused');", '']] }),
  'a handshake past the rule': () => handshake({ 'layered-connect': [["else if (verdict !== 'allowed') return CLOSED;", '']] }),
  'a handshake past a hook that denies': () => handshake({ 'layered-connect': [["return decision?.action === 'allow';", 'return decision !== undefined;']] }),
  'a handshake past a hook that fails': () => handshake({ 'layered-connect': [["return decision?.action === 'allow';", "return decision?.action !== 'deny';"]] }),
  'the first of a list only': () => message({ 'actions/subscribe': [['inParallel(channels, AT_ONCE, (request) => this.refusal(request))', 'inParallel(channels, AT_ONCE, async (request) => (request === channels[0] ? undefined : this.refusal(request)))']] }),
};

test.each(Object.keys(MUTANTS))('a mutant is caught: %s', async (mutant) => {
  expect(await found(CASES, MUTANTS[mutant](), true)).not.toEqual([]);
});

describe('personal channels', () => {
  const open: ChannelRule = { pattern: '*', subscribe: { kind: 'anyone' }, publish: { kind: 'anyone' }, history: true };
  const personal = async (over: Partial<ChannelApiOptions> = {}) => {
    const api = new ChannelApi({ rules: [open, { ...open, pattern: 'u*' }, { ...open, pattern: 'user*' }], userIdKey: 'sub', hasHistory: true, ...over });
    await api.connect('me', [], { sub: 'a b' });
    return api;
  };
  const OWN = 'user:a_20b';

  test('have each connection of their user before the handshake is answered', async () => {
    const api = await personal();
    expect(api.members.isMember(OWN, 'me')).toBe(true);
    expect(await api.publish('for you', { to: 'user:a b' })).toEqual([]);
    expect(JSON.parse(api.received.get('me')![0])).toMatchObject({ type: 'message', channel: OWN, message: 'for you', position: 1 });
    expect(await api.act('me', 'history', { channel: OWN }, { sub: 'a b' })).toMatchObject({ type: 'history', channel: OWN, messages: [{ message: 'for you' }] });
  });

  test.each([
    ['subscribe', OWN, 'forbidden'], ['subscribe', 'user:b', 'forbidden'], ['publish', OWN, 'forbidden'], ['publish', 'user:b', 'forbidden'],
    ['history', 'user:b', 'not_subscribed'], ['unsubscribe', OWN, 'forbidden'],
  ])('cannot be used by a client: %s of %s', async (action, channel, code) => {
    const api = await personal();
    expect(await api.act('me', action, { channel, ...(action === 'publish' && { message: 'm' }) }, { sub: 'a b' })).toMatchObject({ type: 'error', code });
    expect(api.members.isMember(OWN, 'me')).toBe(true);
  });

  test('are not covered by shorter patterns, and cannot be joined by the handshake', async () => {
    const api = await personal();
    expect(await api.connect('other', ['user:b'], { sub: 'c' })).toBe(403);
    expect(api.members.connections.has('other')).toBe(false);
  });

  test('follow a rule of their own', async () => {
    const rule: ChannelRule = { pattern: 'user:*', subscribe: { kind: 'owner' }, publish: { kind: 'anyone' }, history: false };
    const api = await personal({ rules: [rule] });
    expect(await api.act('me', 'publish', { channel: OWN, message: 'm' }, { sub: 'x' })).toMatchObject({ type: 'ack', delivered: 1 });
    expect(await api.act('me', 'subscribe', { channel: 'user:b' }, { sub: 'a b' })).toMatchObject({ code: 'forbidden' });
  });

  test.each([['a control character', 'a\u0000'], ['none at all', ''], ['129 characters', 'x'.repeat(129)], ['what is not ASCII', 'é']])(
    'keep out a user whose id has %s', async (_, sub) => {
      expect(await (await personal()).connect('other', [], { sub })).toBe(403);
    },
  );

  test('are for users only: a guest has none, and may connect', async () => {
    const api = await personal();
    expect(await api.connect('guest', [], {})).toBe(200);
    expect([...api.members.rows.channel.keys()]).toEqual([`me|${OWN}`]);
  });

  test('may not be named in an address, with rules or without', async () => {
    for (const some of [[], [open]]) {
      const api = await personal({ rules: some });
      expect(await api.connect('other', [OWN], { sub: 'a b' })).toBe(403);
    }
    const api = await personal({ rules: [] });
    // Without a rule there is no channel: an admitted client is a member of every channel that it named.
    expect(await api.connect('other', ['news'], { sub: 'a b' })).toBe(403);
    expect(api.refusals).toEqual(['it named a channel that does not exist']);
    expect(await api.connect('other', [], { sub: 'a b' })).toBe(200);
  });

  test.each([['a shorter pattern that covers them', (): ChannelApiOptions['core'] => rules(['&& (!isPersonalName(channel) || isPersonalName(prefix))', ''])]])(
    'a mutant is caught: %s', async (_, mutant) => {
      const api = await personal({ core: mutant(), rules: [{ ...open, pattern: 'user*' }, { ...open, pattern: 'user:b*', subscribe: { kind: 'nobody' } }] });
      const answers = [await api.act('me', 'subscribe', { channel: 'user:c' }, { sub: 'a b' })];
      expect(answers).toMatchObject([{ type: 'error' }]);
    },
  );
});

test('the connections of a membership limit', async () => {
  const api = new ChannelApi({ rules: [{ pattern: '*', subscribe: { kind: 'anyone' }, publish: { kind: 'anyone' }, history: false }], maxChannels: 2, userIdKey: 'sub' });
  await api.connect('me', ['a'], { sub: 'u' });
  await api.act('me', 'subscribe', { channels: [{ channel: 'a' }, { channel: 'b' }, { channel: 'c' }] }, { sub: 'u' }).then((last) => api.extra.push(last));
  expect(api.extra).toMatchObject([{ type: 'subscribed', channel: 'a' }, { type: 'subscribed', channel: 'b' }, { type: 'error', code: 'too_many', channel: 'c' }]);
  expect(await api.connect('other', ['a', 'b', 'c'])).toBe(403);
  expect(api.members.rows.channel.get('me|a')!.connectedAt).toBe(CONNECTED);
});

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['a name', { sub: 'u', name: 'Ann' }, 'Ann'], ['none', { sub: 'u' }, undefined], ['an empty one', { sub: 'u', name: '' }, undefined],
  ['one that nobody sees', { sub: 'u', name: '\u200b' }, undefined], ['null', { sub: 'u', name: null }, undefined],
])('a member has the name that others see, by whichever door it came in: %s', async (_what, authorizer, from) => {
  const rule = { pattern: 'room:*', subscribe: { kind: 'anyone' }, publish: { kind: 'subscribers' }, history: false } as const;
  const api = new ChannelApi({ rules: [rule], userIdKey: 'sub', senderNameKey: 'name' });
  expect(await api.connect('me', ['room:1'], authorizer)).toBe(200);
  expect(await api.act('me', 'subscribe', { channel: 'room:2' }, authorizer)).toMatchObject({ type: 'subscribed' });
  const rows = [...api.members.rows.channel.values()];
  expect(rows.map((row) => [row.channel, row.userId, row.from]).sort()).toEqual([['room:1', 'u', from], ['room:2', 'u', from], ['user:u', 'u', from]]);
});
