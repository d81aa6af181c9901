import fc from 'fast-check';
import { encodeUserId, isChannelName, personalChannelOf } from '../../../../lambda-src/core/channels/channel-name';
import { ChannelRules, type ChannelRule } from '../../../../lambda-src/core/channels/channel-rules';

const userIds = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 128 });
const rule = (pattern: string): ChannelRule => ({ pattern, subscribe: { kind: 'anyone' }, publish: { kind: 'anyone' }, history: true });

test('every user\'s channel has a valid name, and no two users share one', () => {
  fc.assert(fc.property(userIds, userIds, (one, other) => {
    expect(isChannelName(personalChannelOf(one))).toBe(true);
    expect(encodeUserId(one) === encodeUserId(other)).toBe(one === other);
  }), { numRuns: 2_000 });
  expect(encodeUserId('a_b')).toBe('a_5fb');
  expect(encodeUserId('a_5fb')).toBe('a_5f5fb');
});

test.each([
  '', '*', 'a*', 'a'.repeat(129), '-a', '.a', ':a', '_a', '@x', '#a', 'a b', 'a/b', 'a,b', 'a\n', 'a\u0000', 'ａ', 'а', 'e\u0301', 'ℌ', 'a\u200d', '\ud800', 'a%20b', `user:${'x'.repeat(396)}`,
])('%j names no channel', (name) => {
  expect(isChannelName(name)).toBe(false);
});

const RULES = ['a', 'a*', 'a.*', 'a.b', 'a.b*', 'user:b*', 'user*', '*'].map(rule);

test.each([
  ['a', 'a'], ['ab', 'a*'], ['a.', 'a.*'], ['a.c', 'a.*'], ['a.b', 'a.b'], ['a.bc', 'a.b*'], ['A', '*'], ['b', '*'], ['users', 'user*'],
  ['user:a', undefined], ['user:b', 'user:b*'],
])('the most specific rule of %s is %s', (channel, pattern) => {
  for (const order of [RULES, [...RULES].reverse()]) expect(new ChannelRules(order, false).of(channel)?.pattern).toBe(pattern);
});

test('the rule of a channel has the longest matching beginning of its name', () => {
  const names = fc.stringMatching(/^[ab][ab.]{0,5}$/);
  const patterns = fc.uniqueArray(fc.tuple(names, fc.boolean()).map(([name, isPrefix]) => (isPrefix ? `${name}*` : name)), { maxLength: 8 });
  fc.assert(fc.property(patterns, names, (all, channel) => {
    const covering = all.filter((pattern) => (pattern.endsWith('*') ? channel.startsWith(pattern.slice(0, -1)) : channel === pattern));
    const longest = Math.max(...covering.map((pattern) => (pattern === channel ? Infinity : pattern.length)));
    const found = new ChannelRules(all.map(rule), true).of(channel)?.pattern;
    if (covering.length === 0) return expect(found).toBeUndefined();
    expect(covering).toContain(found);
    return expect(found === channel ? Infinity : found!.length).toBe(longest);
  }), { numRuns: 1_000 });
});

test('an API with user ids has personal channels without a rule', () => {
  expect(new ChannelRules([], true).of('user:a')).toMatchObject({ pattern: 'user:*', subscribe: { kind: 'nobody' }, publish: { kind: 'nobody' } });
  expect(new ChannelRules([], false).of('user:a')).toBeUndefined();
});
