import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** What axe finds on a page, in short; its best practices included. */
export async function faults(page: Page): Promise<string[]> {
  // Not by a script element: the pages' content security policy lets none in.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  });
}
