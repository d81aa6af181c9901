import fc from 'fast-check';
import { listsName } from '../../../lambda-src/core/claim-access';

const exact = { key: 'scope', patterns: false };
const patterns = { key: 'scope', patterns: true };

describe('the list of a claim', () => {
  test.each(['*', '* news', 'news *', 'news,*', 'news, *', ',*,', ' * ', '["*"]', '["news","*"]'])('%j names all connections', (scope) => {
    expect(listsName({ scope }, exact, '*')).toBe(true);
    expect(listsName({ scope }, patterns, '*')).toBe(true);
  });

  test.each([
    '', ' ', ',', 'news', 'news*', '**', '*:*', '"*"', "'*'", '[*]', '["*"', '{"*":1}', '["news *"]', '[["*"]]', '[1]', '*\n', '\u00a0*', '*;news', '.*', '%2A', '\uff0a',
  ])('%j does not', (scope) => {
    expect(listsName({ scope }, exact, '*')).toBe(false);
    expect(listsName({ scope }, patterns, '*')).toBe(false);
  });

  test.each<[string, string, boolean, boolean]>([
    ['news', 'news', true, true], ['news:*', 'news:a', false, true], ['news*', 'news', false, true], ['*', 'news', false, true],
    ['new', 'news', false, false], ['news:a', 'news', false, false], ['News', 'news', false, false], ['n*s', 'news', false, false],
    ['**', 'news', false, false], ['news:*', 'new', false, false], ['ne,ws', 'news', false, false],
  ])('%j for %j: %s, and with patterns %s', (scope, name, exactly, byPattern) => {
    expect(listsName({ scope }, exact, name)).toBe(exactly);
    expect(listsName({ scope }, patterns, name)).toBe(byPattern);
  });

  test('is read only from the context\'s own key', () => {
    expect(listsName({ other: '*' }, exact, '*')).toBe(false);
    expect(listsName(undefined, exact, '*')).toBe(false);
    expect(listsName(Object.create({ scope: '*' }), exact, '*')).toBe(false);
    for (const key of ['constructor', '__proto__', 'toString']) expect(listsName({}, { key, patterns: true }, '*')).toBe(false);
  });

  test.each([true, 1, null, ['*'], { '*': true }])('that is %j counts as missing: API Gateway passes on texts', (scope) => {
    expect(listsName({ scope }, patterns, '*')).toBe(false);
  });

  test('contains a name exactly if it is one of its entries', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,5}$/);
    fc.assert(fc.property(fc.array(fc.oneof(name, fc.constant('*'))), fc.oneof(name, fc.constant('*')), fc.constantFrom(' ', ',', ', ', '  '), (names, wanted, separator) => {
      expect(listsName({ scope: names.join(separator) }, exact, wanted)).toBe(names.includes(wanted));
      expect(listsName({ scope: JSON.stringify(names) }, exact, wanted)).toBe(names.includes(wanted));
    }));
  });
});
