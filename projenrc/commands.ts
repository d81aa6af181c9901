/** Runs TypeScript without checking its types; the `typecheck` task does that. */
export const TS_NODE = 'ts-node -T -P tsconfig.dev.json';
