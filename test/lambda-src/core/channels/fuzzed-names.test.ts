import * as fc from 'fast-check';
import { ChannelApi, CONNECTED, type ChannelApiOptions } from './channel-api';
import { isChannelName, isPersonalName } from '../../../../lambda-src/core/channels/channel-name';
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
const rule = (pattern: string, subscribe: AccessRule, publish: AccessRule): ChannelRule => ({ pattern, subscribe, publish, history: true });

const RULES: readonly ChannelRule[] = [
  rule('room:*', ANYONE, ANYONE), rule('room:private*', NOBODY, NOBODY), rule('room:private-1', teams(false), teams(false)),
  rule('team:*', teams(false), teams(false)), rule('team:b*', teams(true), teams(true)), rule('draft:*', OWNER, OWNER), rule('news', ANYONE, NOBODY),
];
const EVERYTHING = rule('*', ANYONE, ANYONE);
const PERSONAL = rule('user:*', OWNER, OWNER);

const OWN = 'a_40b';
const SEEDS = [
  'room:1', 'room:private', 'room:private-1', 'room:privat', 'team:red', 'team:green', 'team:blue', 'team:bl', `draft:${OWN}`, 'draft:a', 'news', `user:${OWN}`, 'user:c', 'user', '*', 'room:*',
];
const LOOK_ALIKES = ['\u0430', '\u0435', '\u043e', '\uff52', '\uff1a', '\u2024', '\u017f', '\u212a', '\u0131', '\u00e9', '\u0301', '\ud83d\ude00', '\ud800'];
const SIGNS = ['*', '.', ':', '_', '-', '#', '@', '!', '/', '\\', '%', ',', ' ', '\n', '\u0000', '\u200b', '\u200d', '\u202e', '\ufeff', '"', '_40', '%3a', '&channel='];

/** One change of a name at a place. */
const change = fc.tuple(
  fc.constantFrom('insert', 'replace', 'delete', 'capital', 'cut', 'append', 'prepend', 'double', 'compose', 'decompose'), fc.nat({ max: 20 }),
  fc.oneof(fc.constantFrom(...LOOK_ALIKES, ...SIGNS), fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })),
);

function changed(name: string, [how, place, text]: [string, number, string]): string {
  const at = Math.min(place, name.length);
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
  /** Whether users have ids. */
  readonly hasUsers: boolean;
}

/** The page, read a second time: character by character, and without the code's parts. */
function allows(name: string, door: 'subscribe' | 'publish', { rules, hasUsers }: Scene): 'no name' | 'no rule' | boolean {
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

type Core = ChannelApiOptions['core'];

/** Returns the faults in the handling of one name. */
async function wrongWith(name: string, scene: Scene, core?: Core): Promise<string | undefined> {
  const { rules, hasUsers } = scene;
  const api = new ChannelApi({ rules, userIdKey: hasUsers ? 'sub' : undefined, hasHistory: true, core });
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
  const subscribed = codeOf(await api.act('me', 'subscribe', { channel: name }, AUTHORIZER));
  if (subscribed !== (closed[String(maySubscribe)] ?? 'subscribed')) return `subscribe was answered ${subscribed}`;
  if (joined().join() !== (maySubscribe === true && !isOwn ? name : '')) return `subscribe made it a member of ${JSON.stringify(joined())}`;
  const status = await api.connect('other', [name], AUTHORIZER);
  if (status !== (maySubscribe === true ? 200 : 403)) return `the handshake was answered ${status}`;
  return undefined;
}

const SCENES: readonly Scene[] = [
  ...[RULES, [...RULES, EVERYTHING], [...RULES, PERSONAL], [EVERYTHING, PERSONAL, ...RULES]].map((rules) => ({ rules, hasUsers: true })),
  { rules: [...RULES, EVERYTHING], hasUsers: false },
];

async function found(core?: Core, numRuns = 2_000): Promise<string | undefined> {
  const wrong = await fc.check(fc.asyncProperty(names, fc.constantFrom(...SCENES), async (name, scene) => {
    const why = await wrongWith(name, scene, core).catch((error: Error) => error.message);
    if (why !== undefined) throw new Error(`${JSON.stringify(name)}: ${why}`);
  }), { numRuns });
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

const namesOf = (...mutations: Mutation[]) => ({
  answerMessage: mutatedCore<{ answerMessage: typeof answerMessage }>('layered-message', { 'channels/channel-name': mutations }).answerMessage,
});
const rulesOf = (...mutations: Mutation[]) => ({
  Rules: mutatedCore<{ ChannelRules: typeof ChannelRules }>('channels/channel-rules', { 'channels/channel-rules': mutations }).ChannelRules,
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
])('a mutant is caught: %s', async (_, mutant) => {
  expect(await found(mutant(), 20_000)).toBeDefined();
});
