import { join } from 'node:path';
import { type Children } from './children';
import { ROOT } from './root';

/** A naive handler, the broadcaster unless told, bundled with esbuild's default settings. */
export function naiveBundle(children: Children, name: 'message-handler' | 'channel-handler' = 'message-handler'): string {
  return children.bundle(join(ROOT, 'bench', 'naive', `${name}.ts`));
}
