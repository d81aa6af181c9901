/*
 * Draws the pictures of the documentation, in Chromium:
 *   npm run pictures              diagrams and screenshots
 *   npm run pictures -- diagrams  the diagrams only
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagramTexts, drawDiagrams } from './diagrams';
import { shoot } from './shots';
import { launchChromium } from '../../harness/chromium';

async function main(): Promise<void> {
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
