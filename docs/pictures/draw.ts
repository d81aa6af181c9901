/*
 * Draws the pictures of the documentation, in Chromium:
 *   npm run pictures              diagrams, the chart and screenshots
 *   npm run pictures -- diagrams  diagrams and the chart only
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchChart } from './batch-chart';
import { diagramTexts, drawDiagrams } from './diagrams';
import { shoot } from './shots';
import { launchChromium } from '../../harness/chromium';

async function main(): Promise<void> {
  writeFileSync(join(__dirname, 'batches.svg'), batchChart(readFileSync(join(__dirname, '..', 'bench-batches.md'), 'utf8')));
  const browser = await launchChromium();
  try {
    for (const [name, svg] of await drawDiagrams(browser, diagramTexts())) writeFileSync(join(__dirname, name), svg);
  } finally {
    await browser.close();
  }
  if (process.argv[2] !== 'diagrams') await shoot(__dirname);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
