import fc from 'fast-check';
import { senderNameOf } from '../../../lambda-src/core/sender-name';

test('is the value of the configured key, and of no other', () => {
  expect(senderNameOf({ nickname: 'Ann', principalId: 'p', sub: 's', email: 'a@example.com' }, 'nickname')).toBe('Ann');
});

test.each<[string, Record<string, unknown> | undefined, string | undefined]>([
  ['no key was named', { principalId: 'p', sub: 's', email: 'e' }, undefined],
  ['there is no authorizer', undefined, 'nickname'],
  ['the authorizer says nothing of it', { principalId: 'p' }, 'nickname'],
  ['it is what every object has', {}, 'constructor'],
  ['it is empty', { nickname: '' }, 'nickname'],
  ['nothing can be shown of it', { nickname: ' \u0007\u202e\n ' }, 'nickname'],
  ['it is null', { nickname: null }, 'nickname'],
])('is none when %s', (_what, context, key) => {
  expect(senderNameOf(context, key)).toBeUndefined();
});

test.each([
  ['line breaks', 'Ann\r\nBob', 'AnnBob'],
  ['escape sequences', '\u001b[31mAnn', '[31mAnn'],
  ['other control characters', 'A\u0000n\u007fn\u0085', 'Ann'],
  ['line separators', 'An\u2028n\u2029', 'Ann'],
  ['marks that turn the direction of writing', '\u202eAnn\u2066', 'Ann'],
  ['halves of characters', 'Ann\ud83d', 'Ann'],
  ['characters of no width', '\ufeffA\u200bn\u200cn\u200d\u2060', 'Ann'],
  ['other formatting characters', 'A\u00adnn\u{e0041}', 'Ann'],
  ['letters that are blank', '\u3164Ann\u115f\u2800', 'Ann'],
  ['variants that look the same', 'Ann\ufe0f', 'Ann'],
  ['space around it', '  Ann  ', 'Ann'],
])('has no %s', (_what, value, expected) => {
  expect(senderNameOf({ name: value }, 'name')).toBe(expected);
});

test('keeps letters of all kinds, and joined emoji', () => {
  expect(senderNameOf({ name: 'Zoë שרה 👩‍💻' }, 'name')).toBe('Zoë שרה 👩‍💻');
  expect(senderNameOf({ name: '👩🏽‍🚀 ❤️\u200d' }, 'name')).toBe('👩🏽‍🚀 ❤️');
});

test('keeps the non-joiner of Persian where it is visible', () => {
  expect(senderNameOf({ name: 'علی\u200cرضا' }, 'name')).toBe('علی\u200cرضا');
  expect(senderNameOf({ name: '\u200cعلی\u200c\u200cرضا\u200c' }, 'name')).toBe('علیرضا');
  expect(senderNameOf({ name: 'علیر\u200cضا' }, 'name')).toBe('علیرضا');
});

test('is a text, whatever the authorizer returned', () => {
  expect(senderNameOf({ name: 7 }, 'name')).toBe('7');
});

test('has at most 128 characters, none of them invisible, whatever the value', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
    const name = senderNameOf({ name: value }, 'name') ?? 'x';
    expect([...name].length).toBeLessThanOrEqual(128);
    expect(name).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u200b\u202e\ufeff]/u);
    expect(name).toBe(name.trim());
  }));
});
