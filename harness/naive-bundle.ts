import { join } from 'node:path';
import { type Children } from './children';
import { ROOT } from './root';

/** The naive broadcaster, bundled with esbuild's default settings. */
export function naiveBundle(children: Children): string {
  return children.bundle(join(ROOT, 'bench', 'naive', 'message-handler.ts'));
}
