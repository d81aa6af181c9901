import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleClient } from './bundle-client';

/*
 * Fills the `vendor` folder of a page without a build step: the client, and the look that all pages share. With arguments: for the page
 * in each folder given.
 */

/** The stylesheet that decides type, colours and spacing for all pages. */
export const TOKENS = join(__dirname, '..', 'examples', 'look', 'tokens.css');

/** @param metafile where to write what went into the client's bundle, for the notices of what ships */
export async function bundlePage(folder: string, metafile?: string): Promise<void> {
  const vendor = join(folder, 'vendor');
  mkdirSync(vendor, { recursive: true });
  copyFileSync(TOKENS, join(vendor, 'tokens.css'));
  await bundleClient(vendor, metafile);
}

if (require.main === module) {
  Promise.all(process.argv.slice(2).map((folder) => bundlePage(folder))).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
