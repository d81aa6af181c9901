import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withWholeAddresses } from '../../packaging/absolute-links';

const REPOSITORY = 'https://example.com/owner/name.git';

test('links and pictures of the repository get whole addresses, and nothing else changes', () => {
  const markdown = '![A](docs/a.png) [B](docs/b.md#c) [C](#c) [D](https://example.org) plain text';
  expect(withWholeAddresses(markdown, REPOSITORY)).toBe('![A](https://example.com/owner/name/raw/main/docs/a.png) '
    + '[B](https://example.com/owner/name/blob/main/docs/b.md#c) [C](#c) [D](https://example.org) plain text');
});

test('a badge is a picture in a link', () => {
  expect(withWholeAddresses('[![licence](https://example.org/badge.svg)](LICENSE) [![logo](logo.svg)](docs/a.md)', REPOSITORY))
    .toBe('[![licence](https://example.org/badge.svg)](https://example.com/owner/name/blob/main/LICENSE) '
      + '[![logo](https://example.com/owner/name/raw/main/logo.svg)](https://example.com/owner/name/blob/main/docs/a.md)');
});

test('code stays as it is', () => {
  const markdown = 'Call `handlers[0](event)`:\n\n```ts\nhandlers[0](event);\n```\n';
  expect(withWholeAddresses(markdown, REPOSITORY)).toBe(markdown);
});

test('the packages of other languages get a README without relative links', () => {
  const { readme } = JSON.parse(readFileSync(join(__dirname, '..', '..', '.jsii'), 'utf8')) as { readme: { markdown: string } };
  expect(readme.markdown).toContain('/raw/main/docs/pictures/architecture.svg');
  expect(readme.markdown).not.toMatch(/\]\((?!https?:|#)/);
});
