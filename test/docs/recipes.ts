import type { Stack } from 'aws-cdk-lib';
import { ModuleKind, transpileModule } from 'typescript';
import { blocksOf, type Block } from './pages';
import * as runner from '../../local';
import * as library from '../../src';

const RECIPES = 'docs/recipes.md';

/** Packages of this repository, as users import them. */
const OURS: Readonly<Record<string, unknown>> = { 'cdk-broadcast-websocket-api': library, 'broadcast-local': runner };

export interface Publishing {
  readonly stack: Stack;
  readonly api: library.BroadcastWebSocketApi;
}

/** Creates the publishers of docs/recipes.md as shown. */
export function publishers(): Publishing {
  return run<Publishing>(blockWith('ts', 'api.addPublisher(', RECIPES), 'stack, api');
}

/** Creates the publishers of docs/channels.md, each of which names the target of its message. */
export function channelPublishers(): Publishing {
  return run<Publishing>(blockWith('ts', 'api.addPublisher(', 'docs/channels.md'), 'stack, api');
}

/** Code of the publishing function, an ES module. */
export const PUBLISHER = blockWith('js', 'BROADCAST_QUEUE_URL', RECIPES).code;

/** Runs a block of TypeScript with this library as users import it, and returns some of its variables. */
export function run<T>({ code }: Pick<Block, 'code'>, variables: string): T {
  const { outputText } = transpileModule(`${code}\nmodule.exports = { ${variables} };`, { compilerOptions: { module: ModuleKind.CommonJS } });
  const module = { exports: {} as T };
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const load = (name: string) => OURS[name] ?? require(name);
  new Function('require', 'module', 'exports', outputText)(load, module, module.exports);
  return module.exports;
}

function blockWith(language: string, text: string, page: string): Block {
  const found = blocksOf(page).filter((block) => block.language === language && block.code.includes(text));
  if (found.length !== 1) throw new Error(`${page} should have one block of ${language} with '${text}', it has ${found.length}`);
  return found[0];
}
