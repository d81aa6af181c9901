import fc from 'fast-check';
import { loadModule } from '../../load-module';

const { partsOf } = loadModule<{ partsOf(text: string): { text: string; href?: string }[] }>('examples/chat/web/words.js');

const linksOf = (text: string) => partsOf(text).filter(({ href }) => href !== undefined).map((part) => part.text);

test.each([
  ['See https://example.com.', ['https://example.com']],
  ['(http://example.com/a_(b)), or https://example.com/?q=1&r=2#s!', ['http://example.com/a_(b)', 'https://example.com/?q=1&r=2#s']],
  ['HTTPS://EXAMPLE.COM/Ä', ['HTTPS://EXAMPLE.COM/Ä']],
  ['"https://example.com/" and <https://example.org>', ['https://example.com/', 'https://example.org']],
  ['[a](https://example.com/x)', ['https://example.com/x']],
  ['javascript:alert(1) data:text/html,x ftp://example.com xhttps://example.com https:// http://:80', []],
  ['no address at all', []],
])('of %j, what is an address becomes a link', (text, links) => {
  expect(linksOf(text)).toEqual(links);
});

test('the parts are the text, and every link leads to where it says, by http or https', () => {
  const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.constantFrom('(', ')', '. ', 'http://', 'https://', '"', '\n'));
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const text = pieces.join('');
    const parts = partsOf(text);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    for (const part of parts.filter(({ href }) => href !== undefined)) {
      expect(part.href).toMatch(/^https?:\/\//);
      expect(part.href).toBe(new URL(part.text).href);
    }
  }), { numRuns: 2_000 });
});
