/*
 * Draws the pictures of the documentation, or into the folder that is given only the diagrams:
 *   npm run pictures            all
 *   npm run pictures -- FOLDER  the diagrams, elsewhere; the tests compare them with those that are here
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawBoxes } from './boxes';
import { drawSequence } from './sequence';

const DRAW = { '.mmd': drawSequence, '.boxes': drawBoxes };

/** The SVGs of this folder by their names, from their sources. */
export function drawDiagrams(): Map<string, string> {
  const drawn = Object.entries(DRAW).flatMap(([extension, draw]) => readdirSync(__dirname)
    .filter((name) => name.endsWith(extension))
    .map((name) => [name.replace(extension, '.svg'), draw(readFileSync(join(__dirname, name), 'utf8'))] as const));
  return new Map(drawn);
}

if (require.main === module) {
  for (const [name, svg] of drawDiagrams()) writeFileSync(join(process.argv[2] ?? __dirname, name), svg);
}
