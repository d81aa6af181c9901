import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawDiagrams } from '../../docs/pictures/draw';
import { readSequence } from '../../docs/pictures/sequence';
import { ROOT } from '../../harness/root';

const drawn = drawDiagrams();

test.each([...drawn.keys()])('%s is what its text comes to', (name) => {
  expect(readFileSync(join(ROOT, 'docs/pictures', name), 'utf8')).toBe(drawn.get(name));
});

test('each diagram follows light and dark, tells what it shows, and fetches nothing', () => {
  expect(drawn.size).toBeGreaterThanOrEqual(5);
  for (const svg of drawn.values()) {
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/<title>\S.{20,}<\/title>/);
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|<script/);
  }
});

test('a line that is not understood is an error', () => {
  expect(() => readSequence('participant A as Ann\nA->>B: hello')).toThrow("there is no participant 'B'");
  expect(() => readSequence('participant A as Ann\nA sings')).toThrow('not understood: A sings');
});
