import * as fc from 'fast-check';
import { ChannelApi, CONNECTED, type ChannelApiOptions } from './channel-api';
import { isChannelName, isPersonalName } from '../../../../lambda-src/core/channels/channel-name';
import type { AddresseeReader } from '../../../../lambda-src/core/channels/addressee';
import type { AccessRule, ChannelRule, ChannelRules } from '../../../../lambda-src/core/channels/channel-rules';
import type { answerMessage } from '../../../../lambda-src/core/layered-message';
import { mutatedCore, type Mutation } from '../mutated-module';

/*
 * Names that look like those of rules, and are not: other capitals and alphabets, invisible characters, beginnings, ends, stars. Each is tried
 * at every door, and held to a second reading of the page. Nothing that a door keeps out may be heard, read or joined, under any name.
 */

jest.setTimeout(120_000);

const USER = 'a@b';
const AUTHORIZER = { sub: USER, teams: 'team:red,team:bl*,TEAM:green room:private-1x' };
const ANYONE: AccessRule = { kind: 'anyone' };
const NOBODY: AccessRule = { kind: 'nobody' };
const OWNER: AccessRule = { kind: 'owner' };
const teams = (patterns: boolean): AccessRule => ({ kind: 'claim', key: 'teams', patterns });
const rule = (pattern: string, subscribe: AccessRule, publish: AccessRule): ChannelRule =>
  ({ pattern, subscribe, publish, history: true, presence: { maxUsers: 10 } });

const RULES: readonly ChannelRule[] = [
  rule('room:*', ANYONE, ANYONE), rule('room:private*', NOBODY, NOBODY), rule('room:private-1', teams(false), teams(false)),
  rule('team:*', teams(false), teams(false)), rule('team:b*', teams(true), teams(true)), rule('draft:*', OWNER, OWNER), rule('news', ANYONE, NOBODY),
];
const EVERYTHING = rule('*', ANYONE, ANYONE);
const PERSONAL = rule('user:*', OWNER, OWNER);

const OWN = 'a_40b';
const SEEDS = [
  'room:1', 'room:private', 'room:private-1', 'room:privat', 'team:red', 'team:green', 'team:blue', 'team:bl', `draft:${OWN}`, 'draft:a', 'news', `user:${OWN}`, 'user:c', 'user', '*', 'room:*',
  '__proto__', 'constructor', 'channel:room:1', 'connection:me', USER,
];
const LOOK_ALIKES = ['\u0430', '\u0435', '\u043e', '\uff52', '\uff1a', '\u2024', '\u017f', '\u212a', '\u0131', '\u00e9', '\u0301', '\ud83d\ude00', '\ud800'];
const SIGNS = ['*', '.', ':', '_', '-', '#', '@', '!', '/', '\\', '%', ',', ' ', '\n', '\u0000', '\u200b', '\u200d', '\u202e', '\ufeff', '"', '_40', '%3a', '&channel='];

/** One change of a name at a place. */
const change = fc.tuple(
  fc.constantFrom('insert', 'replace', 'delete', 'capital', 'cut', 'append', 'prepend', 'double', 'compose', 'decompose'), fc.nat({ max: 20 }),
  fc.oneof(fc.constantFrom(...LOOK_ALIKES, ...SIGNS), fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })),
);

function changed(name: string, [how, place, text]: [string, number, string]): string {
  const at = how === 'capital' ? place % Math.max(1, name.length) : Math.min(place, name.length);
  const [before, after] = [name.slice(0, at), name.slice(at)];
  switch (how) {
    case 'insert': return before + text + after;
    case 'replace': return before + text + after.slice(1);
    case 'delete': return before + after.slice(1);
    case 'capital': return before + after.slice(0, 1).toUpperCase() + after.slice(1);
    case 'cut': return before;
    case 'append': return name + text;
    case 'prepend': return text + name;
    case 'double': return name + name;
    case 'compose': return name.normalize('NFKC');
    default: return name.normalize('NFD');
  }
}

const lookAlikes = fc.tuple(fc.constantFrom(...SEEDS), fc.array(change, { maxLength: 3 })).map(([seed, changes]) => changes.reduce(changed, seed));
const longNames = fc.tuple(fc.constantFrom('room:', 'draft:', 'user:', ''), fc.constantFrom(126, 127, 128, 129, 395, 396, 400, 401))
  .map(([start, length]) => start.padEnd(length, 'x'));
const names = fc.oneof(
  { arbitrary: lookAlikes, weight: 8 }, { arbitrary: longNames, weight: 1 }, { arbitrary: fc.string({ unit: 'binary', maxLength: 140 }), weight: 1 },
);

interface Scene {
  readonly rules: readonly ChannelRule[];
  readonly queued: boolean;
  /** Whether users have ids. */
  readonly hasUsers: boolean;
}

/** The page, read a second time: character by character, and without the code's parts. */
function allows(name: string, door: 'subscribe' | 'publish', { rules, hasUsers }: Pick<Scene, 'rules' | 'hasUsers'>): 'no name' | 'no rule' | boolean {
  const codes = [...name].map((character) => character.codePointAt(0)!);
  const isOneOf = (code: number, ...others: string[]) => (code > 47 && code < 58) || (code > 64 && code < 91) || (code > 96 && code < 123)
    || others.includes(String.fromCodePoint(code));
  const isPersonal = name.indexOf('user:') === 0;
  const isShort = codes.length >= 1 && codes.length <= 128 && isOneOf(codes[0]) && codes.every((code) => isOneOf(code, '_', '.', ':', '-'));
  const isLong = isPersonal && codes.length >= 6 && codes.length <= 400 && codes.slice(5).every((code) => isOneOf(code, '_', '.', '-'));
  if (!isShort && !isLong) return 'no name';
  let best: ChannelRule | undefined;
  for (const each of rules) {
    const start = each.pattern.split('*')[0];
    const isExact = start === each.pattern;
    const covers = isExact ? name === start : name.indexOf(start) === 0 && (!isPersonal || start.indexOf('user:') === 0);
    if (covers && (!best || isExact || (best.pattern.includes('*') && start.length + 1 > best.pattern.length))) best = each;
  }
  // With users, their channels are there, and closed to clients.
  if (!best) return isPersonal && hasUsers ? false : 'no rule';
  const access = best[door];
  if (access.kind === 'owner') return hasUsers && name === best.pattern.replace('*', OWN);
  if (access.kind === 'claim') return ['team:red', 'TEAM:green', 'room:private-1x'].includes(name) || (access.patterns && name.indexOf('team:bl') === 0);
  return access.kind === 'anyone';
}

/** Whom a backend means, by the page; undefined when the message goes to the dead-letter queue. */
function meantBy(to: string, scene: Scene): { readonly channel?: string; readonly connection?: string } | undefined {
  const after = (prefix: string) => to.indexOf(prefix) === 0 ? to.slice(prefix.length) : undefined;
  const isPrintable = (text: string, first: number) => text.length >= 1 && text.length <= 128
    && [...text].every((each) => each.charCodeAt(0) >= first && each.charCodeAt(0) <= 126);
  const [channel, user, connection] = [after('channel:'), after('user:'), after('connection:')];
  if (channel !== undefined) return typeof allows(channel, 'publish', scene) === 'boolean' ? { channel } : undefined;
  if (connection !== undefined) return isPrintable(connection, 33) ? { connection } : undefined;
  if (user === undefined || !scene.hasUsers || !isPrintable(user, 32)) return undefined;
  const isPlain = (code: number) => (code > 47 && code < 58) || (code > 64 && code < 91) || (code > 96 && code < 123) || code === 45 || code === 46;
  return { channel: `user:${[...user].map((each) => isPlain(each.charCodeAt(0)) ? each : `_${(256 + each.charCodeAt(0)).toString(16).slice(1)}`).join('')}` };
}

type Core = ChannelApiOptions['core'];

/** Returns the faults in the handling of one name. */
async function wrongWith(name: string, scene: Scene, core?: Core): Promise<string | undefined> {
  const { rules, hasUsers, queued } = scene;
  const api = new ChannelApi({ rules, userIdKey: hasUsers ? 'sub' : undefined, hasHistory: true, queued, core });
  for (const seed of SEEDS.filter(isChannelName)) api.members.add(seed, 'witness', CONNECTED);
  await api.connect('me', [], AUTHORIZER);
  const joined = () => [...api.members.rows.channel.values()]
    .filter(({ connectionId, channel }) => connectionId === 'me' && !(hasUsers && channel === `user:${OWN}`)).map(({ channel }) => channel);
  const codeOf = ({ type, code }: { type: string; code?: string }) => code ?? type;
  const closed = { 'no name': 'bad_request', 'no rule': 'unknown_channel', 'false': 'forbidden' } as Record<string, string>;

  const mayPublish = allows(name, 'publish', scene);
  const published = codeOf(await api.act('me', 'publish', { channel: name, message: 'm' }, AUTHORIZER));
  if (published !== (closed[String(mayPublish)] ?? 'ack')) return `publish was answered ${published}`;
  const heard = [...api.received.values()].flat().map((frame) => (JSON.parse(frame) as { channel: string }).channel);
  if (heard.some((channel) => channel !== name) || (mayPublish !== true && heard.length > 0)) return `publish was heard in ${JSON.stringify(heard)}`;

  const maySubscribe = allows(name, 'subscribe', scene);
  const read = codeOf(await api.act('me', 'history', { channel: name }, AUTHORIZER));
  const isOwn = hasUsers && name === `user:${OWN}`;
  const unread = { 'no name': 'bad_request', 'no rule': 'unknown_channel' }[String(maySubscribe)] ?? 'not_subscribed';
  if (read !== (isOwn ? 'history' : unread)) return `history was answered ${read}`;
  const listed = codeOf(await api.act('me', 'presence', { channel: name }, AUTHORIZER));
  // A user's own channel has a list only where a rule gives it one.
  const hasList = isOwn && rules.includes(PERSONAL);
  if (listed !== (isOwn ? hasList ? 'presence' : 'bad_request' : unread)) return `presence was answered ${listed}`;
  if (api.listed.join() !== (hasList ? name : '')) return `presence read ${JSON.stringify(api.listed)}`;
  const subscribed = codeOf(await api.act('me', 'subscribe', { channel: name }, AUTHORIZER));
  if (subscribed !== (closed[String(maySubscribe)] ?? 'subscribed')) return `subscribe was answered ${subscribed}`;
  if (joined().join() !== (maySubscribe === true && !isOwn ? name : '')) return `subscribe made it a member of ${JSON.stringify(joined())}`;
  if (maySubscribe === true) {
    const own = codeOf(await api.act('me', 'presence', { channel: name }, AUTHORIZER));
    if (own !== (isOwn && !hasList ? 'bad_request' : 'presence')) return `presence was answered ${own} to a member`;
  }
  if (api.listed.some((channel) => channel !== name)) return `other lists were read: ${JSON.stringify(api.listed)}`;

  const wrongAddress = await wrongAddressee(name, scene, api);
  if (wrongAddress !== undefined) return wrongAddress;

  const before = api.members.rows.channel.size;
  const unsubscribed = codeOf(await api.act('me', 'unsubscribe', { channel: name }, AUTHORIZER));
  if (unsubscribed !== (maySubscribe === 'no name' ? 'bad_request' : isOwn ? 'forbidden' : 'unsubscribed')) return `unsubscribe was answered ${unsubscribed}`;
  if (joined().length > 0) return `unsubscribe left it a member of ${JSON.stringify(joined())}`;
  const gone = before - api.members.rows.channel.size;
  if (gone !== (maySubscribe === true && !isOwn ? 1 : 0)) return `unsubscribe removed ${gone} members`;
  const status = await api.connect('other', [name], AUTHORIZER);
  if (status !== (maySubscribe === true ? 200 : 403)) return `the handshake was answered ${status}`;
  return undefined;
}

/** Returns the fault in the handling of a message that a backend addresses by this name, in each way. */
async function wrongAddressee(name: string, scene: Scene, api: ChannelApi): Promise<string | undefined> {
  for (const to of [`channel:${name}`, `user:${name}`, `connection:${name}`, name]) {
    api.received.clear();
    const errors = await api.publish('m', { to });
    const meant = meantBy(to, scene);
    if ((errors.length > 0) !== (meant === undefined)) return `to ${JSON.stringify(to)} ended in ${JSON.stringify(errors)}`;
    const rows = [...api.members.rows.channel.values()];
    const members = rows.filter(({ channel }) => channel === meant?.channel).map(({ connectionId }) => connectionId);
    const expected = meant?.connection === undefined ? members : [meant.connection].filter((id) => id[0] !== '#'); // begins the keys of other items
    if ([...api.received.keys()].sort().join() !== expected.sort().join()) return `to ${JSON.stringify(to)} reached ${JSON.stringify([...api.received.keys()])}`;
    const channels = [...api.received.values()].flat().map((frame) => (JSON.parse(frame) as { channel?: string }).channel);
    if (channels.some((channel) => channel !== meant?.channel)) return `to ${JSON.stringify(to)} was heard in ${JSON.stringify(channels)}`;
  }
  return undefined;
}

const SCENES: readonly Scene[] = [
  ...[RULES, [...RULES, EVERYTHING], [...RULES, PERSONAL], [EVERYTHING, PERSONAL, ...RULES]].map((rules, nth) =>
    ({ rules, hasUsers: true, queued: nth % 2 === 1 })),
  { rules: [...RULES, EVERYTHING], hasUsers: false, queued: false }, { rules: RULES, hasUsers: false, queued: true },
];

/** @param seed of the names; other names each time without it */
async function found(core?: Core, numRuns = 2_000, seed?: number): Promise<string | undefined> {
  const wrong = await fc.check(fc.asyncProperty(names, fc.constantFrom(...SCENES), async (name, scene) => {
    const why = await wrongWith(name, scene, core).catch((error: Error) => error.message);
    if (why !== undefined) throw new Error(`${JSON.stringify(name)}: ${why}`);
  }), { numRuns, seed });
  return wrong.failed ? `${(wrong.errorInstance as Error).message}` : undefined;
}

test('whatever its name, a channel lets in the clients that may, and no others', async () => {
  const seen = new Set<string>();
  for (const name of fc.sample(names, 500)) for (const scene of SCENES) seen.add(String(allows(name, 'subscribe', scene)));
  // All kinds of names are tried.
  expect([...seen].sort()).toEqual(['false', 'no name', 'no rule', 'true']);
  expect(fc.sample(names, 500).some((name) => isPersonalName(name))).toBe(true);
  expect(await found()).toBeUndefined();
});

/** With its names each mutant is caught soon, and always. */
const MUTANT_SEED = 3;

const namesOf = (...mutations: Mutation[]) => ({
  answerMessage: mutatedCore<{ answerMessage: typeof answerMessage }>('layered-message', { 'channels/channel-name': mutations }).answerMessage,
});
const rulesOf = (...mutations: Mutation[]) => ({
  Rules: mutatedCore<{ ChannelRules: typeof ChannelRules }>('channels/channel-rules', { 'channels/channel-rules': mutations }).ChannelRules,
});
const addressees = (mutations: Readonly<Record<string, readonly Mutation[]>>) => ({
  Addressees: mutatedCore<{ AddresseeReader: typeof AddresseeReader }>('channels/addressee', mutations).AddresseeReader,
});
const actions = (mutations: Readonly<Record<string, readonly Mutation[]>>) => ({
  answerMessage: mutatedCore<{ answerMessage: typeof answerMessage }>('layered-message', mutations).answerMessage,
});
const access = (...mutations: Mutation[]) => ({
  answerMessage: mutatedCore<{ answerMessage: typeof answerMessage }>('layered-message', { 'channels/access': mutations }).answerMessage,
});

test.each<[string, () => Core]>([
  ['a name is trimmed', () => namesOf(['return NAME.test(name)', 'return NAME.test(name.trim())'])],
  ['a name is made of one form', () => namesOf(['return NAME.test(name)', "return NAME.test(name.normalize('NFKC'))"])],
  ['a name is looked for in a text', () => namesOf(['const NAME = new RegExp(CHANNEL_NAME.pattern);', "const NAME = new RegExp(CHANNEL_NAME.pattern.replace('$', ''));"])],
  ['a name may end a line', () => namesOf(['const NAME = new RegExp(CHANNEL_NAME.pattern);', "const NAME = new RegExp(CHANNEL_NAME.pattern, 'm');"])],
  ['capitals do not matter', () => rulesOf(['channel.startsWith(prefix)', 'channel.toLowerCase().startsWith(prefix)'])],
  ['the shortest beginning counts', () => rulesOf(['other.prefix.length - one.prefix.length', 'one.prefix.length - other.prefix.length'])],
  ['shorter beginnings cover users', () => rulesOf([' && (!isPersonalName(channel) || isPersonalName(prefix))', ''])],
  ['an owner by the beginning of its name', () => access(['wildcardPartOf(channel, rule) === encodeUserId(userId)', 'wildcardPartOf(channel, rule)!.startsWith(encodeUserId(userId))'])],
  ['an owner whatever its capitals', () => access(['wildcardPartOf(channel, rule) === encodeUserId(userId)', 'wildcardPartOf(channel, rule)?.toLowerCase() === encodeUserId(userId)'])],
  ['a prefix of a target whatever its capitals', () => addressees({ 'channels/addressee': [['to.startsWith(channel)', 'to.toLowerCase().startsWith(channel)']] })],
  ['a target in the middle of a text', () => addressees({ 'channels/addressee': [['to.startsWith(user)', 'to.includes(user)']] })],
  ['a channel without a rule is a target', () => addressees({ 'channels/addressee': [['const rule = this.rules.of(name);', "const rule = this.rules.of(name) ?? this.rules.of('news');"]] })],
  ['any text names a user', () => addressees({ 'channels/addressee': [['if (!isUserId(userId))', 'if (userId === null)']] })],
  ['two users of one channel', () => addressees({ 'channels/channel-name': [["padStart(2, '0')}`", "padStart(2, '0')}`.replace('_40', '_2e')"]] })],
  ['a list for whoever asks', () => actions({ 'actions/read-presence': [['if (stranger) return stranger;', '']] })],
  ['a list of a channel without one', () => actions({ 'actions/read-presence': [['!rule.presence || ', '']] })],
  ['a user leaves its own channel', () => actions({ 'actions/subscribe': [['if (channel === ownChannel(senderOf(incoming, ports)))', "if (channel === '')"]] })],
  ['a channel is left whatever its capitals', () => actions({ 'actions/subscribe': [['await leave({ ...incoming.sender, channel }', 'await leave({ ...incoming.sender, channel: channel.toLowerCase() }']] })],
])('a mutant is caught: %s', async (_, mutant) => {
  expect(await found(mutant(), 20_000, MUTANT_SEED)).toBeDefined();
});
