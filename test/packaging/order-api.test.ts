import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../harness/root';
import { inOrderOf } from '../../packaging/order-api';

const type = (name: string) => `### ${name} <a name="${name}"></a>\n\nText of ${name}.\n\n#### Properties\n\n`;

test('types come in the order of the README, then by name, within their chapters', () => {
  const reference = `# API\n\n## Constructs\n\n${type('Alarms')}${type('Chat')}${type('Zoo')}## Structs\n\n${type('Bar')}${type('Foo')}`;
  expect(inOrderOf('A Zoo for a Chat, with a Foo.', reference))
    .toBe(`# API\n\n## Constructs\n\n${type('Zoo')}${type('Chat')}${type('Alarms')}## Structs\n\n${type('Foo')}${type('Bar')}`);
});

test('a name within another one does not count', () => {
  expect(inOrderOf('ChatProps before Chat', `## Structs\n\n${type('Chat')}${type('ChatProps')}`)).toBe(`## Structs\n\n${type('ChatProps')}${type('Chat')}`);
});

test('the reference begins with the construct, and nothing of it is lost', () => {
  const [readme, reference] = ['README.md', 'API.md'].map((file) => readFileSync(join(ROOT, file), 'utf8'));
  expect(/^### (\w+)/m.exec(reference)![1]).toBe('BroadcastWebSocketApi');
  expect(inOrderOf(readme, reference)).toBe(reference);
});
