/*
 * Draws the pictures of the documentation:
 *   npm run pictures              diagrams and screenshots
 *   npm run pictures -- diagrams  the diagrams only, which need no browser
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawBoxes } from './boxes';
import { drawSequence } from './sequence';
import { shoot } from './shots';

const DRAW = { '.mmd': drawSequence, '.boxes': drawBoxes };

/** The SVGs of this folder by their names, from their sources. */
export function drawDiagrams(): Map<string, string> {
  const drawn = Object.entries(DRAW).flatMap(([extension, draw]) => readdirSync(__dirname)
    .filter((name) => name.endsWith(extension))
    .map((name) => [name.replace(extension, '.svg'), draw(readFileSync(join(__dirname, name), 'utf8'))] as const));
  return new Map(drawn);
}

if (require.main === module) {
  for (const [name, svg] of drawDiagrams()) writeFileSync(join(__dirname, name), svg);
  if (process.argv[2] !== 'diagrams') {
    shoot(__dirname).catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  }
}
