import { join } from 'node:path';
import { ROOT, type Children } from './children';

/** The naive broadcaster, bundled with esbuild's default settings. */
export function naiveBundle(children: Children): string {
  return children.bundle(join(ROOT, 'bench', 'naive', 'message-handler.ts'));
}
