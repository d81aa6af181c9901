import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { batchChart } from '../../docs/pictures/batch-chart';
import { diagramTexts, digestOf, drawDiagrams } from '../../docs/pictures/diagrams';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { ROOT } from '../../harness/root';

const texts = diagramTexts();
const picture = (name: string) => readFileSync(join(ROOT, 'docs/pictures', name), 'utf8');
const pictures = new Map([...texts.keys(), 'batches.svg'].map((name) => [name, picture(name)]));
const measured = readFileSync(join(ROOT, 'docs/bench-batches.md'), 'utf8');

test.each([...texts])('%s is drawn from its text; else run `npm run pictures -- diagrams`', (name, text) => {
  expect(pictures.get(name)).toContain(`data-drawn-from="${digestOf(text)}"`);
});

test('the chart of batches is drawn from what was measured; else run `npm run pictures -- diagrams`', () => {
  expect(pictures.get('batches.svg')).toBe(batchChart(measured));
  expect(batchChart(measured)).toMatch(/batches, window of 1 s: \d{3},000<\/text>/);
});

test('a report without a setting of the chart is refused', () => {
  expect(() => batchChart(measured.replaceAll('| frames of 10, no window |', '| another |'))).toThrow("must have 5 rows of 'frames of 10, no window', got 0");
});

test('each diagram follows light and dark, tells what it shows, and fetches nothing', () => {
  expect(pictures.size).toBeGreaterThanOrEqual(5);
  for (const svg of pictures.values()) {
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/<title[^>]*>\S.{20,}<\/title>/);
    expect(svg.replace(/xmlns(:xlink)?="http:[^"]+"/g, '')).not.toMatch(/https?:|@import|<script|foreignObject/);
  }
});

describeWithChromium('Mermaid', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launchChromium()));
  afterAll(() => browser.close());

  // The positions of words depend on the fonts of a machine.
  const words = (svg = '') => [...svg.matchAll(/>([^<>]+)<\/(?:text|tspan)>/g)].map(([, word]) => word);

  test('writes the words of each diagram that are in its picture', async () => {
    const drawn = await drawDiagrams(browser, texts);
    for (const [name, svg] of drawn) expect([name, words(svg)]).toEqual([name, words(pictures.get(name))]);
    expect(words(drawn.get('connect.svg'))).toContain('connection handler');
  });

  test('refuses a line that it does not understand', async () => {
    await expect(drawDiagrams(browser, new Map([['a.svg', 'sequenceDiagram\n  A sings']]))).rejects.toThrow('Parse error');
  });
});
