import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';

/* The diagrams of this folder, drawn by Mermaid from their texts, in Chromium. */

const STYLE = readFileSync(join(__dirname, 'diagrams.css'), 'utf8').trim();

const CONFIG = {
  startOnLoad: false,
  theme: 'base',
  htmlLabels: false, // what is no SVG is not shown in every place where an image is
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontSize: 14,
  themeVariables: { fontSize: '14px' },
  flowchart: { wrappingWidth: 300, nodeSpacing: 30, rankSpacing: 45, padding: 10, subGraphTitleMargin: { top: 4, bottom: 14 } },
  sequence: { mirrorActors: false, diagramMarginX: 16, width: 100, actorMargin: 20, messageMargin: 30, boxMargin: 8, noteMargin: 8 },
};

/** The global of a page that has loaded Mermaid. */
declare const mermaid: {
  initialize(config: object): void;
  render(id: string, text: string): Promise<{ svg: string }>;
};

/** The texts of the diagrams, by the names of their pictures. */
export function diagramTexts(): Map<string, string> {
  const names = readdirSync(__dirname).filter((name) => name.endsWith('.mmd'));
  return new Map(names.map((name) => [name.replace('.mmd', '.svg'), readFileSync(join(__dirname, name), 'utf8')]));
}

/** Stands in a picture, so that a test can tell without a browser whether it was drawn from this text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(JSON.stringify([text, STYLE, CONFIG])).digest('hex').slice(0, 16);
}

export async function drawDiagrams(browser: Browser, texts: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const page = await browser.newPage();
  await page.addScriptTag({ path: require.resolve('@mermaid-js/tiny') });
  const drawn = new Map<string, string>();
  for (const [name, text] of texts) {
    const svg = await page.evaluate(draw, { text, style: STYLE, config: CONFIG, digest: digestOf(text) });
    drawn.set(name, `${svg}\n`);
  }
  await page.close();
  return drawn;
}

/** Runs in the page. Mermaid's own style knows one theme only. */
async function draw({ text, style, config, digest }: { text: string; style: string; config: object; digest: string }): Promise<string> {
  mermaid.initialize(config);
  const { svg } = await mermaid.render('diagram', text);
  document.body.innerHTML = svg;
  const picture = document.querySelector('svg')!;
  const all = (selector: string) => [...picture.querySelectorAll(selector)];
  for (const unwanted of all('style, filter, linearGradient, symbol')) unwanted.remove();
  for (const filtered of all('[filter]')) filtered.removeAttribute('filter');
  for (const marker of all('marker')) if (!svg.includes(`url(#${marker.id})`)) marker.remove();
  // A line may cross the name of a group: the name comes later.
  picture.querySelector('.edgeLabels')?.append(...all('.cluster-label'));
  const ownStyle = document.createElementNS('http://www.w3.org/2000/svg', 'style');
  ownStyle.textContent = `\n${style}\n`;
  picture.prepend(ownStyle);
  const { width, height } = picture.viewBox.baseVal;
  picture.removeAttribute('style');
  picture.setAttribute('width', String(Math.ceil(width)));
  picture.setAttribute('height', String(Math.ceil(height)));
  picture.setAttribute('data-drawn-from', digest);
  return new XMLSerializer().serializeToString(picture);
}
