import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scratchFolder } from '../../harness/scratch';
import { bundleClient } from '../../packaging/bundle-client';

/** Size limit of the whole client as a page loads it, with its dependencies. */
const MOST_BYTES = 6 * 1024;

test('the client has less than 6 KB, compressed', async () => {
  const scratch = scratchFolder();
  try {
    await bundleClient(scratch.path);
    expect(gzipSync(readFileSync(join(scratch.path, 'broadcast-client.js'))).length).toBeLessThan(MOST_BYTES);
  } finally {
    scratch.remove();
  }
});
