import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleForHermes, hermes, HERMES } from './support/react-native/hermes';
import { scratchFolder } from '../../harness/scratch';
import { bundleClient } from '../../packaging/bundle-client';

/* The client that ships, in the engine of React Native. */

const title = 'in Hermes it connects, sends, receives, comes back and closes';

if (!hermes) {
  test.skip(`${title} (no ${HERMES} for this machine)`, () => undefined);
} else {
  test(title, async () => {
    const scratch = scratchFolder();
    try {
      await bundleClient(scratch.path);
      const file = join(scratch.path, 'app.js');
      await bundleForHermes(join(__dirname, 'support', 'react-native', 'app.ts'), join(scratch.path, 'broadcast-client.js'), file);
      const result: unknown = JSON.parse(execFileSync(hermes!, [file], { encoding: 'utf8', timeout: 20_000 }));
      expect(result).toEqual({
        heard: [
          'connecting', 'open', 'm1',
          'reconnecting', 'connecting', 'open', 'm2',
          'reconnecting', 'connecting', 'open', 'm3', 'closed',
        ],
        id: 'id 1',
        since: 1,
        session: expect.stringMatching(/^[\d.e-]{22,64}$/), // of Math.random: there is no crypto
        protocols: [1, 2, 3].map((nth) => ['broadcast', `token ${nth}`]),
        timers: 0,
        position: { epoch: 'e', position: 3 },
      });
    } finally {
      scratch.remove();
    }
  }, 120_000);
}
