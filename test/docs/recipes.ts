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

/** The publishers of docs/recipes.md, made as it shows them. */
export function publishers(): Publishing {
  return run<Publishing>(blockWith('ts', 'api.addPublisher(', RECIPES), 'stack, api');
}

/** The publishers of docs/channels.md, each of which says whom its message is for. */
export function channelPublishers(): Publishing {
  return run<Publishing>(blockWith('ts', 'api.addPublisher(', 'docs/channels.md'), 'stack, api');
}

/** The code of the function that publishes: an ES module. */
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
